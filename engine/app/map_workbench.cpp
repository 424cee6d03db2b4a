#include "app/map_workbench.hpp"

#include "app/content.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace huitong::app {
namespace {

namespace fs = std::filesystem;

std::string read_file(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

void MapOptions::add_to(Verb command) {
    command.add_option("--maps", maps, "folders of maps, searched with the folders below them");
    command.add_option("--terminology", terminology, "folders of code systems and code maps");
    command.add_option("--structures", structures, "folders of StructureDefinitions: models of sources, profiles");
    command.add_option("--set", settings, "setting of the feed, seen in maps as %name: name=value");
    command.add_option("--charset", charset, "of v2 messages and tables: auto, GBK, UTF-8 …");
    command.add_option("--offset-minutes", offset_minutes, "zone of times that are sent without one");
    command.add_option("--now", now, "the time that now() gives");
}

std::vector<std::string> MapOptions::files() const {
    auto out = maps;
    for (const auto* more : {&terminology, &structures}) out.insert(out.end(), more->begin(), more->end());
    return out;
}

std::string load_map(const std::string& file, mapping::MapLibrary& library, Outcome& issues) {
    auto parsed = mapping::Map::parse(read_file(file), file);
    const bool is_broken = parsed.issues.has_errors();
    auto url = parsed.value.url().empty() ? file : parsed.value.url();
    issues.add(std::move(parsed.issues));
    if (!is_broken && !library.has(url)) issues.add(library.add(std::move(parsed.value)));
    return url;
}

Workbench open_workbench(const MapOptions& options) {
    Workbench out;
    auto pack = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!pack) {
        out.issues = pack.error();
        return out;
    }
    out.definitions = *pack;
    for (const auto& folder : options.structures) out.issues.add(load_structures(*out.definitions, folder));
    out.terminology = std::make_shared<terminology::Terminology>(out.definitions);
    for (const auto& folder : options.terminology) out.issues.add(out.terminology->load_directory(folder));
    out.library = std::make_unique<mapping::MapLibrary>(out.definitions, out.terminology);
    for (const auto& folder : options.maps) out.issues.add(out.library->load_directory(folder));
    std::error_code failure;
    if (options.maps.empty() && fs::is_regular_file(options.map, failure))
        out.issues.add(out.library->load_directory(fs::absolute(options.map).parent_path().string()));
    const bool is_file = !out.library->has(options.map) && fs::is_regular_file(options.map, failure);
    out.map = is_file ? load_map(options.map, *out.library, out.issues) : options.map;
    out.run.offset_minutes = options.offset_minutes;
    if (const auto now = read_date_time(options.now)) out.run.now = instants_of(*now, options.offset_minutes).first;
    for (const auto& setting : options.settings) {
        const auto equals = setting.find('=');
        if (equals == setting.npos) out.issues.add(error(IssueCode::invalid, "--set", "map-setting", {setting}));
        else out.run.parameters.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
    }
    return out;
}

} // namespace huitong::app
