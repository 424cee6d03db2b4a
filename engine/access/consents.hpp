/// What residents' Consents say about callers: whose record is closed to whom.
///
/// Read: active Consents of scope patient-privacy with `patient`, `dateTime`, `policyRule` (OPTIN, OPTOUT), and `provision` with `type`,
/// `period`, `actor.reference` (by reference, identifier, or the identifiers of the Organization it points at), `purpose`, and exceptions
/// nested in it. Of several Consents that say something about a caller the newest wins. A refusal that names classes, codes or data alone
/// closes the whole record: it is never read as less than it says; one that names security labels alone is kept by the labels themselves. A
/// permission that is bounded so opens nothing.
/// A Consent takes effect with its commit, and speaks for all records of the person. What they say to one kind of caller (organisation,
/// practitioner, client, purpose) is kept until a Consent, a link of persons or the time changes it. Thread: any.
/// Source: FHIR R4, Consent; design "What they may see".
#pragma once

#include "access/caller.hpp"
#include "base/instant.hpp"
#include "fhir/tree.hpp"

#include <atomic>
#include <functional>
#include <limits>
#include <map>
#include <shared_mutex>

namespace huitong::access {

struct ConsentProvision {
    bool permits = false;
    std::vector<std::string> actors;   ///< organisation codes, "Type/id", client ids; empty = everybody
    std::vector<std::string> purposes; ///< empty = any
    std::int64_t from = std::numeric_limits<std::int64_t>::min(),
                 to = std::numeric_limits<std::int64_t>::max(); ///< microseconds, half-open
    bool is_narrow = false;                                     ///< bounded to classes, codes or data
    bool by_labels = false;                                     ///< bounded to security labels
    std::vector<ConsentProvision> exceptions;
};

struct ConsentRule {
    std::string patient;    ///< id
    std::int64_t since = 0; ///< dateTime, microseconds
    ConsentProvision root;
};

/// nullopt: not active, of another scope, or of nobody. `identifiers_of` gives what an actor's reference is known by.
std::optional<ConsentRule> read_consent(fhir::Element consent,
                                        const std::function<std::vector<std::string>(const std::string& reference)>& identifiers_of);
/// nullopt: it says nothing about this caller.
std::optional<bool> permits(const ConsentProvision& provision, const Caller& caller, Instant now);

class Consents {
public:
    /// All Patient ids of the same person, itself included.
    using SamePerson = std::function<std::vector<std::string>(const std::string& patient)>;
    /// Grows whenever `SamePerson` may answer otherwise.
    using Generation = std::function<std::uint64_t()>;
    /// The store outlives it.
    Consents(
        store::Store& store, SamePerson same_person, Generation persons = [] { return std::uint64_t{0}; })
        : store_(store), same_person_(std::move(same_person)), persons_(std::move(persons)) {}

    /// Patient ids that are closed to the caller. Reads what was committed since the last call.
    store::PatientList closed_to(const Caller& caller, Instant now);
    std::uint64_t judged() const { return judged_.load(); } ///< how often all of them were asked

private:
    /// What they said to one kind of caller.
    struct Answer {
        store::PatientList closed;
        std::uint64_t rules = 0, persons = 0;
        std::int64_t from = 0, until = 0; ///< microseconds, half-open: no period begins or ends in between
    };
    void follow();
    Answer judge(const Caller& caller, Instant now) const;
    void take(store::ReadView& view, const store::Version& version);

    store::Store& store_;
    SamePerson same_person_;
    mutable std::shared_mutex mutex_;
    store::LogTime followed_ = 0;
    bool is_loaded_ = false;
    std::map<std::string, ConsentRule> rules_; ///< by id of the Consent
    Generation persons_;
    std::uint64_t changes_ = 0; ///< of `rules_`
    std::map<std::string, Answer> answers_;
    std::atomic<std::uint64_t> judged_{0};
};

} // namespace huitong::access
