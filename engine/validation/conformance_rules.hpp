/// Rules of resources that define something: StructureDefinition, SearchParameter, CapabilityStatement, ValueSet. Only for strict checks.
/// Source: FHIR R4, the pages of these resources.
#pragma once

#include "validation/checks.hpp"

namespace huitong::validation {

void check_definition(const Checks& checks, fhir::Element resource, Report& report);

} // namespace huitong::validation
