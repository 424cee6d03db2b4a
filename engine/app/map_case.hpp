/// Cases of `huitong map test`: a folder with `in.*` and `out.json`; settings from `case.toml` in it or in a folder above.
#pragma once

#include "app/map_workbench.hpp"

namespace huitong::app {

struct MapCase {
    std::string name; ///< path of its folder below the one that was named
    std::string folder, input;
    std::string map, charset = "auto";
    mapping::RunOptions run; ///< with what the command line gave
};

/// Keys of case.toml: `map`, `charset`, `offset_minutes`, `now`, and the table `settings` (organization = "…"). The nearest folder wins.
/// Issues: those of the TOML (configuration-syntax), map-case-empty when the folder has no case.
Parsed<std::vector<MapCase>> find_map_cases(const std::string& folder, const MapOptions& options, const mapping::RunOptions& run);

} // namespace huitong::app
