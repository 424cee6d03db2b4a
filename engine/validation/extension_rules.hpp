/// Where an extension stands: known, as the kind (modifier or not) it is defined to be, and in a context that its definition permits.
/// Source: FHIR R4, Extensibility; StructureDefinition.context.
#pragma once

#include "validation/checks.hpp"

namespace huitong::validation {

void check_extension(const Checks& checks, fhir::Element extension, const Scope& scope, Report& report);

} // namespace huitong::validation
