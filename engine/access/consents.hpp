/// What residents' Consents say about callers: whose record is closed to whom, whole or in part (consent_provision.hpp says what is read).
///
/// Of several Consents that say something about a caller the newest wins, for each part of the record; but an institution's word opens to
/// its own callers nothing that somebody else closed, and nothing that a refusal of this institution closes. A Consent takes effect with
/// its commit, and speaks for all records of the person. What they say to one kind of caller (organisation, practitioner, client, purpose)
/// is kept; a Consent that changes, one whose actors change in the register, and a record that joins or leaves others, has its own person
/// judged anew, and a period that begins or ends has all. Thread: any. Source: FHIR R4, Consent; design "What they may see".
#pragma once

#include "access/consent_provision.hpp"

#include <atomic>
#include <deque>
#include <map>
#include <set>
#include <shared_mutex>
#include <unordered_map>

namespace huitong::access {

/// What they say to one kind of caller.
struct ClosedRecords {
    store::PatientList whole;
    std::shared_ptr<const store::RecordWords> parts; ///< nullptr: none
    bool only_by_word = false;                       ///< and all others that those words do not open
};

class Consents {
public:
    /// Who is one person (identity).
    struct Persons {
        /// All Patient ids of the same person, itself included.
        std::function<std::vector<std::string>(const std::string& patient)> same;
        /// Grows whenever `same` may answer otherwise.
        std::function<std::uint64_t()> generation = [] { return std::uint64_t{0}; };
        /// Whose answer changed behind a generation; nullopt: no longer known.
        std::function<std::optional<std::vector<std::string>>(std::uint64_t)> moved_since = [](auto) { return std::nullopt; };
    };
    /// What holds where no Consent says anything: for treatment a record is open, for another purpose it is closed or open.
    enum class Unsaid : std::uint8_t { treat, all };
    /// The store outlives it.
    Consents(store::Store& store, Persons persons, Unsaid unsaid = Unsaid::all)
        : store_(store), persons_(std::move(persons)), unsaid_(unsaid) {}

    /// Reads what was committed since the last call.
    ClosedRecords closed_to(const Caller& caller, Instant now);
    /// The same as a part of the caller.
    void bind(Caller& caller, Instant now);
    std::uint64_t judged() const { return judged_.load(); } ///< persons, for all kinds of callers together

private:
    struct Known {
        ConsentRule rule;
        std::set<std::string> rests_on; ///< Actor::asked_of
    };
    struct Answer {
        ClosedRecords closed;
        std::set<std::string> whole;
        store::RecordWords parts;
        std::unordered_map<std::string, std::vector<std::string>> records; ///< of whom something is said: each record → all of the person
        std::uint64_t changes = 0;                                         ///< followed up to here
        std::int64_t from = 0, until = 0;                                  ///< microseconds, half-open: no period begins or ends in between
    };
    bool needs_word(const Caller& caller) const;
    void follow();
    void follow_persons();
    void follow_actors(store::ReadView& view);
    void take(store::ReadView& view, const store::Version& version);
    void forget(const std::string& consent);
    void note_change(const std::string& patient);
    std::optional<ClosedRecords> known(const std::string& kind, Instant now) const;
    void bring_up_to_date(Answer& answer, const Caller& caller, Instant now);
    void judge_all(Answer& answer, const Caller& caller, Instant now);
    void judge(Answer& answer, const std::string& patient, const Caller& caller, Instant now);
    std::vector<store::RecordWord> say(const std::vector<std::string>& records, const Caller& caller, Instant now, Answer& answer) const;
    std::vector<std::string> person_of(const std::string& patient) const;

    store::Store& store_;
    Persons persons_;
    Unsaid unsaid_;
    mutable std::shared_mutex mutex_;
    store::LogTime followed_ = 0;
    std::uint64_t persons_followed_ = 0;
    bool is_loaded_ = false;
    std::map<std::string, Known> rules_;                                ///< by id of the Consent
    std::unordered_map<std::string, std::set<std::string>> resting_on_; ///< Actor::asked_of to ids of Consents
    std::unordered_map<std::string, std::set<std::string>> of_patient_; ///< ids of Consents
    std::deque<std::string> changed_;                                   ///< patients whose word changed, the newest
    std::uint64_t changes_ = 0;                                         ///< how many there were
    std::map<std::string, Answer> answers_;
    std::atomic<std::uint64_t> judged_{0};
};

} // namespace huitong::access
