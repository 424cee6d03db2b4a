/// What a deployment knows before any data comes in: definitions, terminology, maps, and the engines over them.
#pragma once

#include "access/labels.hpp"
#include "app/configuration.hpp"
#include "mapping/mapping.hpp"
#include "search/search.hpp"
#include "validation/validation.hpp"

namespace huitong::app {

struct Content {
    std::shared_ptr<fhir::Definitions> definitions;
    std::shared_ptr<terminology::Terminology> terminology;
    std::shared_ptr<mapping::MapLibrary> maps;
    std::unique_ptr<validation::Validator> validator;
    std::unique_ptr<search::Registry> registry;
    std::unique_ptr<access::LabelRules> labels; ///< nullptr: no table is configured
};

/// Loads the definition pack and the folders that the configuration names. An error of the Result means that the hub must not start;
/// `warnings` are worth a line each.
Result<Content> load_content(const Configuration& configuration, Outcome& warnings);

/// Adds every StructureDefinition and SearchParameter (*.json) of a folder and the folders below it, bases before what derives from them.
Outcome load_structures(fhir::Definitions& definitions, const std::string& directory);
/// The pack with the configuration's structures; nullptr: the pack cannot be read. Issues of single structures are told by load_content.
std::shared_ptr<fhir::Definitions> load_definitions(const Configuration& configuration);

} // namespace huitong::app
