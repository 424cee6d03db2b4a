/// Terminology in memory: what the resources become once they are read. Immutable after building.
#pragma once

#include "terminology/terminology.hpp"

#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace huitong::terminology {

struct Concept {
    std::string code, display, definition;
    std::vector<std::string> parents; ///< several where the system is no tree (property subsumedBy or parent)
    bool abstract = false, inactive = false;
    std::vector<std::pair<std::string, std::string>> properties;
    std::vector<Lookup::Designation> designations;
};

struct CodeSystem {
    std::string url, version, name;
    std::string all_codes_url; ///< CodeSystem.valueSet: the value set of all its codes; "" when it has none
    bool complete = true;      ///< all codes are here: absence means "not a code"
    bool case_sensitive = true;
    std::vector<Concept> concepts;                 ///< as written; children follow their parents
    std::set<std::string, std::less<>> properties; ///< names that CodeSystem.property declares or a concept uses
    std::unordered_map<std::string, std::size_t> by_code;

    const Concept* find(std::string_view code) const;
    /// The code as it is compared: folded when the system does not tell case.
    std::string key(std::string_view code) const;
    /// `ancestor` itself or above `code`.
    bool is_a(std::string_view code, std::string_view ancestor) const;
    void index();
};

struct Filter {
    std::string property, op, value;
};

/// One include or exclude of a value set's compose.
struct Clause {
    std::string system, version;
    std::vector<Coding> codes; ///< listed concepts
    std::unordered_set<std::string> code_set;
    std::vector<Filter> filters;
    std::vector<std::string> value_sets; ///< all must contain the code
};

struct ValueSet {
    std::string url, version, name;
    std::vector<Clause> includes, excludes;
    bool with_inactive = true;      ///< compose.inactive
    std::vector<Coding> expansion;  ///< as it came with the resource
    bool expansion_complete = true; ///< false: the stored expansion is a page of a longer one
};

struct ConceptMap {
    struct Group {
        std::string source, target; ///< systems; source "" fits any
        std::unordered_map<std::string, std::vector<Match>> rows;
        enum class Unmapped : std::uint8_t { none, provided, fixed, other_map } unmapped = Unmapped::none;
        Match fixed;           ///< of `fixed`
        std::string other_map; ///< of `other_map`
    };
    std::string url, version, title;
    std::vector<Group> groups;
};

/// The canonical without "|version".
std::string_view without_version(std::string_view canonical);

CodeSystem read_code_system(fhir::Element resource);
ValueSet read_value_set(fhir::Element resource);
ConceptMap read_concept_map(fhir::Element resource);

/// A CSV with `# key: value` comments before its header: a code map, or with `# kind: system` a code system. Columns:
/// terminology/README.md. Issues: those of read_csv_table, code-map-no-url, code-map-no-code, code-map-no-target, code-map-relationship,
/// code-list-duplicate; such rows are left out.
struct CsvContent {
    std::optional<CodeSystem> system;
    std::optional<ConceptMap> map;
};
Parsed<CsvContent> read_csv_content(std::string_view text, const std::string& file);

} // namespace huitong::terminology
