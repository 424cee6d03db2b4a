/// The maps of a deployment: loading, imports, default groups, runs.
#include "mapping/mapping.hpp"

#include "mapping/executor.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace huitong::mapping {
namespace {

bool fits_import(std::string_view url, std::string_view pattern) {
    const auto star = pattern.find('*');
    if (star == pattern.npos) return url == pattern;
    return url.size() + 1 >= pattern.size() && url.starts_with(pattern.substr(0, star)) && url.ends_with(pattern.substr(star + 1));
}

} // namespace

std::string_view type_named(const fhir::Definitions& definitions, const Map::Ast& map, std::string_view name) {
    for (const auto& uses : map.uses) {
        if (uses.alias != name && uses.url != name) continue;
        if (const auto* structure = definitions.find_structure(uses.url)) return structure->type;
        return std::string_view(uses.url).substr(uses.url.find_last_of('/') + 1);
    }
    return name;
}

struct MapLibrary::State final : GroupFinder {
    std::shared_ptr<const fhir::Definitions> definitions;
    std::shared_ptr<const terminology::Terminology> terminology;
    std::map<std::string, Map, std::less<>> maps; ///< by url
    mutable ExpressionCache expressions;

    virtual ~State() = default;

    /// The map itself, then what it imports, directly or through others.
    std::vector<const Map::Ast*> visible(const Map::Ast& from) const {
        std::vector<const Map::Ast*> out{&from};
        for (std::size_t at = 0; at < out.size(); ++at) {
            for (const auto& import : out[at]->imports) {
                for (const auto& [url, map] : maps) {
                    if (fits_import(url, import) && std::find(out.begin(), out.end(), &map.ast()) == out.end()) out.push_back(&map.ast());
                }
            }
        }
        return out;
    }

    Found find_group(const Map::Ast& from, std::string_view name) const override {
        for (const auto* map : visible(from)) {
            for (const auto& group : map->groups) {
                if (group.name == name) return {map, &group};
            }
        }
        return {};
    }

    Found find_default(const Map::Ast& from, std::string_view source, std::string_view target) const override {
        for (const auto* map : visible(from)) {
            for (const auto& group : map->groups) {
                if (group.type_mode.empty() || group.inputs.size() != 2) continue;
                if (target.empty() && group.type_mode != "type-and-types") continue;
                if (type_named(*definitions, *map, group.inputs[0].type) != source) continue;
                if (target.empty() || type_named(*definitions, *map, group.inputs[1].type) == target) return {map, &group};
            }
        }
        return {};
    }
};

MapLibrary::MapLibrary(std::shared_ptr<const fhir::Definitions> definitions, std::shared_ptr<const terminology::Terminology> terminology)
    : state_(std::make_unique<State>()) {
    state_->definitions = std::move(definitions);
    state_->terminology = std::move(terminology);
}
MapLibrary::~MapLibrary() = default;

Outcome MapLibrary::load_directory(const std::string& directory) {
    Outcome out;
    std::error_code failed;
    std::vector<std::string> files;
    for (auto at = std::filesystem::recursive_directory_iterator(directory, failed);
         !failed && at != std::filesystem::recursive_directory_iterator(); at.increment(failed)) {
        const auto extension = at->path().extension();
        if (extension == ".map" || extension == ".fml") files.push_back(at->path().string());
    }
    if (failed) return Outcome{error(IssueCode::not_found, directory, "fml-directory", {directory})};
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        std::ifstream in(file, std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        auto parsed = Map::parse(text.str(), file);
        const bool usable = !parsed.issues.has_errors();
        out.add(std::move(parsed.issues));
        if (usable) out.add(add(std::move(parsed.value)));
    }
    return out;
}

Outcome MapLibrary::add(Map map) {
    Outcome out;
    const auto& ast = map.ast();
    const auto url = ast.url.empty() ? ast.file : ast.url;
    if (const auto found = state_->maps.find(url); found != state_->maps.end() && found->second.ast().file != ast.file) {
        auto issue = error(IssueCode::duplicate, "", "fml-url-twice", {url, found->second.ast().file});
        issue.position = TextPosition{ast.file, 1, 1};
        out.add(std::move(issue));
        return out;
    }
    state_->maps.insert_or_assign(url, std::move(map));
    return out;
}

bool MapLibrary::has(std::string_view url) const { return state_->maps.find(url) != state_->maps.end(); }

std::vector<std::string> MapLibrary::urls() const {
    std::vector<std::string> out;
    for (const auto& [url, map] : state_->maps) out.push_back(url);
    return out;
}

RunResult MapLibrary::run(std::string_view url, fhir::Element source, const RunOptions& options) const {
    const auto found = state_->maps.find(url);
    if (found == state_->maps.end()) {
        RunResult out;
        out.issues.add(error(IssueCode::not_found, "", "fml-unknown-map", {std::string(url)}));
        return out;
    }
    Executor executor(*state_->definitions, state_->terminology.get(), *state_, state_->expressions, options);
    return executor.run(found->second.ast(), source);
}

} // namespace huitong::mapping
