/// Patient identity: which records at several institutions are one person. Deterministic for now; probabilistic matching comes behind the
/// same interface.
///
/// Rules (deterministic): a valid ID number (GB 11643, 15 → 18 digits) AND an agreeing name join; a birth date equal to the one inside the
/// number is no evidence of its own; a differing name with an agreeing birth date goes to review; anything less stays apart; a newborn with
/// its mother's number and two people with one phone are never joined. Links are an append-only event log; a source record is in exactly
/// one person. Source: GB 11643-1999, ISO 7064 MOD 11-2; design "Patient identity".
#pragma once

#include "search/search.hpp"
#include "store/store.hpp"

namespace huitong::identity {

/// A valid number in its 18-digit form with upper-case X; nullopt: not valid (length, date, checksum, region unless allowed).
struct IdNumberRules {
    bool unassigned_regions = false; ///< [demo] only: region codes that belong to nobody
};
std::optional<std::string> valid_id_number(std::string_view text, const IdNumberRules& rules);
/// "1956-03-14", and 'F'/'M' of a valid number.
std::string birth_date_of(std::string_view id_number);
char sex_of(std::string_view id_number);

/// What identity needs of a source Patient; made from the resource.
struct Record {
    std::string patient_id; ///< id of the source Patient resource
    std::string id_number, name, pinyin, birth_date, gender, phone;
    bool temporary_newborn = false; ///< 之子, 之女, 婴 … : the name is no name
};
Record record_of(fhir::Element patient, const IdNumberRules& rules);

enum class Verdict : std::uint8_t { same, review, different };
struct Judgement {
    Verdict verdict = Verdict::different;
    std::vector<std::string> reasons; ///< rule ids: "id-and-name", "id-name-differs", "mother-number" …
};
Judgement judge(const Record& a, const Record& b);

/// Persons over the store's facts: link events, review queue.
class Linker {
public:
    Linker(store::Store& store, IdNumberRules rules) : store_(store), rules_(rules) {}
    /// Finds the person of a new or changed source record and stores the link event. Returns the person id and whether a review was queued.
    struct Linked {
        std::string person_id;
        bool review = false;
        Judgement judgement;
    };
    Result<Linked> link(fhir::Element patient);
    /// Person of a source Patient id, "" when unknown; and all source Patient ids of a person, sorted.
    std::string person_of(const std::string& patient_id) const;
    std::vector<std::string> patients_of(const std::string& person_id) const;
    /// All source patients of the same person as this one (itself included).
    std::vector<std::string> same_person(const std::string& patient_id) const;
    /// A steward's word: stands for ever, over every later machine judgement.
    Result<void> decide(const std::string& patient_a, const std::string& patient_b, bool same, const std::string& who,
                        const std::string& why);
    struct Review {
        std::string patient_a, patient_b;
        Judgement judgement;
    };
    std::vector<Review> reviews(std::size_t count) const;

private:
    store::Store& store_;
    IdNumberRules rules_;
};

} // namespace huitong::identity
