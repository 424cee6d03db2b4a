#include "app/packages.hpp"

#include "fhir/json.hpp"
#include "fhir/package_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace huitong::app {
namespace {

namespace fs = std::filesystem;

bool is_conformance(std::string_view type) {
    static constexpr std::string_view kTypes[] = {"StructureDefinition", "ValueSet", "CodeSystem", "ConceptMap", "SearchParameter"};
    return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

/// A part of a name, or a version, that is safe as the name of a folder.
bool is_folder_name(std::string_view word) {
    static constexpr std::string_view kSigns = "-_.+";
    const auto is_letter = [](char sign) {
        return (sign >= '0' && sign <= '9') || (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z');
    };
    return !word.starts_with('.') &&
           std::all_of(word.begin(), word.end(), [&](char sign) { return is_letter(sign) || kSigns.find(sign) != kSigns.npos; });
}

/// A name as npm has it: name, or @scope/name. An absent one is told elsewhere.
bool is_package_name(std::string_view name) {
    if (!name.starts_with('@')) return is_folder_name(name);
    const auto slash = name.find('/');
    return slash != name.npos && is_folder_name(name.substr(1, slash - 1)) && is_folder_name(name.substr(slash + 1));
}

/// Takes the files of a package one after the other.
class Collector {
public:
    Collector(Parsed<Package>& out, bool with_resources) : out_(out), with_resources_(with_resources) {}

    void take(std::string_view name, std::string text) {
        auto& package = out_.value;
        package.files.emplace_back(name);
        const auto file = name.substr(name.rfind('/') + 1);
        if (file == "package.json" && package.manifest.empty()) return manifest(std::move(text));
        if (!with_resources_ || !file.ends_with(".json") || file.starts_with('.')) return;
        if (text.find("\"resourceType\"") == text.npos) return; // an index, or settings of a tool
        if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
        auto parsed = fhir::read_json(std::move(text));
        if (parsed.issues.has_errors()) {
            auto issue = *parsed.issues.leading();
            issue.severity = Severity::warning;
            issue.position =
                TextPosition{std::string(name), issue.position ? issue.position->line : 0, issue.position ? issue.position->column : 0};
            out_.issues.add(std::move(issue));
        } else if (is_conformance(parsed.value->root().type())) {
            package.resources.push_back(std::move(parsed.value));
        } else if (name.find("counter-examples/") == name.npos) {
            package.examples.push_back(std::move(parsed.value));
        }
    }

private:
    void manifest(std::string text) {
        auto& package = out_.value;
        package.manifest = std::move(text);
        const auto parsed = fhir::read_plain_json(package.manifest);
        if (parsed.issues.has_errors() || !parsed.value->root()) return;
        const auto root = parsed.value->root();
        package.name = root.text("name");
        package.version = root.text("version");
        // They name the folder that the package is put into.
        if (!is_package_name(package.name) || !is_folder_name(package.version))
            out_.issues.add(error(IssueCode::invalid, "", "package-title", {package.name + "#" + package.version}));
        for (const auto* member : {"fhirVersions", "fhir-version-list"}) {
            for (auto version : root.children(member)) package.fhir_versions.emplace_back(version.value());
            if (!package.fhir_versions.empty()) break;
        }
    }

    Parsed<Package>& out_;
    bool with_resources_;
};

void read_folder(const std::string& path, Collector& collector) {
    std::vector<fs::path> files;
    std::error_code failure;
    for (fs::recursive_directory_iterator at(path, failure), end; !failure && at != end; at.increment(failure)) {
        if (at->is_regular_file()) files.push_back(at->path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        std::ifstream in(file, std::ios::binary);
        collector.take(fs::relative(file, path, failure).string(), std::string(std::istreambuf_iterator<char>(in), {}));
    }
}

/// "a → b → a" when the bases of structures lead back to where they began; "" when they do not.
std::string circle_of_bases(fhir::Element structure, const std::vector<fhir::Element>& among) {
    const auto first = structure.text("url");
    std::string out(first);
    for (std::size_t steps = 0; steps <= among.size(); ++steps) {
        const auto base = structure.text("baseDefinition");
        const auto next = std::find_if(among.begin(), among.end(), [&](fhir::Element other) { return other.text("url") == base; });
        if (next == among.end()) return {};
        out.append(" → ").append(base);
        if (base == first) return out;
        structure = *next;
    }
    return {};
}

} // namespace

Parsed<Package> read_package(const std::string& path, bool with_resources) {
    Parsed<Package> out;
    Collector collector(out, with_resources);
    std::error_code failure;
    if (fs::is_directory(path, failure)) {
        read_folder(path, collector);
        return out;
    }
    out.issues.add(fhir::read_package(
        path, [](std::string_view) { return true; },
        [&](std::string_view name, std::string text) { collector.take(name, std::move(text)); }));
    return out;
}

Outcome add_structures(fhir::Definitions& definitions, const std::vector<fhir::DocumentPtr>& resources) {
    Outcome issues;
    std::vector<fhir::Element> waiting;
    for (const auto& document : resources) {
        if (document->root().type() == "StructureDefinition") waiting.push_back(document->root());
        else if (document->root().type() == "SearchParameter") issues.add(definitions.add_search_parameter(document->root()));
    }
    for (std::size_t before = waiting.size() + 1; !waiting.empty() && waiting.size() < before;) {
        before = waiting.size();
        std::erase_if(waiting, [&](fhir::Element structure) { return !definitions.add_structure(structure).has_errors(); });
    }
    for (const auto& structure : waiting) {
        if (auto circle = circle_of_bases(structure, waiting); !circle.empty()) {
            issues.add(error(IssueCode::invalid, std::string(structure.text("url")), "structure-base-circle", {std::move(circle)}));
            continue;
        }
        auto failed = definitions.add_structure(structure);
        for (auto& issue : failed.issues()) {
            if (issue.where.empty()) issue.where = std::string(structure.text("url"));
            issues.add(std::move(issue));
        }
    }
    return issues;
}

Outcome add_terminology(terminology::Terminology& terminology, const std::vector<fhir::DocumentPtr>& resources) {
    Outcome issues;
    for (const auto& document : resources) {
        const auto type = document->root().type();
        if (type == "ValueSet" || type == "CodeSystem" || type == "ConceptMap") issues.add(terminology.add(document->root()));
    }
    return issues;
}

Parsed<Knowledge> read_knowledge(const std::vector<std::string>& package_paths) {
    Parsed<Knowledge> out;
    auto pack = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!pack) {
        out.issues.add(pack.error());
        return out;
    }
    auto& known = out.value;
    known.definitions = std::move(*pack);
    std::vector<fhir::DocumentPtr> resources;
    for (const auto& path : package_paths) {
        auto read = read_package(path);
        out.issues.add(std::move(read.issues));
        resources.insert(resources.end(), read.value.resources.begin(), read.value.resources.end());
        known.packages.push_back(std::move(read.value));
    }
    auto added = add_structures(*known.definitions, resources);
    known.terminology = std::make_shared<terminology::Terminology>(known.definitions);
    added.add(add_terminology(*known.terminology, resources));
    for (auto& issue : added.issues()) issue.severity = Severity::warning;
    out.issues.add(std::move(added));
    return out;
}

} // namespace huitong::app
