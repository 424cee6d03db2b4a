/// What senders write: dates of v2 and of tables, results with comparators, reference ranges, molar conversion. Pure readings that the own
/// functions (functions_source.cpp) wrap; nullopt means "not understood", and the text then stays what it was.
/// Source: HL7 v2.5.1, §2.A.22 (DTM); FHIR R4, Datatypes, "dateTime" and "Quantity". Thread: any.
#pragma once

#include "base/date_time.hpp"
#include "base/decimal.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace huitong::fhirpath {

/// Reads "20261120084500.1+0800", "202611", "2026/11/17 08:01", "2026-11-17T09:06:26Z", "2026年11月17日". A time is raised to seconds,
/// which R4 needs, and gets `offset_minutes` when none was written; a date has no offset.
std::optional<DateTime> read_source_date(std::string_view text, int offset_minutes);

/// The way back: "20261120084500+0800", to the precision held.
std::string write_source_date(const DateTime& value);

struct SourceNumber {
    std::string comparator; ///< "", "<", "<=", ">", ">="
    Decimal value;          ///< with the digits sent
};
/// "6.80", "<0.01", "≥1000", "6.8↑". "+1", "1:160" and "阴性" are no numbers.
std::optional<SourceNumber> read_source_number(std::string_view text);

struct SourceRange {
    std::optional<Decimal> low, high;
};
/// "3.5-9.5", "3.5~9.5", "3.5～9.5", "3.5--9.5", "-2.3~2.3", "<5.0", "≥60"; nullopt also when low is above high.
std::optional<SourceRange> read_source_range(std::string_view text);

/// The molar pair that the note of a code-map row names: "molar=14749-6 mmol/L; molar_mass=180.156".
struct MolarPair {
    std::string code, unit;
    Decimal molar_mass; ///< g/mol
};
std::optional<MolarPair> read_molar_pair(std::string_view note);
/// Mass concentration in UCUM unit `unit` to the pair's unit, as finely as `value` was told: one step of its last place, converted, names
/// the place to round to. 0.8 and 0.9 mg/dL of bilirubin are 14 and 15 µmol/L, 113 mg/dL of glucose are 6.27 mmol/L.
std::optional<Decimal> molar_value(const Decimal& value, std::string_view unit, const MolarPair& pair);

/// Rounds half away from zero to `digits` significant digits: 79.56 with 1 is 80.
Decimal rounded_to_significant(const Decimal& value, int digits);
int significant_digits(const Decimal& value);

} // namespace huitong::fhirpath
