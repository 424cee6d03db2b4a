/// The function families; each file holds one and gives its rows of the table. Internal to the room.
#pragma once

#include "fhirpath/evaluator.hpp"

#include <span>

namespace huitong::fhirpath {

std::span<const Function> existence_functions();  ///< FHIRPath 2.0.0 §5.1, §5.2, §5.3, §5.4
std::span<const Function> conversion_functions(); ///< §5.5
std::span<const Function> string_functions();     ///< §5.6
std::span<const Function> math_functions();       ///< §5.7 and aggregates
std::span<const Function> tree_functions();       ///< §5.8, §5.9, types, variables
std::span<const Function> fhir_functions();       ///< FHIR R4, FHIRPath, "Additional functions"
std::span<const Function> source_functions();     ///< own: reading what senders write

} // namespace huitong::fhirpath
