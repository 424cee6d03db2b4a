/// Rules of bundles that no invariant says: identity of entries, and that a document holds what its Composition refers to.
/// Source: FHIR R4, Bundle, "Resource URL & Uniqueness rules in a bundle"; FHIR R4, Documents.
#pragma once

#include "validation/report.hpp"

namespace huitong::validation {

void check_bundle(fhir::Element bundle, Report& report);

} // namespace huitong::validation
