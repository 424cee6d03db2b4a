/// Which types a search looks into beside the one that it asks for: a count over what may not be searched would tell what is there.
/// Source: FHIR R4, Search, "Chained parameters", "Reverse Chaining"; trust check N18.
#pragma once

#include "interaction/interaction.hpp"

namespace huitong::interaction {

/// Issue: access-reach, for `_has` and for chains that name a type the caller may not search. Steps over types that a chain does not name
/// are filtered by the view.
Outcome check_reach(const Request& request);

} // namespace huitong::interaction
