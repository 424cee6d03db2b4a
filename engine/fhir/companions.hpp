/// `_birthDate` gives its id and extensions to `birthDate`; in arrays items pair by position and null stands for "nothing here".
/// Internal to the JSON reader. Source: FHIR R4, JSON representation, "primitive elements".
#pragma once

#include "fhir/tree.hpp"

namespace huitong::fhir {

/// Merges the `_x` children of `object` into their `x`; every child name must be interned. Returns a name with a null that stands for
/// nothing, or "".
std::string_view merge_companions(Document& document, NodeIndex object);

} // namespace huitong::fhir
