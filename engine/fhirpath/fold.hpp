/// Constant folding: what an expression says of literals alone is worked out once, when it is compiled. Internal to the room.
#pragma once

#include "fhirpath/ast.hpp"

namespace huitong::fhirpath {

/// Puts the value in the place of operators over literals. What fails, gives nothing, or depends on a zone (dates) stays as it is.
void fold_constants(Node& root);

} // namespace huitong::fhirpath
