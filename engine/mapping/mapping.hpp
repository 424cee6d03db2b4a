/// FHIR Mapping Language: parse, static check, run with lineage; code-map sheets; coverage and gaps.
/// Source: HL7 FHIR Mapping Language guide 0.1.0 (grammar); FHIR R4 StructureMap (stored form).
#pragma once

#include "fhir/definitions.hpp"
#include "fhir/tree.hpp"
#include "fhirpath/fhirpath.hpp"
#include "terminology/terminology.hpp"

namespace huitong::mapping {

/// A parsed map: groups, rules, sources, targets, with positions for carets.
class Map {
public:
    /// Issues with line and column: fml-syntax, fml-for-make (pre-R4 form refused with advice) …
    static Parsed<Map> parse(std::string_view text, std::string file);
    /// From a StructureMap resource.
    static Parsed<Map> read(fhir::Element structure_map);
    /// As a StructureMap resource; FML → StructureMap → FML is exact.
    fhir::DocumentPtr structure_map() const;
    /// As FML in one layout.
    std::string text() const;
    std::string file() const; ///< it was read from
    std::string url() const;
    std::string version() const;

    Map();
    Map(Map&&) noexcept;
    Map& operator=(Map&&) noexcept;
    ~Map();

    struct Ast;
    const Ast& ast() const { return *ast_; }

private:
    std::shared_ptr<const Ast> ast_;
};

/// One rule record of a run: which rule wrote, from which source bytes.
struct RuleRecord {
    std::string map, group, rule;
    std::uint32_t line = 0;
    Span source; ///< bytes of the source message that the rule read
};

struct Lineage {
    std::vector<RuleRecord> records; ///< Node::lineage is a 1-based index into this
};

struct Gap {
    std::string system, code, display, map_url, where; ///< a code no map translated
};

struct RunResult {
    fhir::DocumentPtr output; ///< usually a Bundle
    Lineage lineage;
    std::vector<Gap> gaps;
    std::vector<std::string> unread_paths; ///< with RunOptions::coverage: source elements that are present and that no rule read
    std::vector<RuleRecord> fired;         ///< with RunOptions::coverage: every rule that ran, once
    Outcome issues;
};

struct RunOptions {
    Instant now{};
    std::string id_seed;      ///< uuid() is derived from it: same input, same output
    int offset_minutes = 480; ///< of source times without a zone (feed setting)
    std::uint64_t steps_max = 2'000'000;
    bool coverage = false;                                       ///< fills unread_paths and fired; costs a walk over the source
    std::vector<std::pair<std::string, std::string>> parameters; ///< feed settings visible as %name ("organization", "feed")
};

class Linked;

/// All maps of a deployment, loaded from `mappings/` (*.map, *.fml) with imports resolved; compiled once, read by any thread.
class MapLibrary {
public:
    MapLibrary(std::shared_ptr<const fhir::Definitions> definitions, std::shared_ptr<const terminology::Terminology> terminology);
    ~MapLibrary();
    Outcome load_directory(const std::string& directory);
    Outcome add(Map map);
    bool has(std::string_view url) const;
    std::vector<std::string> urls() const;
    const Map* find(std::string_view url) const; ///< nullptr: not loaded
    /// Static check of one map or all (url ""): unknown source and target elements with nearest names, types, cardinality, required
    /// targets, codes without translation.
    Outcome check(std::string_view url = {}) const;
    /// Every rule of the map and of what it imports, in order: what coverage counts.
    std::vector<RuleRecord> rules(std::string_view url) const;
    const fhir::Definitions& definitions() const;
    const terminology::Terminology* terminology() const; ///< nullptr: none
    /// Its maps with their groups and formulas found, as they are now.
    std::shared_ptr<const Linked> linked() const;
    /// Runs the map's first group on a source tree.
    RunResult run(std::string_view url, fhir::Element source, const RunOptions& options) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace huitong::mapping
