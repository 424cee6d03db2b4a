/// StructureDefinition and SearchParameter resources to the light records of definitions.hpp. Views point into the resource's document.
#pragma once

#include "fhir/definitions.hpp"

namespace huitong::fhir {

/// Issues: structure-no-snapshot, structure-invalid.
Parsed<StructureDefinition> read_structure(Element resource, Document& keeper);
/// One ElementDefinition of a snapshot or differential; what is absent has the defaults of the record.
ElementDefinition read_element(Element element, Document& keeper);
/// Finds parents and children by the ids.
void link_children(std::vector<ElementDefinition>& elements);
Parsed<SearchParameterDefinition> read_search_parameter(Element resource);

} // namespace huitong::fhir
