/// Tokens of the FHIR Mapping Language. Source: FHIR Mapping Language guide 0.1.0, grammar; comments and `///` metadata are tokens of their
/// own.
#pragma once

#include "mapping/ast.hpp"

namespace huitong::mapping {

struct Token {
    enum class Kind : std::uint8_t { end, identifier, quoted_identifier, string, double_string, number, symbol, comment, metadata, bad };
    Kind kind = Kind::end;
    std::string text; ///< unescaped for strings and quoted identifiers
    Place place;
    std::uint32_t end = 0; ///< offset behind the token
    bool is(std::string_view symbol) const { return kind == Kind::symbol && text == symbol; }
    bool is_word(std::string_view word) const { return kind == Kind::identifier && text == word; }
};

/// The one token that begins at this offset; its place counts lines from there.
Token token_at(std::string_view text, std::size_t offset);

/// All tokens; the last is `end`. A `bad` token says what could not be read.
std::vector<Token> tokenize(std::string_view text);

} // namespace huitong::mapping
