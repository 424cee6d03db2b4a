#include "app/content.hpp"

#include "fhir/json.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace huitong::app {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> json_files(const std::string& directory) {
    std::vector<fs::path> out;
    std::error_code failure;
    for (fs::recursive_directory_iterator at(directory, failure), end; !failure && at != end; at.increment(failure)) {
        if (at->is_regular_file() && at->path().extension() == ".json") out.push_back(at->path());
    }
    std::sort(out.begin(), out.end());
    return out;
}

/// What is wrong with a file is told with its name.
void add_issues(Outcome& all, Outcome issues, const fs::path& file) {
    for (auto& issue : issues.issues()) {
        if (!issue.position) issue.position = TextPosition{file.string(), 0, 0};
        else issue.position->file = file.string();
        all.add(std::move(issue));
    }
}

/// Errors stop the start; the rest is said.
bool keep(Outcome& warnings, Outcome issues, Outcome& errors) {
    const bool failed = issues.has_errors();
    (failed ? errors : warnings).add(std::move(issues));
    return !failed;
}

std::unique_ptr<access::LabelRules> load_labels(const std::string& file, Outcome& warnings, Outcome& errors) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        errors.add(error(IssueCode::not_found, "access.labels", "configuration-value", {"access.labels", "a table that can be read"}));
        return nullptr;
    }
    auto rules = access::LabelRules::read(std::string(std::istreambuf_iterator<char>(in), {}));
    Outcome issues;
    add_issues(issues, std::move(rules.issues), file);
    keep(warnings, std::move(issues), errors);
    return std::make_unique<access::LabelRules>(std::move(rules.value));
}

} // namespace

Outcome load_structures(fhir::Definitions& definitions, const std::string& directory) {
    Outcome issues;
    std::vector<std::pair<fs::path, fhir::DocumentPtr>> waiting;
    for (const auto& file : json_files(directory)) {
        if (file.filename() == "package.json") continue; // the manifest of a package that this folder is the source of
        std::ifstream in(file, std::ios::binary);
        auto parsed = fhir::read_json(std::string(std::istreambuf_iterator<char>(in), {}));
        const bool is_read = !parsed.issues.has_errors() && parsed.value;
        add_issues(issues, std::move(parsed.issues), file);
        if (!is_read) continue;
        const auto type = parsed.value->root().type();
        if (type == "StructureDefinition") waiting.emplace_back(file, std::move(parsed.value));
        else if (type == "SearchParameter") add_issues(issues, definitions.add_search_parameter(parsed.value->root()), file);
    }
    // A structure whose base comes later in the folder waits for it; what is left after a round without success cannot be added.
    for (auto before = waiting.size() + 1; !waiting.empty() && waiting.size() < before;) {
        before = waiting.size();
        std::erase_if(waiting, [&](const auto& one) { return !definitions.add_structure(one.second->root()).has_errors(); });
    }
    for (const auto& [file, document] : waiting) add_issues(issues, definitions.add_structure(document->root()), file);
    return issues;
}

std::shared_ptr<fhir::Definitions> load_definitions(const Configuration& configuration) {
    auto pack = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!pack) return nullptr;
    for (const auto& folder : configuration.structures) (void)load_structures(**pack, folder);
    return std::move(*pack);
}

Result<Content> load_content(const Configuration& configuration, Outcome& warnings) {
    Content out;
    Outcome errors;
    auto pack = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!pack) return pack.error();
    out.definitions = std::move(*pack);
    for (const auto& folder : configuration.structures) keep(warnings, load_structures(*out.definitions, folder), errors);
    out.terminology = std::make_shared<terminology::Terminology>(out.definitions);
    for (const auto& folder : configuration.terminology) keep(warnings, out.terminology->load_directory(folder), errors);
    out.maps = std::make_shared<mapping::MapLibrary>(out.definitions, out.terminology);
    for (const auto& folder : configuration.mappings) keep(warnings, out.maps->load_directory(folder), errors);
    for (const auto& feed : configuration.feeds) {
        if (!feed.map.empty() && !out.maps->has(feed.map))
            errors.add(error(IssueCode::not_found, "feed " + feed.name, "feed-no-map", {feed.map}));
    }
    if (!configuration.labels.empty()) out.labels = load_labels(configuration.labels, warnings, errors);
    if (errors.has_errors()) return errors;
    out.validator = std::make_unique<validation::Validator>(out.definitions, out.terminology);
    out.registry = std::make_unique<search::Registry>(out.definitions, configuration.offset_minutes);
    out.registry->set_terminology(*out.terminology);
    return out;
}

} // namespace huitong::app
