/// What every `map` command needs: the options that say where maps, terminology and models are, and the libraries loaded from them.
#pragma once

#include "app/command.hpp"
#include "mapping/mapping.hpp"

namespace huitong::app {

struct MapOptions {
    std::vector<std::string> maps, terminology, structures, settings; ///< folders or files; "name=value"
    std::string map, charset = "auto", now;
    int offset_minutes = 480;
    void add_to(Verb command);
    /// Folders and files that decide what a map does.
    std::vector<std::string> files() const;
};

struct Workbench {
    std::shared_ptr<fhir::Definitions> definitions;
    std::shared_ptr<terminology::Terminology> terminology;
    std::unique_ptr<mapping::MapLibrary> library;
    std::string map; ///< url of the map that `--map` names
    mapping::RunOptions run;
    Outcome issues; ///< errors: nothing may run
};

/// `--map` may be a url or a file; without `--maps` the folder of the file is loaded with it, so that its imports are found.
Workbench open_workbench(const MapOptions& options);

/// Loads one map file unless its url is there already; gives the url.
std::string load_map(const std::string& file, mapping::MapLibrary& library, Outcome& issues);

} // namespace huitong::app
