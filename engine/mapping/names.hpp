/// The names of one map as its text has them: where each is declared and where it is used. Lexical, so it needs no model; for editors.
/// Thread: any.
#pragma once

#include "mapping/ast.hpp"

namespace huitong::mapping {

struct Name {
    enum class Kind : std::uint8_t { group, input, variable, constant };
    Kind kind = Kind::variable;
    std::string text;
    Span declared;          ///< bytes of the map's text; empty: declared in another map (a group), or by the feed (a setting)
    std::vector<Span> uses; ///< in the order of the text, without the declaration
};

/// Every name of the map, groups first.
std::vector<Name> names_of(const Map::Ast& map);

/// The name that is declared or used at this byte; nullptr: none.
const Name* name_at(const std::vector<Name>& names, std::uint32_t offset);

} // namespace huitong::mapping
