/// One Consent as rules about callers, and what it says to one of them as words about the record. Pure; thread: any.
///
/// Read: active Consents of scope patient-privacy with `patient`, `dateTime`, `policyRule` (OPTIN, OPTOUT), and `provision` with `type`,
/// `period`, `actor.reference` (consent_actors.hpp), `action`, `purpose`, `class` (resource types), `code`, `data` (instances),
/// `securityLabel`, and exceptions nested in it.
/// A refusal is never read as less than it says: a bound that cannot be asked of a stored version (a class of documents, data "related" to
/// something, a period of the data, a kind of action, a purpose of another system, an actor that cannot be found) is left out, and one by
/// codes closes whatever holds the code anywhere, and documents, which may hold anything. A permission by codes opens what is about the
/// code; one with such a bound, or by security labels, opens nothing. Source: FHIR R4, Consent; design "What they may see".
#pragma once

#include "access/consent_actors.hpp"
#include "base/instant.hpp"
#include "fhir/tree.hpp"

#include <functional>
#include <limits>
#include <optional>

namespace huitong::access {

struct ConsentProvision {
    bool permits = false;
    bool is_for_everybody = true;      ///< names no actor
    std::vector<ActorCode> actors;     ///< whom it names
    std::vector<ActorCode> wider;      ///< whom a refusal reaches beside them
    bool has_unknown_actor = false;    ///< names somebody whom the hub does not know: a refusal then speaks of everybody
    std::vector<std::string> purposes; ///< empty = any; a purpose takes in its kinds
    std::int64_t from = std::numeric_limits<std::int64_t>::min(),
                 to = std::numeric_limits<std::int64_t>::max(); ///< microseconds, half-open
    std::vector<std::string> types, resources, labels;          ///< as store::RecordWord; empty = any
    std::vector<std::pair<std::string, std::string>> codes;     ///< system ("*" = any), code
    bool is_vague = false;                                      ///< has a bound that is not asked
    std::vector<ConsentProvision> exceptions;
    bool operator==(const ConsentProvision&) const = default;
};

struct ConsentRule {
    std::string patient;    ///< id
    std::int64_t since = 0; ///< when it was said, microseconds
    std::string writer;     ///< who wrote it down (writer.hpp), "" = the owner of the directory
    ConsentProvision root;
    bool operator==(const ConsentRule&) const = default;
};

/// Whom `actor.reference` means.
using FindActor = std::function<Actor(fhir::Element reference)>;

/// nullopt: not active, of another scope, or of nobody. `stored`: when it came to the hub; counts for one without
/// `dateTime`, or with a later one.
std::optional<ConsentRule> read_consent(fhir::Element consent, Instant stored, const FindActor& find_actor);
/// Words of one provision to this caller, in the order in which they are asked; empty: it says nothing to it. Exceptions that say the same
/// as what they except are left out.
std::vector<store::RecordWord> words_of(const ConsentProvision& provision, const Caller& caller, Instant now);
/// What of these words closes something, and nothing that they open: of a closing word with exceptions the whole.
std::vector<store::RecordWord> closing_of(std::vector<store::RecordWord> words);
/// Whether something is refused to this institution by its name, or by that of one of its parts; what is refused to everybody names nobody.
bool refuses_by_name(const ConsentProvision& provision, const std::string& organization);
/// The first begin or end of a period behind `now`, microseconds.
std::int64_t next_bound(const ConsentProvision& provision, Instant now);
/// "12" of "Patient/12", also behind a base; "" for another type.
std::string id_of(std::string_view reference, std::string_view type);

} // namespace huitong::access
