/// Compiles an FHIR npm package (tgz) into the definition pack that `Definitions::load_pack` maps. Run once by the build (`huitong-pack`).
#pragma once

#include "base/outcome.hpp"

#include <string>

namespace huitong::fhir {

/// Reads StructureDefinition, SearchParameter, ValueSet, CodeSystem, ConceptMap, OperationDefinition, CompartmentDefinition of
/// `package_file` (examples and other resources are passed over) and writes `pack_file` atomically. Issues: package-unreadable,
/// package-no-definitions.
Outcome compile_pack(const std::string& package_file, const std::string& pack_file);

} // namespace huitong::fhir
