/// Patient identity: which records at several institutions are one person. Deterministic; a probabilistic judge comes behind the same
/// interface.
///
/// A source record is in exactly one person. The links are decided in memory, at once, and the caller commits what they say together with
/// the Patient: an append-only event log, so that every person can be told at every time. What a steward says stands for ever, until
/// withdrawn. Source: design "Patient identity"; GB 11643-1999. Thread: any.
#pragma once

#include "identity/facts.hpp"

#include <atomic>
#include <deque>
#include <optional>
#include <shared_mutex>

namespace huitong::identity {

/// A change decided in memory. Commit `facts`; when that fails, give it to `forget`.
struct Linked {
    std::string patient_id, person_id;
    bool review = false;            ///< a pair with this record waits for a steward
    Judgement judgement;            ///< of the record and the one that said most about it; no reasons: nothing spoke of another record
    std::vector<std::string> moved; ///< other patient ids whose person changed
    std::vector<store::FactWrite> facts;
    Linked() {}

private:
    friend class Linker;
    std::uint64_t turn = 0;
    std::string home;
    std::optional<Record> before, after; ///< nullopt: the record was not there, or the change was a steward's
    std::string decision;                ///< of a steward's change
    std::vector<std::pair<Words::Pair, Word>> withdrawn;
    Changes changes;
};

/// The record that a stored version makes. Who wrote it for another institution than its own says nothing of that one's records: its merges
/// are for a steward. Feeds (`speaks_for_others`) carry what institutions say themselves.
Record record_of(fhir::Element patient, const std::string& owner, bool speaks_for_others, const IdNumberRules& rules);

/// Persons over the store's facts. One for a store; the store outlives it.
class Linker {
public:
    /// Loads every record. Never fails: rows that cannot be read are left out, as if the record had not been seen.
    Linker(store::Store& store, IdNumberRules rules);

    /// Decides for a new or changed source Patient. Unchanged demographics give no facts. Issue: identity-patient-id.
    Result<Linked> link(const std::string& patient_id, fhir::Element patient);
    /// The same for a record made elsewhere.
    Result<Linked> link(const std::string& patient_id, Record record);
    /// The source Patient was deleted. Stewards' words stay.
    Result<Linked> remove(const std::string& patient_id);
    /// The same for a version as it stands in the store.
    Result<Linked> link(const store::Version& version);
    const IdNumberRules& rules() const { return rules_; }
    /// Whether nobody has linked the record since.
    bool is_newest(const Linked& linked) const;
    /// Facts of a change that stands although their commit failed: they ride with the next one.
    void owe(std::vector<store::FactWrite> facts);
    /// Takes back a change whose commit failed.
    void forget(const Linked& linked);
    /// Facts that other records are owed after `forget` or a crash; they ride with the next change, or with the caller's own commit.
    std::vector<store::FactWrite> take_owed();

    enum class Saying : std::uint8_t { same, different, withdraw };
    /// A steward's word on two records. `different` parts b (with all that stewards have made one with it) from the whole person of a.
    /// Issues: identity-unknown-patient, identity-same-record, identity-who-why, identity-word-conflict (it would contradict words that
    /// stand), identity-no-word (nothing to withdraw).
    Result<Linked> decide(const std::string& patient_a, const std::string& patient_b, Saying saying, const std::string& who,
                          const std::string& why);

    /// "" when unknown.
    std::string person_of(const std::string& patient_id) const;
    /// Sorted source Patient ids of a person.
    std::vector<std::string> patients_of(const std::string& person_id) const;
    /// All source patients of the same person, itself included; an unknown patient is alone.
    std::vector<std::string> same_person(const std::string& patient_id) const;
    /// Grows with every record that joins or leaves others.
    std::uint64_t generation() const { return generation_.load(); }
    /// The records that did so behind a generation; nullopt: so many that they are no longer known one by one.
    std::optional<std::vector<std::string>> moved_since(std::uint64_t generation) const;
    /// FHIR match-grade of two records: "certain" (one person), "possible" (a steward is asked), "certainly-not" (a steward's word, or two
    /// different own numbers), "" (nothing known).
    std::string match_grade(const std::string& patient_a, const std::string& patient_b) const;
    /// Why two records are one person, or not.
    Judgement judge_pair(const std::string& patient_a, const std::string& patient_b) const;

    /// The steward's queue, oldest first.
    std::vector<ReviewPair> reviews(std::size_t count) const;
    std::size_t size() const;
    std::optional<Record> record(const std::string& patient_id) const;
    /// What happened to a record, oldest first; reads the store.
    std::vector<Event> events(const std::string& patient_id) const;

private:
    void load();
    void compare_newest();
    Linked change_record(const std::string& patient_id, std::optional<Record> record);
    void forget_record(const Linked& linked);
    Event new_event(std::string kind);
    void tell_move(const Moved& moved, std::vector<store::FactWrite>& out);
    void tell(const Changes& changes, std::vector<store::FactWrite>& out);
    /// Facts for what differs from the state before the forgotten change.
    void owe(const Changes& undone, const Linked& linked);
    void finish(Linked& linked);
    void note_moves(const Changes& changes);
    /// The record of the list that says most about this one.
    std::pair<std::string, Judgement> nearest(const std::string& patient, const std::vector<std::string>& others) const;
    Outcome check_words(const std::string& a, const std::string& b, Saying saying, const std::string& who, const std::string& why) const;
    bool say(const std::string& a, const std::string& b, Word word, std::vector<Words::Pair>& pairs);
    bool withdraw(const std::string& a, const std::string& b, std::vector<std::pair<Words::Pair, Word>>& withdrawn);

    store::Store& store_;
    IdNumberRules rules_;
    mutable std::shared_mutex mutex_;
    Index index_;
    std::unordered_map<std::string, std::uint64_t> turns_; ///< links of a record since the start: whether one came after the forgotten one
    std::vector<store::FactWrite> owed_;
    std::deque<std::string> moves_; ///< the newest, the last one of which made `generation_`
    std::atomic<std::uint64_t> generation_{0};
};

} // namespace huitong::identity
