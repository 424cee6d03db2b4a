/// create and conditional create. Source: FHIR R4 RESTful API, "create", "Conditional create".
#include "interaction/parts.hpp"

namespace huitong::interaction {
namespace {

/// The one existing match of `If-None-Exist`, as the answer to give instead of creating; nullopt: there is none, go on with the guards.
Result<std::optional<Response>> existing_match(const Services& services, const Request& request, const std::string& type,
                                               store::Commit& commit) {
    auto view = services.store->view(access::filter_of(request.caller));
    auto matches = search::find_matches(*services.registry, *view, type, request.if_none_exist, 2);
    if (!matches) return matches.error();
    if (matches->keys.size() > 1) return Outcome(error(IssueCode::multiple_matches, "", "rest-multiple-matches", {type}));
    commit.guards = matches->guards;
    commit.resolved_at = matches->t;
    if (matches->keys.empty()) return std::optional<Response>();
    auto found = view->current(matches->keys.front());
    if (!found) return found.error();
    if (!*found) return std::optional<Response>();
    Response response;
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
    const auto write = make_write(services, request.caller, store::Action::create, route.type, id, resource);
    for (int attempt = 0;; ++attempt) {
        auto commit = make_commit(request, "create " + route.type);
        if (!request.if_none_exist.empty()) {
            auto existing = existing_match(services, request, route.type, commit);
            if (!existing) co_return failed(existing.error());
            if (*existing) co_return std::move(**existing);
        }
        commit.writes.push_back(write);
        auto receipt = co_await services.store->commit(std::move(commit));
        if (receipt) co_return written(services, request, *receipt, 0, 201, std::move(warnings));
        if (!is_guard_conflict(receipt.error()) || attempt == kGuardRetriesMax) co_return failed(receipt.error());
    }
}

} // namespace huitong::interaction
