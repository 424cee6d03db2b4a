/// Whom the actor of a Consent's provision means, in the codes that callers are known by: the institution's code, and a practitioner's
/// number at his institution. Pure but for the view; thread: one call. Source: FHIR R4, Consent.provision.actor; shared-record.md.
#pragma once

#include "access/caller.hpp"
#include "fhir/tree.hpp"

#include <set>

namespace huitong::access {

/// A code that a caller may carry.
struct ActorCode {
    enum class Kind : std::uint8_t { any, organization, practitioner };
    Kind kind = Kind::any;
    std::string code;
    std::string organization = {}; ///< that gave a practitioner this number, "" = not known
    bool is_of(const Caller& caller) const;
    bool operator==(const ActorCode&) const = default;
};

/// An actor as far as the hub knows him.
struct Actor {
    std::vector<ActorCode> codes;   ///< of the actor, and of all that is part of him
    std::vector<ActorCode> wider;   ///< that he may come with too (a hospital for its department, other numbers): only refusals reach them
    bool is_known = false;          ///< a caller can be told to be this one
    std::set<std::string> asked_of; ///< "Organization/12", "=341004H0009": what the answer rests on, there or not
};

/// Finds actors in one view. Hospitals are known with their departments (partOf), to a depth of eight and two hundred in all; a refusal of
/// one with more holds for everybody.
class ActorDirectory {
public:
    explicit ActorDirectory(store::ReadView& view) : view_(view) {}
    /// `reference`: Consent.provision.actor.reference.
    Actor find(fhir::Element reference) const;

private:
    store::ReadView& view_;
};

/// What answers may rest on that this version of an Organization, Practitioner or PractitionerRole changes: as Actor::asked_of.
std::set<std::string> touched_by(const store::Version& version);

} // namespace huitong::access
