/// Comparison of elements with fixed and pattern values. Source: FHIR R4, ElementDefinition.fixed[x], pattern[x].
#pragma once

#include "fhir/tree.hpp"

namespace huitong::validation {

/// Exactly the same: values, children and their order.
bool is_same(fhir::Element element, fhir::Element fixed);
/// At least what the pattern holds; repeating children match in any order.
bool fits_pattern(fhir::Element element, fhir::Element pattern);

} // namespace huitong::validation
