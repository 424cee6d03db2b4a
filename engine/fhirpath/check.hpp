/// Static check: paths against the definitions, singleton and type errors that are certain before running. Internal to the room.
#pragma once

#include "fhirpath/ast.hpp"

namespace huitong::fhirpath {

/// Issues with line and column: fhirpath-unknown-path (with the nearest name), fhirpath-type.
Outcome check_types(const Node& root, const fhir::Definitions& definitions, std::string_view input_type);

CheckResult infer_types(const Node& root, const fhir::Definitions& definitions, const CheckInput& input);

} // namespace huitong::fhirpath
