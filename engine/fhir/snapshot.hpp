/// The snapshot of a structure that has only a differential: the base's elements with the differential's changes, with children unfolded
/// and slices made where the differential goes into them. Source: FHIR R4, StructureDefinition, "Differential & Snapshot"; Profiling FHIR,
/// "Slicing". Thread: reads definitions; one thread per call.
#pragma once

#include "fhir/definitions.hpp"

namespace huitong::fhir {

/// Fills `out.elements` (its url, type and base are read already). New texts are kept by `keeper`, the others by `definitions`.
/// Issues: structure-base-unknown, structure-differential (a path that the base does not have).
Outcome fill_snapshot(const Definitions& definitions, Element differential, StructureDefinition& out, Document& keeper);

} // namespace huitong::fhir
