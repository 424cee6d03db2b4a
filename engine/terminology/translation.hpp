/// Translation by concept maps. Source: FHIR R4, ConceptMap, $translate.
#pragma once

#include "terminology/library.hpp"

namespace huitong::terminology {

/// Matches of one map in the order of its rows; `group.unmapped` answers when no row of a fitting group does.
std::vector<Match> translated(const Library& library, const ConceptMap& map, const Coding& coding, std::string_view target_system);

} // namespace huitong::terminology
