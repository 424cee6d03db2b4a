/// Source: SNOMED CT Release File Specifications, RF2 snapshot files (tab separated, one header line).
#include "terminology/importers/import.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

namespace huitong::terminology {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIsA = "116680003";
constexpr std::string_view kFullName = "900000000000003001";
constexpr std::string_view kPreferred = "900000000000548007";
constexpr std::string_view kPrimitive = "900000000000074008";

/// Calls `use` with the cells of every row whose `active` (third column) is as wanted.
template <class Use>
void each_row(const std::string& file, Use use) {
    std::ifstream in(file, std::ios::binary);
    std::string line;
    std::vector<std::string_view> cells;
    for (bool header = true; std::getline(in, line); header = false) {
        if (header) continue;
        if (line.ends_with('\r')) line.pop_back();
        cells.clear();
        std::string_view rest = line;
        while (true) {
            const auto end = rest.find('\t');
            cells.push_back(rest.substr(0, end));
            if (end == rest.npos) break;
            rest.remove_prefix(end + 1);
        }
        if (cells.size() >= 5) use(cells);
    }
}

/// The files of the folder whose names begin so, in order.
std::vector<std::string> files_named(const std::string& directory, std::string_view begin, std::string_view holding) {
    std::vector<std::string> out;
    std::error_code failure;
    for (fs::recursive_directory_iterator at(directory, failure), end; !failure && at != end; at.increment(failure)) {
        const auto name = at->path().filename().string();
        if (name.starts_with(begin) && name.find(holding) != std::string::npos && name.find("Snapshot") != std::string::npos)
            out.push_back(at->path().string());
    }
    std::sort(out.begin(), out.end());
    return out;
}

/// One release in memory: what belongs to a concept is spread over its files.
class Release {
public:
    Outcome read(const std::string& directory) {
        const auto concepts = files_named(directory, "sct2_Concept_", "");
        if (concepts.empty()) return error(IssueCode::not_found, directory, "import-no-file", {"sct2_Concept_Snapshot"});
        for (const auto& file : concepts) {
            each_row(file, [&](const auto& cells) {
                auto& made = drafts_.emplace_back();
                made.code = cells[0];
                made.inactive = cells[2] != "1";
                made.properties.push_back({"sufficientlyDefined", cells[4] == kPrimitive ? "false" : "true", PropertyType::boolean});
                made.properties.push_back({"moduleId", std::string(cells[3]), PropertyType::code});
                by_code_.emplace(made.code, drafts_.size() - 1);
            });
        }
        read_preferred(directory);
        read_descriptions(directory);
        read_relationships(directory);
        return {};
    }

    std::vector<ConceptDraft>& drafts() { return drafts_; }
    const std::set<std::string>& attributes() const { return attributes_; }

private:
    ConceptDraft* find(std::string_view code) {
        const auto found = by_code_.find(std::string(code));
        return found == by_code_.end() ? nullptr : &drafts_[found->second];
    }

    void read_preferred(const std::string& directory) {
        for (const auto& file : files_named(directory, "der2_cRefset_Language", "")) {
            each_row(file, [&](const auto& cells) {
                if (cells.size() > 6 && cells[2] == "1" && cells[6] == kPreferred) preferred_.emplace(cells[5]);
            });
        }
    }

    void read_descriptions(const std::string& directory) {
        for (const auto& file : files_named(directory, "sct2_Description_", "")) {
            each_row(file, [&](const auto& cells) {
                auto* concept_draft = cells.size() > 7 && cells[2] == "1" ? find(cells[4]) : nullptr;
                if (!concept_draft) return;
                const bool full = cells[6] == kFullName;
                const std::string term(cells[7]);
                if (!full && concept_draft->display.empty() && preferred_.contains(std::string(cells[0]))) concept_draft->display = term;
                else
                    concept_draft->designations.push_back(
                        {std::string(cells[5]), "http://snomed.info/sct", std::string(cells[6]), "", term, ""});
            });
        }
        for (auto& one : drafts_) {
            if (one.display.empty() && !one.designations.empty()) one.display = one.designations.front().value;
        }
    }

    void read_relationships(const std::string& directory) {
        for (const auto& file : files_named(directory, "sct2_Relationship_", "")) {
            each_row(file, [&](const auto& cells) {
                auto* source = cells.size() > 7 && cells[2] == "1" ? find(cells[4]) : nullptr;
                if (!source) return;
                if (cells[7] == kIsA) {
                    source->parents.emplace_back(cells[5]);
                } else {
                    source->properties.push_back({std::string(cells[7]), std::string(cells[5]), PropertyType::code});
                    attributes_.emplace(cells[7]);
                }
            });
        }
    }

    std::vector<ConceptDraft> drafts_;
    std::unordered_map<std::string, std::size_t> by_code_;
    std::unordered_set<std::string> preferred_; ///< description ids
    std::set<std::string> attributes_;
};

} // namespace

Parsed<CodeSystem> import_rf2(const std::string& directory, const ImportSettings& settings) {
    Parsed<CodeSystem> out;
    Release release;
    out.issues = release.read(directory);
    SystemImport import(settings);
    import.declare("sufficientlyDefined", PropertyType::boolean);
    import.declare("moduleId", PropertyType::code);
    for (const auto& attribute : release.attributes()) import.declare(attribute, PropertyType::code);
    for (auto& draft : release.drafts()) {
        import.add(draft);
        draft = {}; // a release fills the memory once, not twice
    }
    out.value = import.finish();
    return out;
}

} // namespace huitong::terminology
