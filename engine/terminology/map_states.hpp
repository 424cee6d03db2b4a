/// The life of the rows of a code map kept as CSV: draft → reviewed → active → retired, with who did it. The text around the rows that
/// change stays byte for byte, because laboratories keep such files in their own tools. Format: terminology/README.md. Thread: any.
#pragma once

#include "base/outcome.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace huitong::terminology {

/// The person of "检验科 李明 2026-01-08": the same one on whatever day.
std::string_view person_of(std::string_view signature);

struct StateChange {
    std::string to;                 ///< draft | reviewed | active | retired
    std::string by;                 ///< person, as the column shall show it
    std::vector<std::string> codes; ///< local codes; empty: every row that may go there
};

/// The text with the rows changed, and how many. reviewed: from draft, by somebody else than who drafted it (four eyes). active: from
/// reviewed. retired: from any. draft: from any, a row to be done again; it forgets its reviewer.
/// Issues: code-map-state, map-state-column (the table lacks `state`, `drafted_by` or `reviewed_by`), map-state-code (no such row),
/// map-state-order, code-map-four-eyes; with one of them nothing is changed.
struct ChangedRows {
    std::string text;
    std::size_t count = 0;
};
Parsed<ChangedRows> change_states(std::string_view csv, const StateChange& change);

} // namespace huitong::terminology
