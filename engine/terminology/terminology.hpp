/// Code systems, value sets and concept maps: lookup, membership, translation. Core operations; scale and importers widen later behind the
/// same interface. Thread: reads any; a reload builds a new Terminology that is swapped in whole. Source: FHIR R4, Terminology Service.
#pragma once

#include "fhir/definitions.hpp"
#include "fhir/tree.hpp"

#include <memory>

namespace huitong::terminology {

struct Coding {
    std::string system, version, code, display;
    bool operator==(const Coding&) const = default;
};

struct Lookup {
    std::string name, version, display, definition;
    bool abstract = false, inactive = false;
    std::vector<std::pair<std::string, std::string>> properties;
    struct Designation {
        std::string language, use, value;
    };
    std::vector<Designation> designations;
    std::string parent;
};

struct Validated {
    std::optional<bool> result; ///< nullopt: cannot tell (unknown or fragment system)
    std::string display, message_rule;
    std::vector<std::string> message_arguments;
};

struct Match {
    Coding target;
    std::string equivalence; ///< equal, equivalent, wider, narrower, inexact, unmatched …
    std::string map_url, map_version, comment;
    bool reviewed = false; ///< code-map life cycle: a second person reviewed the row (states reviewed and active)
};

class ClosureTables;
class Library;

class Terminology {
public:
    explicit Terminology(std::shared_ptr<const fhir::Definitions> definitions);
    ~Terminology();

    /// Adds CodeSystem, ValueSet, ConceptMap resources (files or stored ones); replaces one of the same url|version.
    Outcome add(fhir::Element resource);
    /// The same for what came over REST. A ConceptMap with the url of one that the deployment brought stays outside: what was reviewed
    /// there is not replaced by whoever may store a resource. Issue: those of add and terminology-map-own.
    Outcome add_stored(fhir::Element resource);
    /// Whether the deployment itself brought a ConceptMap of that url.
    bool has_own_map(std::string_view url) const;
    /// Directory with *.json resources, *.csv code lists and maps (terminology/README.md) and *.codes (systems that `term import`
    /// compiled).
    Outcome load_directory(const std::string& directory);

    /// What the operations of terminology/operations work over.
    const Library& library() const;
    /// The tables of $closure, which clients keep by name as long as the program runs.
    ClosureTables& closures() const;
    /// Takes an added resource away (a stored one that was deleted).
    void remove(std::string_view type, std::string_view url, std::string_view version);

    bool has_system(std::string_view system) const;
    Result<Lookup> lookup(std::string_view system, std::string_view code) const;
    Validated validate_code(std::string_view value_set, const Coding& coding) const; ///< value_set canonical
    Validated validate_in_system(const Coding& coding) const;
    /// nullopt: unknown value set or not computable. The hot path of bindings.
    std::optional<bool> member_of(std::string_view value_set, std::string_view system, std::string_view code) const;
    /// Matches of a ConceptMap by url, or of every map whose source fits when url is "". Empty = no mapping.
    std::vector<Match> translate(std::string_view map_url, const Coding& coding, std::string_view target_system = {}) const;
    std::vector<std::string> concept_map_urls() const;
    /// "equivalent" | "subsumes" | "subsumed-by" | "not-subsumed"; nullopt: unknown.
    std::optional<std::string> subsumes(std::string_view system, std::string_view a, std::string_view b) const;
    struct Expansion {
        std::vector<Coding> codes;
        std::uint64_t total = 0;
    };
    Result<Expansion> expand(std::string_view value_set, std::string_view filter, std::size_t offset, std::size_t count) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace huitong::terminology
