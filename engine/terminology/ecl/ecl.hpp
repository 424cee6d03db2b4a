/// SNOMED CT Expression Constraint Language: parsed, written back, and evaluated over a concept table. Source: SNOMED International,
/// ECL 1.3 (the brief syntax); of ECL 2, the filters and history supplements are not understood. Thread: any; a parsed expression is
/// immutable.
#pragma once

#include "terminology/concept_table.hpp"

#include <optional>

namespace huitong::terminology {

enum class EclKind : std::uint8_t {
    any,        ///< *
    concept_id, ///< a concept
    members,    ///< ^ parts[0]: members of a reference set
    hierarchy,  ///< an operator (<, <<, <!, >, >>, >!) over parts[0]
    all_of,     ///< AND
    one_of,     ///< OR
    minus,      ///< parts[0] without parts[1]
    refined,    ///< parts[0] : parts[1]
    dotted,     ///< parts[0] . parts[1]
    attribute,  ///< parts[0] = parts[1]
    group       ///< { parts[0] }
};

struct EclNode {
    EclKind kind = EclKind::any;
    std::string text; ///< id, operator, comparator, or a literal value (#5, "x")
    std::vector<EclNode> parts;
    bool reversed = false;                          ///< R of an attribute
    std::optional<std::pair<int, int>> cardinality; ///< of an attribute or group; -1 = many
};

/// Issues: ecl-syntax (the position as column), ecl-depth.
Result<EclNode> read_ecl(std::string_view text);
/// The expression without terms, single blanks between: "< 73211009".
std::string write_ecl(const EclNode& node);

/// For each concept of the table whether it is in. Errors: ecl-unsupported (reference sets, groups, values that are no concepts: the table
/// does not hold what they need), too-costly never: the work is bounded by operators times concepts.
Result<std::vector<bool>> evaluate_ecl(const EclNode& node, const ConceptTable& table);

} // namespace huitong::terminology
