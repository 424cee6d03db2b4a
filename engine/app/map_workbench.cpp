#include "app/map_workbench.hpp"

#include "fhir/json.hpp"

#include <algorithm>
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

std::vector<std::string> json_files(const std::string& path) {
    std::error_code failure;
    if (!fs::is_directory(path, failure)) return {path};
    std::vector<std::string> out;
    for (fs::recursive_directory_iterator at(path, failure), end; !failure && at != end; at.increment(failure)) {
        if (at->path().extension() == ".json") out.push_back(at->path().string());
    }
    std::sort(out.begin(), out.end());
    return out;
}

/// Structures whose base is in another file of the set wait until it is there.
Outcome load_structures(fhir::Definitions& definitions, const std::vector<std::string>& paths) {
    Outcome out;
    std::vector<std::pair<std::string, fhir::DocumentPtr>> waiting;
    for (const auto& path : paths) {
        for (const auto& file : json_files(path)) {
            auto parsed = fhir::read_json(read_file(file));
            for (auto& issue : parsed.issues.issues()) {
                if (issue.position) issue.position->file = file;
                else issue.position = TextPosition{file, 0, 0};
                out.add(std::move(issue));
            }
            if (!parsed.issues.has_errors() && parsed.value->root().type() == "StructureDefinition")
                waiting.emplace_back(file, parsed.value);
        }
    }
    for (std::size_t before = 0; before != waiting.size();) {
        before = waiting.size();
        std::erase_if(waiting, [&](const auto& one) { return !definitions.add_structure(one.second->root()).has_errors(); });
    }
    for (const auto& [file, document] : waiting) {
        auto issues = definitions.add_structure(document->root());
        for (auto& issue : issues.issues()) issue.position = TextPosition{file, 0, 0};
        out.add(std::move(issues));
    }
    return out;
}

/// A url is looked up, a file is loaded.
std::string load_named_map(const std::string& name, mapping::MapLibrary& library, Outcome& issues) {
    std::error_code failure;
    if (library.has(name) || !fs::is_regular_file(name, failure)) return name;
    auto parsed = mapping::Map::parse(read_file(name), name);
    const auto url = parsed.value.url().empty() ? name : parsed.value.url();
    issues.add(std::move(parsed.issues));
    if (issues.has_errors() || library.has(url)) return url;
    issues.add(library.add(std::move(parsed.value)));
    return url;
}

} // namespace

void MapOptions::add_to(CLI::App& command) {
    command.add_option("--maps", maps, "folders of maps, searched with the folders below them");
    command.add_option("--terminology", terminology, "folders of code systems and code maps");
    command.add_option("--structures", structures, "folders or files of StructureDefinitions: models of sources, profiles");
    command.add_option("--set", settings, "setting of the feed, seen in maps as %name: name=value");
    command.add_option("--charset", charset, "of v2 messages and tables: auto, GBK, UTF-8 …");
    command.add_option("--offset-minutes", offset_minutes, "zone of times that are sent without one");
    command.add_option("--now", now, "the time that now() gives");
}

Workbench open_workbench(const MapOptions& options) {
    Workbench out;
    auto pack = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!pack) {
        out.issues = pack.error();
        return out;
    }
    out.definitions = *pack;
    out.issues.add(load_structures(*out.definitions, options.structures));
    out.terminology = std::make_shared<terminology::Terminology>(out.definitions);
    for (const auto& folder : options.terminology) out.issues.add(out.terminology->load_directory(folder));
    out.library = std::make_unique<mapping::MapLibrary>(out.definitions, out.terminology);
    for (const auto& folder : options.maps) out.issues.add(out.library->load_directory(folder));
    std::error_code failure;
    if (options.maps.empty() && fs::is_regular_file(options.map, failure))
        out.issues.add(out.library->load_directory(fs::absolute(options.map).parent_path().string()));
    if (!options.map.empty()) out.map = load_named_map(options.map, *out.library, out.issues);
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
