/// Contained resources: each is referred to by what holds it, or refers to it. R4 says so in an expression (dom-3) that takes `as()` of
/// many items and so cannot be evaluated as it stands. Source: FHIR R4, DomainResource.contained, dom-3.
#pragma once

#include "validation/report.hpp"

namespace huitong::validation {

/// Issues: validation-contained-id (none, or one that another has), validation-contained-unused.
void check_contained(fhir::Element resource, Report& report);

} // namespace huitong::validation
