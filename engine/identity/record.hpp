/// What identity keeps of a source Patient, and what two of them say about each other. Pure; thread: any.
///
/// Only an own citizen number together with an agreeing name says "same". The phone, the address and a birth date that is inside the number
/// anyway are no evidence, so they are not kept. Source: design "Patient identity"; fhir-profiles/shared-record.md (Patient).
#pragma once

#include "fhir/tree.hpp"
#include "identity/id_number.hpp"

#include <vector>

namespace huitong::identity {

/// Of the numbers of citizens (GB 11643).
inline constexpr std::string_view kNumberSystem = "urn:oid:2.16.156.10011.1.3";

/// Whose number it is. `guardian`: a newborn's temporary name, or a birth date more than ten years away from the one in the number.
enum class NumberUse : std::uint8_t { none, own, guardian };

struct Record {
    std::string id_number; ///< valid, 18 digits; "" = none, not valid, or two different ones
    NumberUse use = NumberUse::none;
    std::string name;                ///< without width, case, blanks and dots; "" = no name, or none but pinyin
    std::string pinyin;              ///< letters a to z without tones, ü as v; also a name in Latin letters
    std::string birth_date;          ///< as sent, "" for the default values 1900-01-01 …
    std::string institution;         ///< who keeps the record: code of the managing organisation
    std::vector<std::string> merges; ///< patient ids in Patient.link replaced-by and replaces, sorted
    bool temporary_newborn = false;  ///< 李敏之女: the name is no name
    bool unreadable_name = false;    ///< a character was lost on the way ("李?")
    bool operator==(const Record&) const = default;
};
Record record_of(fhir::Element patient, const IdNumberRules& rules);

/// The same from plain cells, for files. Empty texts are "not stated".
struct Statement {
    std::string name, pinyin, birth_date, institution;
    std::vector<std::string> numbers;
};
Record record_of(const Statement& statement, const IdNumberRules& rules);

enum class Verdict : std::uint8_t { same, review, different };
std::string_view verdict_text(Verdict verdict);

struct Judgement {
    Verdict verdict = Verdict::different;
    std::vector<std::string> reasons; ///< rule ids with words in the catalogue: "identity-number-and-name" …
    bool operator==(const Judgement&) const = default;
};
/// Two records alone, without merges, stewards and other records. Symmetric.
Judgement judge(const Record& a, const Record& b);

} // namespace huitong::identity
