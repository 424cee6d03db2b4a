/// Value sets as lists. Source: FHIR R4, ValueSet $expand.
#pragma once

#include "terminology/membership.hpp"

namespace huitong::terminology {

/// All codes, selectable ones only, in the order of the compose, each once.
/// Issues: value-set-not-expandable (a part is not loaded whole), value-set-unknown (an import), value-set-depth.
Result<std::vector<Coding>> expanded(const Library& library, const ValueSet& set, const Membership& membership);

/// Every word of the filter is in the code or the display, whatever the case of ASCII letters.
bool fits_filter(const Coding& coding, std::string_view filter);

} // namespace huitong::terminology
