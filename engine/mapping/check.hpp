/// Static check of maps: walks the groups from each map's first one with the types, and the literal texts, that the callers give.
/// Finds what would go wrong or be lost before a message comes. Internal to the room; one thread.
#pragma once

#include "mapping/linked.hpp"

#include <set>

namespace huitong::mapping {

/// A place in a map, for findings.
struct At {
    const Map::Ast* map = nullptr;
    const Group* group = nullptr;
    const Rule* rule = nullptr;
};

/// What the rules write into one element, so that what is required and never written is found.
struct Writes {
    fhir::TypedName type;
    At at{}; ///< where it was created
    Place place;
    bool open = false;                                                    ///< more may be written than is seen here
    std::map<std::string, std::shared_ptr<Writes>, std::less<>> elements; ///< null: written as a value
};

/// What is known of a variable.
struct Symbol {
    bool is_target = false;
    std::optional<fhir::TypedName> type; ///< nullopt: unknown
    std::optional<std::string> literal;
    std::shared_ptr<Writes> writes; ///< of a target
};

/// What the walk knows at one place of a map: for editors.
struct Sighting {
    struct Variable {
        std::string_view name;
        std::optional<fhir::TypedName> type; ///< nullopt: unknown
        bool is_target = false;
    };
    std::vector<Variable> variables;      ///< those that are seen there, the innermost last
    std::optional<fhir::TypedName> input; ///< inside a formula: what bare names are elements of
};
/// By the byte where a source, a target, a call or a formula begins. Types and names belong to definitions and maps.
using Sightings = std::map<const Map::Ast*, std::map<std::uint32_t, Sighting>>;

class Checker {
public:
    /// `sightings` is filled when it is given.
    Checker(const fhir::Definitions& definitions, const terminology::Terminology* terminology, const Linked& linked,
            Sightings* sightings = nullptr)
        : definitions_(definitions), terminology_(terminology), linked_(linked), sightings_(sightings) {}

    void check(const Map::Ast& map);
    /// In the order of files and lines, each once.
    Outcome take_issues();

private:
    using Symbols = std::vector<std::pair<std::string_view, Symbol>>;

    // check.cpp: maps and groups
    void check_head(const Map::Ast& map);
    void walk_group(Linked::Found found, std::vector<Symbol> inputs);
    void run_group(Linked::Found found, std::vector<Symbol>& inputs);
    Symbol declared_input(const At& at, const Input& input) const;
    void require(const Writes& writes);

    // check_rules.cpp
    void rules(const At& at, const std::vector<Rule>& all, Symbols& symbols);
    void rule(const At& at, Symbols& symbols);
    void source(const At& at, const Source& source, Symbols& symbols);
    std::optional<fhir::TypedName> source_type(const At& at, const Source& source, const Symbol& context);
    void dependent(const At& at, const Dependent& dependent, const Symbols& symbols);
    void formula(const At& at, const void* key, const Place& place, const Symbols& symbols, const std::optional<fhir::TypedName>& input,
                 Symbol* result = nullptr);
    Symbol argument(const At& at, const Parameter& parameter, const Symbols& symbols);
    const Symbol* find(const Symbols& symbols, std::string_view name) const;
    void unknown_variable(const At& at, const std::string& name, const Place& place, const Symbols& symbols);
    void sight(const At& at, const Place& place, const Symbols& symbols, const std::optional<fhir::TypedName>& input = std::nullopt);

    // check_targets.cpp
    void target(const At& at, const Target& target, Symbols& symbols);
    Symbol created(const At& at, const Target& target, Symbol& parent);
    Symbol transformed(const At& at, const Target& target, const Symbols& symbols);
    Symbol translated(const At& at, const Target& target, const std::vector<Symbol>& arguments);
    /// nullopt: nothing is known of the parent, or the element is not there (then it is said).
    std::optional<fhir::TypedName> child_of(const At& at, const fhir::TypedName& parent, const std::string& name, const Place& place,
                                            bool is_target);
    void fits(const At& at, const Target& target, const fhir::TypedName& element, const Symbol& value);
    void fits_code(const At& at, const Target& target, const fhir::TypedName& element, const std::string& literal);

    void complain(const At& at, Severity severity, std::string rule, std::vector<std::string> arguments, const Place& place);

    const fhir::Definitions& definitions_;
    const terminology::Terminology* terminology_;
    const Linked& linked_;
    Sightings* sightings_;
    std::vector<Issue> issues_;
    std::map<std::string, std::vector<std::shared_ptr<Writes>>> walked_; ///< what a group writes, by group and what its inputs are
    std::set<const Group*> reached_;
    std::vector<std::shared_ptr<Writes>> created_; ///< by the rule being walked
};

} // namespace huitong::mapping
