/// Definitions (code systems, value sets, profiles …) tell of no person. What reads them and nothing else needs no access record: the trail
/// is of interactions that touch health data. Refusals and failures are recorded whatever was asked. Source: docs/decisions.
#pragma once

#include "interaction/interaction.hpp"

namespace huitong::interaction {

/// The interaction is a read of definitions or a terminology operation, it succeeded, and all that it gave out are definitions.
bool tells_of_nobody(const Classified& asked, const Response& given);

} // namespace huitong::interaction
