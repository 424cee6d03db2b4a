/// Snapshots: the elements of the base with the changes of a differential, with children unfolded and slices made where the differential
/// goes into them. Works on the StructureDefinition as a tree, so that nothing of an ElementDefinition is lost.
/// Source: FHIR R4, StructureDefinition, "Differential & Snapshot"; Profiling FHIR, "Slicing". Thread: reads definitions; one thread a
/// call.
#pragma once

#include "fhir/definitions.hpp"

namespace huitong::fhir {

/// A copy of the StructureDefinition whose `snapshot` is made from its differential; the order of the differential does not matter.
/// Issues: structure-base-unknown, structure-differential (an element that the base does not have), structure-type (a type that the base
/// does not permit), structure-cardinality (looser than the base).
Parsed<DocumentPtr> make_snapshot(const Definitions& definitions, Element structure);

} // namespace huitong::fhir
