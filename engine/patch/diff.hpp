/// What changed between two versions of a resource, as the FHIRPath Patch that makes one of the other.
/// Source: FHIR R4, FHIRPath Patch.
#pragma once

#include "fhir/definitions.hpp"

namespace huitong::patch {

/// A Parameters resource whose operations, applied to `from`, give `to`; without parameters when nothing changed. Both are of one type.
/// What the server itself writes (meta.versionId, meta.lastUpdated) is left out. Items of lists are compared from both ends, what lies
/// between item by item. Thread: any.
fhir::DocumentPtr diff(const fhir::Definitions& definitions, fhir::Element from, fhir::Element to);

} // namespace huitong::patch
