/// The maps of a deployment: loading, imports, default groups, runs.
#include "mapping/mapping.hpp"

#include "mapping/check.hpp"
#include "mapping/executor.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

namespace huitong::mapping {
struct MapLibrary::State {
    std::shared_ptr<const fhir::Definitions> definitions;
    std::shared_ptr<const terminology::Terminology> terminology;
    std::map<std::string, Map, std::less<>> maps; ///< by url
    mutable std::mutex mutex;
    mutable std::shared_ptr<const Linked> linked; ///< made at the first run after loading

    std::shared_ptr<const Linked> link() const {
        const std::lock_guard lock(mutex);
        if (linked) return linked;
        std::vector<const Map::Ast*> all;
        for (const auto& [url, map] : maps) all.push_back(&map.ast());
        linked = std::make_shared<Linked>(*definitions, all);
        return linked;
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
    state_->linked.reset();
    return out;
}

const fhir::Definitions& MapLibrary::definitions() const { return *state_->definitions; }
const terminology::Terminology* MapLibrary::terminology() const { return state_->terminology.get(); }
std::shared_ptr<const Linked> MapLibrary::linked() const { return state_->link(); }

bool MapLibrary::has(std::string_view url) const { return find(url) != nullptr; }

const Map* MapLibrary::find(std::string_view url) const {
    const auto found = state_->maps.find(url);
    return found == state_->maps.end() ? nullptr : &found->second;
}

std::vector<std::string> MapLibrary::urls() const {
    std::vector<std::string> out;
    for (const auto& [url, map] : state_->maps) out.push_back(url);
    return out;
}

Outcome MapLibrary::check(std::string_view url) const {
    const auto linked = state_->link();
    Checker checker(*state_->definitions, state_->terminology.get(), *linked);
    if (!url.empty() && !has(url)) return Outcome{error(IssueCode::not_found, "", "fml-unknown-map", {std::string(url)})};
    for (const auto& [known, map] : state_->maps) {
        if (url.empty() || url == known) checker.check(map.ast());
    }
    return checker.take_issues();
}

namespace {

void list_rules(const Map::Ast& map, const Group& group, const std::vector<Rule>& rules, std::vector<RuleRecord>& out) {
    for (const auto& rule : rules) {
        out.push_back({map.url, group.name, rule.name, rule.place.line, {}});
        list_rules(map, group, rule.rules, out);
    }
}

} // namespace

std::vector<RuleRecord> MapLibrary::rules(std::string_view url) const {
    std::vector<RuleRecord> out;
    const auto* map = find(url);
    if (!map) return out;
    for (const auto* one : state_->link()->visible_maps(map->ast())) {
        for (const auto& group : one->groups) list_rules(*one, group, group.rules, out);
    }
    return out;
}

RunResult MapLibrary::run(std::string_view url, fhir::Element source, const RunOptions& options) const {
    const auto found = state_->maps.find(url);
    if (found == state_->maps.end()) {
        RunResult out;
        out.issues.add(error(IssueCode::not_found, "", "fml-unknown-map", {std::string(url)}));
        return out;
    }
    const auto linked = state_->link();
    Executor executor(*state_->definitions, state_->terminology.get(), *linked, options);
    return executor.run(found->second.ast(), source);
}

} // namespace huitong::mapping
