/// FHIR packages (npm form: a tgz, or the same unpacked in a folder) and folders of definitions, as documents for the engines.
#pragma once

#include "fhir/definitions.hpp"
#include "terminology/terminology.hpp"

#include <string>
#include <vector>

namespace huitong::app {

struct Package {
    std::string name, version;
    std::vector<std::string> fhir_versions;
    std::string manifest;                     ///< text of package.json, "" when there is none
    std::vector<std::string> files;           ///< names inside, in order
    std::vector<fhir::DocumentPtr> resources; ///< conformance resources: structures, terminology, search parameters
    std::vector<fhir::DocumentPtr> examples;  ///< every other resource, of a folder those below counter-examples/ aside
};

/// A tgz or zip by its content, else a folder: every *.json in it and below. `with_resources` false: names and manifest only.
/// Issues: package-unreadable, package-path, package-title; a resource that cannot be read is a warning with its file.
Parsed<Package> read_package(const std::string& path, bool with_resources = true);

/// Structures in whatever order they come, one whose base comes later waits for it, then search parameters. What cannot be added is told.
Outcome add_structures(fhir::Definitions& definitions, const std::vector<fhir::DocumentPtr>& resources);
/// Code systems, value sets and concept maps.
Outcome add_terminology(terminology::Terminology& terminology, const std::vector<fhir::DocumentPtr>& resources);

/// The definitions of this program with those of packages, for a command that works on files.
struct Knowledge {
    std::shared_ptr<fhir::Definitions> definitions;
    std::shared_ptr<terminology::Terminology> terminology;
    std::vector<Package> packages; ///< their documents are kept
};
/// A package may hold a structure that our reader does not take: that is a warning, the rest is of use. Issues: pack-…, package-….
Parsed<Knowledge> read_knowledge(const std::vector<std::string>& package_paths);

} // namespace huitong::app
