/// Terminology in memory: what the resources become once they are read. Immutable after building.
#pragma once

#include "terminology/terminology.hpp"

#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace huitong::terminology {

struct Concept {
    std::string code, display, definition, parent;
    bool abstract = false, inactive = false;
    std::vector<std::pair<std::string, std::string>> properties;
    std::vector<Lookup::Designation> designations;
};

struct CodeSystem {
    std::string url, version, name;
    bool complete = true;                 ///< all codes are here: absence means "not a code"
    bool case_sensitive = true;
    std::vector<Concept> concepts;        ///< parents before children
    std::unordered_map<std::string, std::size_t> by_code;

    const Concept* find(std::string_view code) const;
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
    std::vector<Coding> codes;            ///< listed concepts
    std::unordered_set<std::string> code_set;
    std::vector<Filter> filters;
    std::vector<std::string> value_sets;  ///< all must contain the code
};

struct ValueSet {
    std::string url, version, name;
    std::vector<Clause> includes, excludes;
    std::vector<Coding> expansion;        ///< when the resource came with one and no compose
};


struct ConceptMap {
    std::string url, version, title;
    /// source system → source code → matches
    std::map<std::string, std::unordered_map<std::string, std::vector<Match>>, std::less<>> groups;
};

CodeSystem read_code_system(fhir::Element resource);
ValueSet read_value_set(fhir::Element resource);
ConceptMap read_concept_map(fhir::Element resource);

/// A CSV with `# key: value` comments before its header: a code map, or with `# kind: system` a code system. See docs/formats/code-maps.md.
struct CsvContent {
    std::optional<CodeSystem> system;
    std::optional<ConceptMap> map;
};
Parsed<CsvContent> read_csv_content(std::string_view text, const std::string& file);

}  // namespace huitong::terminology
