/// Translation by concept maps. Source: FHIR R4, ConceptMap, $translate.
#pragma once

#include "terminology/library.hpp"

namespace huitong::terminology {

/// Matches of one map in the order of its rows; `group.unmapped` answers when no row of a fitting group does.
std::vector<Match> translated(const Library& library, const ConceptMap& map, const Coding& coding, std::string_view target_system);

/// A row whose target is the coding, and its source.
struct BackMatch {
    Coding source;
    Match match;
};
/// Rows that lead to `coding` (system "" fits any), those of `source_system` only when it is given. Unmapped rules lead nowhere back.
std::vector<BackMatch> translated_back(const ConceptMap& map, const Coding& coding, std::string_view source_system);

} // namespace huitong::terminology
