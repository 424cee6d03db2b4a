/// Finished index rows of one resource version: what `search` extracts and `store` keeps. The store knows no search syntax.
/// `param` is the search parameter's code ("identifier", "code"); the resource type comes from the write. Texts are interned by the store.
/// Source: FHIR R4, Search, "search parameter types".
#pragma once

#include "base/instant.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace huitong::store {

struct TokenRow {
    std::string param, system, code; ///< system "" = none; code as compared (case folded where the system is case-insensitive)
};
struct ReferenceRow {
    std::string param, target_type, target_id; ///< local or urn; an absolute URL outside this server: target_type "" and the URL as id
    std::string identifier_system, identifier_value; ///< Reference.identifier for `:identifier`, or ""
};
/// [low, high) covers every instant the value may mean.
struct DateRow {
    std::string param;
    Instant low, high;
};
/// A number (unit and system ""), or a quantity as written and in canonical UCUM units. The value lies in [low, high]: both ends are the
/// value itself, unless it is a Range or has a comparator ("<5" is [-kUnboundedNumber, 5]).
struct QuantityRow {
    std::string param, system, unit; ///< unit code, or the unit text when there is no code
    double low = 0, high = 0;
    std::string canonical_unit; ///< "" when the unit is not UCUM
    double canonical_low = 0, canonical_high = 0;
};
constexpr double kUnboundedNumber = 1e300;
struct StringRow {
    std::string param, folded, exact; ///< folded: width, case, accents folded (base of the default and `:contains`)
};
struct UriRow {
    std::string param, uri;
};
/// A composite has no row kind of its own: the rows of its second component are written under the parameter "composite$key of the first
/// component", so that ranges and prefixes of the second work as everywhere. The row of *the* query of this product: patient + type + code
/// + date.
struct TimelineRow {
    std::string patient_id, system, code; ///< patient "": the resource belongs to no single one
    Instant low, high;                    ///< [low, high) of the resource's date; equal: it has none
};

struct IndexRows {
    std::vector<TokenRow> tokens;
    std::vector<ReferenceRow> references;
    std::vector<DateRow> dates;
    std::vector<QuantityRow> quantities;
    std::vector<StringRow> strings;
    std::vector<UriRow> uris;
    std::vector<TimelineRow> timeline;
    std::string patient_id;           ///< compartment owner, "" when the resource belongs to no single patient
    std::vector<std::string> sharers; ///< then: all Patients that it names, none twice
    /// Of the search parameters that the rows were made by; grows when a parameter is added (Store::require_generation).
    std::uint32_t generation = 0;
};

/// The text index takes versions in blocks of so many keys: block n holds the keys from n × kTextBlock on. A block is written once, when
/// all its versions are there.
constexpr std::uint64_t kTextBlock = 4'096;

/// When codes were found, over all patients, of one block of as many keys. Made by the store itself, from the timeline.
struct OccurrenceBlock {
    std::uint64_t number = 0;
    struct Row {
        std::int64_t type = 0, term = 0;
        std::string entries;
    };
    std::vector<Row> rows;
};

/// What the text index holds of one block.
struct TextBlock {
    std::uint64_t number = 0;
    struct Word {
        std::string text;
        std::vector<std::uint16_t> places; ///< versions that hold it: their distance from the block's first key, growing
    };
    std::vector<Word> words; ///< each once
};

} // namespace huitong::store
