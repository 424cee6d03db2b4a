/// Snapshots: the elements of the base with the changes of a differential, with children unfolded and slices made where the differential
/// goes into them. Works on the StructureDefinition as a tree, so that nothing of an ElementDefinition is lost.
/// Source: FHIR R4, StructureDefinition, "Differential & Snapshot"; Profiling FHIR, "Slicing". Thread: reads definitions; one thread a
/// call.
#pragma once

#include "fhir/definitions.hpp"

namespace huitong::fhir {

enum class DifferentialOrder : std::uint8_t {
    any,    ///< elements may stand in any order
    as_base ///< an element that stands before one that its base has earlier is an issue
};

/// A copy of the StructureDefinition whose `snapshot` is made from its differential.
/// Issues: structure-base-unknown, structure-base-circle (it is its own base), structure-differential (an element that the base does not
/// have), structure-type (a type that the base does not permit), structure-profile-type (a profile of another type), structure-value-type,
/// structure-fixed, structure-cardinality and structure-min (looser than the base), structure-cardinality-crossed (min above max),
/// structure-slicing (opened or no longer ordered), structure-slicing-closed (one slice more), structure-too-large, structure-slice-name (a
/// slice by type of another name), structure-order.
Parsed<DocumentPtr> make_snapshot(const Definitions& definitions, Element structure, DifferentialOrder order = DifferentialOrder::any);

} // namespace huitong::fhir
