/// create and conditional create. Source: FHIR R4 RESTful API, "create", "Conditional create".
#include "interaction/condition.hpp"

namespace huitong::interaction {
namespace {

/// The answer to give instead of creating, nullopt: there is no match, go on with the guards. Of a match that the caller may not read it
/// says that there is one, and nothing else.
Result<std::optional<Response>> existing_match(const Services& services, const Request& request, const std::string& type,
                                               store::Commit& commit) {
    auto condition = Conditions(services, request.caller).find(type, request.if_none_exist, commit);
    if (!condition) return condition.error();
    if (!condition->match) return std::optional<Response>();
    Response response;
    if (condition->hidden) return std::optional<Response>(std::move(response));
    auto found = services.store->view(access::filter_of(request.caller))->current(*condition->match);
    if (!found) return found.error();
    if (!*found) return std::optional<Response>(std::move(response));
    response.etag = etag_of((*found)->version);
    response.location = version_url(services, (*found)->key, (*found)->version);
    response.last_modified = (*found)->updated;
    touch(response, **found);
    if (request.prefer == Return::representation) response.body = std::move((*found)->body);
    return std::optional<Response>(std::move(response));
}

} // namespace

boost::asio::awaitable<Response> create(const Services& services, Request request, Route route) {
    auto document = read_body(services, request);
    if (!document) co_return failed(document.error());
    const auto resource = (*document)->root();
    auto warnings = check_resource(services, request, resource, route.type);
    if (warnings.has_errors()) co_return failed(std::move(warnings));
    const auto id = services.store->new_id();
    set_id(**document, resource, id);
    for (int attempt = 0;; ++attempt) {
        auto commit = make_commit(request, "create " + route.type);
        if (!request.if_none_exist.empty()) {
            auto existing = existing_match(services, request, route.type, commit);
            if (!existing) co_return failed(existing.error());
            if (*existing) co_return std::move(**existing);
        }
        commit.writes.push_back(make_write(services, request.caller, store::Action::create, route.type, id, resource));
        auto receipt = co_await services.store->commit(std::move(commit));
        if (receipt) co_return written(services, request, *receipt, 0, 201, std::move(warnings));
        if (!is_guard_conflict(receipt.error()) || attempt == kGuardRetriesMax) co_return failed(receipt.error());
    }
}

} // namespace huitong::interaction
