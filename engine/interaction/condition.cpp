#include "interaction/condition.hpp"

#include <algorithm>

namespace huitong::interaction {
namespace {

/// True when every criterion is a business identity with its value; a system alone is none, and a modifier could turn it round.
bool names_identity(const std::string& criteria) {
    const auto pairs = read_url_query(criteria);
    return !pairs.empty() && std::all_of(pairs.begin(), pairs.end(), [](const auto& pair) {
        const auto& [name, value] = pair;
        const bool is_identity = name == "identifier" || name == "url" || name == "_id";
        return is_identity && !value.empty() && !value.ends_with('|') && value.find("|,") == value.npos;
    });
}

/// What is the institution's, and what is nobody's.
store::CallerFilter own_of(const access::Caller& caller) {
    auto out = access::write_sight_of(caller);
    out.unrestricted = false;
    out.owners = {caller.organization, ""};
    return out;
}

} // namespace

Conditions::Conditions(const Services& services, const access::Caller& caller, std::string_view own_type)
    : services_(services), caller_(caller), own_type_(own_type), sight_(services.store->view(access::write_sight_of(caller))) {}

Result<Condition> Conditions::find(const std::string& type, const std::string& criteria, store::Commit& commit) {
    const bool is_own = type == own_type_;
    if (is_own && !own_) own_ = services_.store->view(own_of(caller_), sight_->t());
    auto matches = search::find_matches(*services_.registry, is_own ? *own_ : *sight_, type, criteria, 2, *services_.limits);
    if (!matches) return matches.error();
    if (matches->keys.size() > 1) return Outcome(error(IssueCode::multiple_matches, "", "rest-multiple-matches", {type}));
    for (auto& guard : matches->guards) commit.guards.push_back(std::move(guard));
    commit.resolved_at = sight_->t();
    Condition out;
    if (!matches->keys.empty()) {
        out.match = std::move(matches->keys.front());
        if (!readable_) readable_ = services_.store->view(access::filter_of(caller_), sight_->t());
        out.hidden = readable_->current_key(*out.match) == 0;
        return out;
    }
    if (is_own || access::write_sight_of(caller_).unrestricted || !names_identity(criteria)) return out;
    if (!all_) all_ = services_.store->view({}, sight_->t());
    matches = search::find_matches(*services_.registry, *all_, type, criteria, 1, *services_.limits);
    if (!matches) return matches.error();
    if (matches->keys.empty()) return out;
    out.match = std::move(matches->keys.front());
    out.hidden = true;
    return out;
}

Result<std::uint32_t> version_matched(const Services& services, const store::ResourceKey& match, const store::Commit& commit) {
    const auto found = services.store->view({}, commit.resolved_at)->current(match);
    if (!found) return found.error();
    return *found ? (*found)->version : 0;
}

Result<std::optional<std::uint32_t>> version_there(const Services& services, const access::Caller& caller, std::string_view if_match,
                                                   const store::ResourceKey& key) {
    if (if_match != "*") return std::optional<std::uint32_t>();
    const auto found = services.store->view(access::write_sight_of(caller))->current(key);
    if (!found) return found.error();
    if (*found && !(*found)->deleted) return std::optional((*found)->version);
    return Outcome(error(IssueCode::conflict, "If-Match", "rest-precondition", {"*"}));
}

Outcome check_id_is_free(const Services& services, const access::Caller& caller, const store::ResourceKey& key) {
    if (services.store->view(access::write_sight_of(caller))->current_key(key) == 0) return {};
    return error(IssueCode::conflict, key.type + ".id", "rest-id-taken", {key.type, key.id});
}

} // namespace huitong::interaction
