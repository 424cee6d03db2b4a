/// Terminology in memory: what the resources become once they are read. Immutable after building.
#pragma once

#include "fhir/tree.hpp"
#include "terminology/concept_table.hpp"
#include "terminology/terminology.hpp"
#include "terminology/versions.hpp"

#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace huitong::terminology {

/// What every definition says about itself.
struct Heading {
    std::string url, version, name, title, language, status;
    std::string standards_status; ///< of the extension: "deprecated", "withdrawn" …
    bool experimental = false;
    std::string canonical() const { return versioned(url, version); }
};

struct PropertyDefinition {
    std::string code, uri;
    PropertyType type = PropertyType::code;
};

struct CodeSystem : Heading {
    std::string all_codes_url; ///< CodeSystem.valueSet: the value set of all its codes; "" when it has none
    std::string supplements;   ///< canonical of the system that this one adds to; "" when it is no supplement
    bool complete = true;      ///< all codes are here: absence means "not a code"
    bool fragment = false;     ///< says so itself (content fragment or example)
    std::vector<PropertyDefinition> properties;
    std::set<std::string, std::less<>> property_names; ///< declared or used
    std::shared_ptr<const ConceptTable> concepts;      ///< never null

    ConceptIndex find(std::string_view code) const { return concepts->find(code); }
    bool has(std::string_view code) const { return find(code) != kNoConcept; }
    bool case_sensitive() const { return concepts->case_sensitive(); }
    /// The code as it is compared: folded when the system does not tell case.
    std::string key(std::string_view code) const { return case_sensitive() ? std::string(code) : folded_code(code); }
    /// `ancestor` itself or above `code`.
    bool is_a(std::string_view code, std::string_view ancestor) const { return concepts->is_a(find(code), find(ancestor)); }
    const PropertyDefinition* property(std::string_view code) const;
    /// Value of the property that FHIR calls so (by its uri or by its name), "" when the concept has none.
    std::string_view known_property(ConceptIndex at, std::string_view name) const;
};

struct Filter {
    std::string property, op, value;
};

/// A concept that a value set lists.
struct ListedConcept {
    std::string code, display;
    std::vector<ConceptDraft::DesignationDraft> designations;
    std::string extensions; ///< JSON array, "" when none
    bool deprecated = false;
};

/// One include or exclude of a value set's compose.
struct Clause {
    std::string system, version;
    std::vector<ListedConcept> concepts;
    std::unordered_map<std::string, std::size_t> by_code; ///< into `concepts`
    std::vector<Filter> filters;
    std::vector<std::string> value_sets; ///< all must contain the code
};

struct ValueSet : Heading {
    std::vector<Clause> includes, excludes;
    bool with_inactive = true;                                   ///< compose.inactive
    std::vector<Coding> expansion;                               ///< as it came with the resource
    bool expansion_complete = true;                              ///< false: the stored expansion is a page of a longer one
    std::vector<std::string> supplements;                        ///< canonicals it needs (extension valueset-supplement)
    std::vector<std::pair<std::string, std::string>> parameters; ///< of expansion (extension valueset-expansion-parameter)
    std::string head;                                            ///< JSON members of the resource but compose and expansion, "," between
    std::string compose;                                         ///< JSON of compose
    std::map<std::string, std::shared_ptr<const ValueSet>> contained; ///< by "#id"
};

/// A match that holds where each of these elements has that value. Source: FHIR R4, ConceptMap.group.element.target.dependsOn.
struct ConditionalMatch {
    struct Dependency {
        std::string property, system, value;
    };
    Match match;
    std::vector<Dependency> depends_on;
};

struct ConceptMap : Heading {
    struct Group {
        std::string source, target; ///< systems; source "" fits any
        std::unordered_map<std::string, std::vector<Match>> rows;
        std::vector<std::string> order; ///< source codes as written
        /// Of targets that hold only where something else is so (dependsOn): no row of their own. A source code that has them alone has an
        /// empty row, so that what is said of unmapped codes does not count for it.
        std::unordered_map<std::string, std::vector<ConditionalMatch>> conditional;
        enum class Unmapped : std::uint8_t { none, provided, fixed, other_map } unmapped = Unmapped::none;
        Match fixed;           ///< of `fixed`
        std::string other_map; ///< of `other_map`
    };
    std::string source_scope, target_scope; ///< value sets
    std::vector<Group> groups;
};

CodeSystem read_code_system(fhir::Element resource);
/// A compiled system (*.codes, made by `huitong term import`), mapped and not read. Errors: those of ConceptTable::map.
Result<CodeSystem> map_code_system(const std::string& file);
ValueSet read_value_set(fhir::Element resource);
ConceptMap read_concept_map(fhir::Element resource);
Heading read_heading(fhir::Element resource);
/// The children of that name as a JSON array, "" when there are none.
std::string json_array(fhir::Element element, std::string_view name);

/// A CSV with `# key: value` comments before its header: a code map, or with `# kind: system` a code system. Columns:
/// terminology/README.md. Issues: those of read_csv_table, code-map-no-url, code-map-no-code, code-map-no-target, code-map-relationship,
/// code-map-state, code-list-duplicate (such rows are left out); code-map-no-reviewer, code-map-four-eyes (the row counts as a draft).
struct CsvContent {
    std::optional<CodeSystem> system;
    std::optional<ConceptMap> map;
};
Parsed<CsvContent> read_csv_content(std::string_view text, const std::string& file);

} // namespace huitong::terminology
