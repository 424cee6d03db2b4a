/// One value that a search parameter's expression selected, as index rows of the parameter's type. Source: FHIR R4, Search, tables of each
/// parameter type.
#pragma once

#include "fhirpath/fhirpath.hpp"
#include "search/search.hpp"
#include "store/rows.hpp"
#include "ucum/ucum.hpp"

namespace huitong::search {

struct ExtractionContext {
    int offset_minutes = 480;
    std::string_view base_url;
};

/// Adds the rows of one item under the row name `param`; nothing when the item cannot be a value of that type.
void add_rows(fhir::SearchType type, const std::string& param, const fhirpath::Item& item, const ExtractionContext& context,
              store::IndexRows& rows);

/// Name of the rows of one component of a composite of three and more, for the item at `place` of what the composite selects.
inline std::string item_rows(const std::string& composite, std::size_t component, const std::string& place) {
    return composite + '$' + std::to_string(component) + '$' + place;
}
/// Names of the rows that `near` looks at.
inline std::string latitude_rows(const std::string& param) { return param + ":latitude"; }
inline std::string longitude_rows(const std::string& param) { return param + ":longitude"; }

/// A literal reference: local ("Patient/1", also under our own base), or foreign (type "" and the URL as id). nullopt: contained or a
/// fragment.
std::optional<store::ResourceKey> read_reference(std::string_view reference, std::string_view base_url);

/// A number and what its digits imply: half a unit of the last one to both sides, [low, high). Source: FHIR R4, Search, "number": 100 is
/// [99.5, 100.5), 100.00 is [99.995, 100.005), and 1e2 is [95, 105) (a tenth of the unit that the exponent leaves).
struct ImpliedRange {
    Decimal value, low, high;
};
std::optional<ImpliedRange> read_number(std::string_view text);
/// A value of a UCUM unit in canonical units, exactly; nullopt when it leaves the range of decimals.
std::optional<Decimal> canonical_value(const Decimal& value, const ucum::Canonical& unit);

constexpr Instant kBeginning{-62'135'596'800'000'000}; ///< 0001-01-01, where open periods begin
constexpr Instant kEnd{253'402'300'800'000'000};       ///< 10000-01-01, where they end

} // namespace huitong::search
