/// Conditions of writes: If-None-Exist, PUT and DELETE by criteria.
///
/// Whether something exists must not depend on who asks, or whoever sees little makes duplicates. So a condition that names business
/// identities alone (`identifier`, `url`, `_id`) finds what is hidden from the caller too. One that names anything else does not look
/// behind labels, consent and compartments: "has this patient an HIV result?" would have an answer. Thread: any.
#pragma once

#include "interaction/parts.hpp"

namespace huitong::interaction {

struct Condition {
    std::optional<store::ResourceKey> match;
    bool hidden = false; ///< the caller may know that it exists, and no more: neither its id nor its version
};

/// Condition over one snapshot of the store for one caller.
class Conditions {
public:
    /// `own_type`: a type whose numbers count within each institution, "" = none: its conditions find what the caller's own has.
    Conditions(const Services& services, const access::Caller& caller, std::string_view own_type = {});
    /// Adds guards to the commit. Issues: those of the criteria, rest-multiple-matches.
    Result<Condition> find(const std::string& type, const std::string& criteria, store::Commit& commit);

private:
    const Services& services_;
    const access::Caller& caller_;
    std::string_view own_type_;
    std::unique_ptr<store::ReadView> sight_, own_, all_, readable_;
};

/// The version of a match that the commit's condition has seen: a write that names it as current overwrites nothing that came between.
Result<std::uint32_t> version_matched(const Services& services, const store::ResourceKey& match, const store::Commit& commit);

/// For a write whose condition has no match and whose resource brings an id: it makes that resource and replaces none.
/// Issue: rest-id-taken, of what the caller may meet; the rest is the store's to refuse.
Outcome check_id_is_free(const Services& services, const access::Caller& caller, const store::ResourceKey& key);

/// `If-Match: *`: there is something to write over, whatever its version. Gives the version found, for the commit to name: what is deleted
/// meanwhile is not made anew; nullopt: it was not asked. Issue: rest-precondition. Source: RFC 9110 §13.1.1.
Result<std::optional<std::uint32_t>> version_there(const Services& services, const access::Caller& caller, std::string_view if_match,
                                                   const store::ResourceKey& key);

} // namespace huitong::interaction
