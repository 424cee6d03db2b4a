/// update, conditional update and delete. Source: FHIR R4 RESTful API, "update", "Conditional update", "delete".
#include "interaction/condition.hpp"

namespace huitong::interaction {
namespace {

/// Finds what the criteria mean. Guards go into the commit.
Result<Condition> find_match(const Services& services, const Request& request, const std::string& type, store::Commit& commit) {
    std::string criteria;
    for (const auto& [name, value] : request.query) {
        if (name.starts_with("_format") || name == "_pretty") continue;
        criteria += (criteria.empty() ? "" : "&") + name + '=' + encode_url(value);
    }
    return Conditions(services, request.caller).find(type, criteria, commit);
}

bool is_hidden(const Outcome& outcome) { return outcome.leading() && outcome.leading()->rule == "store-hidden"; }

} // namespace

boost::asio::awaitable<Response> update(const Services& services, Request request, Route route) {
    auto document = read_body(services, request);
    if (!document) co_return failed(document.error());
    const auto resource = (*document)->root();
    auto warnings = check_resource(services, request, resource, route.type);
    if (warnings.has_errors()) co_return failed(std::move(warnings));
    const std::string given(resource.text("id"));
    if (!route.conditional && given != route.id)
        co_return failed(error(IssueCode::invalid, route.type + ".id", "rest-id-differs", {route.id}));
    auto expected = expected_version(request.if_match, request.if_none_match);
    if (!expected) co_return failed(expected.error());
    for (int attempt = 0;; ++attempt) {
        auto commit = make_commit(request, "update " + route.type);
        auto id = route.id;
        if (route.conditional) {
            auto condition = find_match(services, request, route.type, commit);
            if (!condition) co_return failed(condition.error());
            const auto matched = condition->match ? condition->match->id : std::string();
            if (!matched.empty() && !given.empty() && given != matched)
                co_return failed(condition->hidden ? error(IssueCode::forbidden, route.type, "store-hidden")
                                                   : error(IssueCode::invalid, route.type + ".id", "rest-id-differs", {matched}));
            id = !matched.empty() ? matched : !given.empty() ? given : services.store->new_id();
        }
        set_id(**document, resource, id);
        auto write = make_write(services, request.caller, store::Action::update, route.type, id, resource);
        write.if_version = *expected;
        commit.writes.push_back(std::move(write));
        auto receipt = co_await services.store->commit(std::move(commit));
        if (receipt) co_return written(services, request, *receipt, 0, receipt->writes[0].created ? 201 : 200, std::move(warnings));
        if (!is_guard_conflict(receipt.error()) || attempt == kGuardRetriesMax) co_return failed(receipt.error());
    }
}

boost::asio::awaitable<Response> remove(const Services& services, Request request, Route route) {
    auto expected = expected_version(request.if_match, request.if_none_match);
    if (!expected) co_return failed(expected.error());
    for (int attempt = 0;; ++attempt) {
        auto commit = make_commit(request, "delete " + route.type);
        auto id = route.id;
        if (route.conditional) {
            const auto condition = find_match(services, request, route.type, commit);
            if (!condition) co_return failed(condition.error());
            id = condition->match ? condition->match->id : std::string();
        }
        auto view = services.store->view(access::write_sight_of(request.caller));
        Response response;
        response.status = 204;
        // Deleting what is not there, or what the caller may not see, is no error and says nothing.
        if (id.empty() || view->current_key({route.type, id}) == 0) co_return response;
        auto write = make_removal(request.caller, route.type, id);
        write.if_version = *expected;
        commit.writes.push_back(std::move(write));
        auto receipt = co_await services.store->commit(std::move(commit));
        if (receipt) {
            response.etag = etag_of(receipt->writes[0].version);
            response.touched.emplace_back(receipt->writes[0].key, receipt->writes[0].version);
            co_return response;
        }
        if (is_hidden(receipt.error())) co_return response; // hidden since it was looked at
        if (!is_guard_conflict(receipt.error()) || attempt == kGuardRetriesMax) co_return failed(receipt.error());
    }
}

} // namespace huitong::interaction
