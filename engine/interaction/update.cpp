/// update, conditional update and delete. Source: FHIR R4 RESTful API, "update", "Conditional update", "delete".
#include "interaction/condition.hpp"
#include "interaction/patched.hpp"

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

/// What a conditional update writes, and the version that must be current then: the one that matched, or none.
struct Target {
    std::string id;
    std::optional<std::uint32_t> version;
};

Result<Target> find_target(const Services& services, const Request& request, const std::string& type, const std::string& given,
                           store::Commit& commit) {
    const auto condition = find_match(services, request, type, commit);
    if (!condition) return condition.error();
    if (condition->match) {
        const auto& match = *condition->match;
        if (!given.empty() && given != match.id)
            return Outcome(condition->hidden ? error(IssueCode::forbidden, type, "store-hidden")
                                             : error(IssueCode::invalid, type + ".id", "rest-id-differs", {match.id}));
        if (condition->hidden) return Target{match.id, std::nullopt}; // the store refuses it
        const auto version = version_matched(services, match, commit);
        if (!version) return version.error();
        return Target{match.id, *version};
    }
    if (given.empty()) return Target{services.store->new_id(), std::nullopt};
    if (auto refused = check_id_is_free(services, request.caller, {type, given}); refused.has_errors()) return refused;
    return Target{given, 0};
}

/// Somebody came between what was found and what was to be written: it is found anew, unless the client named the version itself.
bool may_find_again(const Request& request, const Route& route, const std::optional<std::uint32_t>& named, const Outcome& failure) {
    return is_guard_conflict(failure) || ((route.conditional || request.if_match == "*") && !named && is_version_conflict(failure));
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
        Target target{route.id, std::nullopt};
        if (route.conditional) {
            auto found = find_target(services, request, route.type, given, commit);
            if (!found) co_return failed(found.error());
            target = std::move(*found);
        }
        const auto there = version_there(services, request.caller, request.if_match, {route.type, target.id});
        if (!there) co_return failed(there.error());
        if (!target.version) target.version = *there;
        set_id(**document, resource, target.id);
        auto write = make_write(services, request.caller, store::Action::update, route.type, target.id, resource);
        write.if_version = *expected ? *expected : target.version;
        commit.writes.push_back(std::move(write));
        auto receipt = co_await services.store->commit(std::move(commit));
        if (receipt) co_return written(services, request, *receipt, 0, receipt->writes[0].created ? 201 : 200, std::move(warnings));
        if (!may_find_again(request, route, *expected, receipt.error()) || attempt == kGuardRetriesMax) co_return failed(receipt.error());
    }
}

boost::asio::awaitable<Response> remove(const Services& services, Request request, Route route) {
    auto expected = expected_version(request.if_match, request.if_none_match);
    if (!expected) co_return failed(expected.error());
    for (int attempt = 0;; ++attempt) {
        auto commit = make_commit(request, "delete " + route.type);
        auto id = route.id;
        std::optional<std::uint32_t> matched;
        if (route.conditional) {
            const auto condition = find_match(services, request, route.type, commit);
            if (!condition) co_return failed(condition.error());
            id = condition->match ? condition->match->id : std::string();
            if (condition->match) {
                const auto version = version_matched(services, *condition->match, commit);
                if (!version) co_return failed(version.error());
                matched = *version;
            }
        }
        const auto there = version_there(services, request.caller, request.if_match, {route.type, id});
        if (!there) co_return failed(there.error());
        if (!matched) matched = *there;
        auto view = services.store->view(access::write_sight_of(request.caller));
        Response response;
        response.status = 204;
        // Deleting what is not there, or what the caller may not see, is no error and says nothing.
        if (id.empty() || view->current_key({route.type, id}) == 0) co_return response;
        auto write = make_removal(request.caller, route.type, id);
        write.if_version = *expected ? *expected : matched;
        commit.writes.push_back(std::move(write));
        auto receipt = co_await services.store->commit(std::move(commit));
        if (receipt) {
            response.etag = etag_of(receipt->writes[0].version);
            response.touched.emplace_back(receipt->writes[0].key, receipt->writes[0].version);
            co_return response;
        }
        if (is_hidden(receipt.error())) co_return response; // hidden since it was looked at
        if (!may_find_again(request, route, *expected, receipt.error()) || attempt == kGuardRetriesMax) co_return failed(receipt.error());
    }
}

} // namespace huitong::interaction
