#include "app/map_case.hpp"

// The same in every file that includes it: else two kinds of one inline function meet in the program.
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>

namespace huitong::app {
namespace {

namespace fs = std::filesystem;

void set_parameter(mapping::RunOptions& run, const std::string& name, std::string value) {
    for (auto& [known, old] : run.parameters) {
        if (known == name) return void(old = std::move(value));
    }
    run.parameters.emplace_back(name, std::move(value));
}

void read_settings(const fs::path& file, MapCase& out, Outcome& issues) {
    const auto parsed = toml::parse_file(file.string());
    if (!parsed) {
        auto issue = error(IssueCode::invalid, "", "configuration-syntax", {std::string(parsed.error().description())});
        issue.position = TextPosition{file.string(), parsed.error().source().begin.line, parsed.error().source().begin.column};
        return issues.add(std::move(issue));
    }
    const toml::table& table = parsed.table();
    out.map = table["map"].value_or(out.map);
    out.charset = table["charset"].value_or(out.charset);
    out.run.offset_minutes = static_cast<int>(table["offset_minutes"].value_or<std::int64_t>(out.run.offset_minutes));
    if (const auto now = read_date_time(table["now"].value_or(std::string())))
        out.run.now = instants_of(*now, out.run.offset_minutes).first;
    if (const auto* settings = table["settings"].as_table()) {
        for (const auto& [key, value] : *settings) set_parameter(out.run, std::string(key.str()), value.value_or(std::string()));
    }
}

/// Settings of the outermost folder first, so that nearer ones replace them.
void read_all_settings(const fs::path& root, const fs::path& folder, MapCase& out, Outcome& issues) {
    if (folder != root && folder.has_parent_path()) read_all_settings(root, folder.parent_path(), out, issues);
    std::error_code failure;
    if (fs::is_regular_file(folder / "case.toml", failure)) read_settings(folder / "case.toml", out, issues);
}

} // namespace

Parsed<std::vector<MapCase>> find_map_cases(const std::string& folder, const MapOptions& options, const mapping::RunOptions& run) {
    Parsed<std::vector<MapCase>> out;
    const auto root = fs::path(folder).lexically_normal();
    std::error_code failure;
    std::vector<fs::path> inputs;
    for (fs::recursive_directory_iterator at(root, failure), end; !failure && at != end; at.increment(failure)) {
        if (at->is_regular_file() && at->path().stem() == "in") inputs.push_back(at->path());
    }
    std::sort(inputs.begin(), inputs.end());
    for (const auto& input : inputs) {
        MapCase one;
        one.folder = input.parent_path().string();
        one.name = input.parent_path().lexically_relative(root).string();
        one.input = input.string();
        one.map = options.map;
        one.charset = options.charset;
        one.run = run;
        read_all_settings(root, input.parent_path(), one, out.issues);
        out.value.push_back(std::move(one));
    }
    if (out.value.empty()) out.issues.add(error(IssueCode::not_found, folder, "map-case-empty", {folder}));
    return out;
}

} // namespace huitong::app
