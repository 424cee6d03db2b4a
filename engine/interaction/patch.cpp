/// patch and conditional patch. Source: FHIR R4 RESTful API, "patch", "Conditional patch".
#include "interaction/patched.hpp"

namespace huitong::interaction {
namespace {

/// The one resource that the criteria in the query mean. What the caller may not read cannot be patched, so nobody looks further than the
/// caller sees. Issues: rest-no-match, rest-multiple-matches, and those of the criteria.
Result<std::string> matched_id(const Services& services, const Request& request, store::ReadView& view, const std::string& type) {
    std::string criteria;
    for (const auto& [name, value] : request.query) {
        if (name.starts_with("_format") || name == "_pretty") continue;
        criteria += (criteria.empty() ? "" : "&") + name + '=' + encode_url(value);
    }
    auto matches = search::find_matches(*services.registry, view, type, criteria, 2, *services.limits);
    if (!matches) return matches.error();
    if (matches->keys.size() > 1) return Outcome(error(IssueCode::multiple_matches, "", "rest-multiple-matches", {type}));
    if (matches->keys.empty()) return Outcome(error(IssueCode::not_found, "", "rest-no-match", {type}));
    return matches->keys.front().id;
}

} // namespace

boost::asio::awaitable<Response> patch(const Services& services, Request request, Route route) {
    auto expected = expected_version(request.if_match, "");
    if (!expected) co_return failed(expected.error());
    const PatchText patch_text{request.content_type, request.body};
    for (int attempt = 0;; ++attempt) {
        auto view = services.store->view(access::filter_of(request.caller));
        store::ResourceKey key(route.type, route.id);
        if (route.conditional) {
            auto matched = matched_id(services, request, *view, route.type);
            if (!matched) co_return failed(matched.error());
            key.id = std::move(*matched);
        }
        auto base = patch_base(*view, key, *expected);
        if (!base) co_return failed(base.error());
        auto document = patched(services, *base, patch_text);
        if (!document) co_return failed(document.error());
        const auto resource = (*document)->root();
        auto warnings = check_resource(services, request, resource, key.type);
        if (warnings.has_errors()) co_return failed(std::move(warnings));
        auto commit = make_commit(request, "patch " + route.type);
        commit.writes.push_back(make_write(services, request.caller, store::Action::update, key.type, key.id, resource));
        commit.writes.back().if_version = base->version;
        auto receipt = co_await services.store->commit(std::move(commit));
        if (receipt) co_return written(services, request, *receipt, 0, 200, std::move(warnings));
        const bool again = is_version_conflict(receipt.error()) || is_guard_conflict(receipt.error());
        if (!again || attempt == kGuardRetriesMax) co_return failed(receipt.error());
    }
}

} // namespace huitong::interaction
