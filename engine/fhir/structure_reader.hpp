/// StructureDefinition and SearchParameter resources to the light records of definitions.hpp. Views point into the resource's document.
#pragma once

#include "fhir/definitions.hpp"

namespace huitong::fhir {

/// Issues: structure-no-snapshot, structure-invalid.
Parsed<StructureDefinition> read_structure(Element resource, Document& keeper);
Parsed<SearchParameterDefinition> read_search_parameter(Element resource);

}  // namespace huitong::fhir
