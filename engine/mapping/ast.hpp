/// A parsed map. Positions are byte offsets into the text that was read; `line` counts from 1.
/// Source: HL7 FHIR Mapping Language guide 0.1.0, grammar; FHIR R4, StructureMap.
#pragma once

#include "mapping/mapping.hpp"

namespace huitong::mapping {

struct Place {
    std::uint32_t offset = 0, line = 0, column = 0;
};

/// FHIRPath text inside a map.
struct Formula {
    std::string text;
    Place place;
    bool empty() const { return text.empty(); }
};

/// One argument of a transform: a literal, a variable, or a FHIRPath expression in parentheses.
struct Parameter {
    enum class Kind : std::uint8_t { text, integer, decimal, boolean, date, variable, expression };
    Kind kind = Kind::text;
    std::string value;
    Place place;
};

/// Extension of an argument in a StructureMap: its kind where R4 does not show it.
constexpr std::string_view kArgumentKind = "https://huitong.example/fhir/StructureDefinition/map-argument-kind";
constexpr std::string_view kind_text(Parameter::Kind kind) {
    constexpr std::string_view kNames[] = {"text", "integer", "decimal", "boolean", "date", "variable", "expression"};
    return kNames[static_cast<std::size_t>(kind)];
}

struct Source {
    std::string context, element; ///< "src" and "name"; element "" = the variable itself
    std::string type, min, max, list_mode, variable;
    std::optional<Parameter> default_value;
    Formula where, check, log;
    Place place, variable_place; ///< of the context; of the name behind `as`
};

struct Target {
    std::string context, element, variable;
    std::string transform; ///< "" = none
    std::vector<Parameter> parameters;
    std::vector<std::string> list_modes;
    std::string list_rule; ///< of `share x`
    Place place, variable_place;
};

struct Dependent {
    std::string group;
    std::vector<Parameter> arguments;
    Place place;
};

struct Rule {
    std::string name;
    std::vector<Source> sources;
    std::vector<Target> targets;
    std::vector<Dependent> dependents;
    std::vector<Rule> rules;
    std::vector<std::string> comments;
    Place place;
    /// `src.a -> tgt.b` without transform, alias or `then`: copies, or runs the default group of the two types.
    bool is_simple() const {
        return sources.size() == 1 && targets.size() == 1 && targets[0].transform.empty() && targets[0].variable.empty() &&
               dependents.empty() && rules.empty();
    }
};

struct Input {
    std::string name, type, mode; ///< mode "source" | "target"
    Place place{};                ///< of the name
};

struct Group {
    std::string name, extends, type_mode; ///< "", "types", "type-and-types"
    std::vector<Input> inputs;
    std::vector<Rule> rules;
    std::vector<std::string> comments;
    Place place, name_place, extends_place; ///< of the word `group`; of its name; of the group that it extends
};

struct Uses {
    std::string url, alias, mode; ///< source | queried | target | produced
};

/// `conceptmap "x" { prefix s = "…" … s:a - t:b }` inside a map.
struct EmbeddedConceptMap {
    struct Row {
        std::string source_system, source_code, target_system, target_code, equivalence;
    };
    std::string id;
    std::vector<Row> rows;
};

struct Constant {
    std::string name;
    Formula expression;
    Place place{}; ///< of the name
};

struct Map::Ast {
    std::string url, name, title, status, version, description, file, source_text;
    std::vector<std::pair<std::string, std::string>> metadata; ///< `/// key = value` as written
    std::vector<Uses> uses;
    std::vector<std::string> imports;
    std::vector<Constant> constants;
    std::vector<EmbeddedConceptMap> concept_maps;
    std::vector<Group> groups;
};

/// A name as a map writes it: in backticks unless it is a plain word.
std::string written_name(std::string_view text);

} // namespace huitong::mapping
