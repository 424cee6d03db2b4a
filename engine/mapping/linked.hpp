/// The maps of a library made ready to run: groups found by name over imports, expressions compiled with the variables they use.
/// Built once after loading; read by any thread.
#pragma once

#include "mapping/lexer.hpp"

#include <map>
#include <unordered_map>

namespace huitong::mapping {

/// The type that a name in a map stands for: by alias, by the url of a structure, or as it is.
std::string_view type_named(const fhir::Definitions& definitions, const Map::Ast& map, std::string_view name);

/// Settings of the feed that every group sees by their bare names; others are written with '%'.
constexpr std::string_view kSettings[] = {"organization", "feed"};

/// Whether an import names this map; `*` stands for anything.
bool fits_import(std::string_view url, std::string_view pattern);

/// The words of a formula that mean variables: marked with '%', or one of these names at the start of a path.
std::vector<Token> variables_of(std::string_view formula, const std::vector<std::string_view>& names);

/// FHIRPath of a map. A bare name at the start of a path that is a variable means the variable ("src.code" is `%src.code`); every other
/// bare name is an element of the value looked at.
struct CompiledFormula {
    std::optional<fhirpath::Expression> expression; ///< nullopt: does not parse
    std::vector<std::string> variables;             ///< names used as %name, but those of FHIRPath itself
    std::vector<std::uint32_t> marks;               ///< columns of the '%' put before variables, in the marked text
    /// A column of the expression's first line as it stands in the map.
    std::uint32_t column_in_map(std::uint32_t column) const {
        std::uint32_t before = 0;
        for (const auto mark : marks) before += mark < column ? 1 : 0;
        return column - before;
    }
};

class Linked {
public:
    struct Found {
        const Map::Ast* map = nullptr;
        const Group* group = nullptr;
    };

    /// The maps must outlive this.
    Linked(const fhir::Definitions& definitions, const std::vector<const Map::Ast*>& maps);

    /// In the map itself, then in what it imports, directly or through others.
    Found find_group(const Map::Ast& from, std::string_view name) const;
    /// The default group (`<<types>>`) of a pair of types; target "" asks for `<<type+>>` of the source alone.
    Found find_default(const Map::Ast& from, std::string_view source_type, std::string_view target_type) const;
    /// Of a Formula, an expression Parameter or a Constant of one of the maps, by its address.
    const CompiledFormula& compiled(const void* formula) const { return formulas_.at(formula); }
    /// The map itself and what it imports.
    const std::vector<const Map::Ast*>& visible_maps(const Map::Ast& from) const { return visible_.at(&from).maps; }
    bool has_import(std::string_view pattern) const;
    /// Names of all groups that a map sees, for "the nearest is".
    std::vector<std::string_view> group_names(const Map::Ast& from) const;

private:
    struct Visible {
        std::vector<const Map::Ast*> maps;
        std::unordered_map<std::string_view, Found> groups;
        std::map<std::pair<std::string_view, std::string_view>, Found> defaults;
    };
    void index(const fhir::Definitions& definitions, const Map::Ast& map, const std::vector<const Map::Ast*>& maps);

    std::unordered_map<const Map::Ast*, Visible> visible_;
    std::unordered_map<const void*, CompiledFormula> formulas_;
};

/// Levenshtein-nearest of the candidates, "" when none is near.
std::string nearest_name(std::string_view name, const std::vector<std::string_view>& candidates);

} // namespace huitong::mapping
