/// Rules of bundles that no invariant says: identity of entries, that a document holds what its Composition refers to, and (strict) that
/// everything in it is tied to the Composition.
/// Source: FHIR R4, Bundle, "Resource URL & Uniqueness rules in a bundle"; FHIR R4, Documents.
#pragma once

#include "validation/checks.hpp"

namespace huitong::validation {

void check_bundle(const Checks& checks, fhir::Element bundle, Report& report);

} // namespace huitong::validation
