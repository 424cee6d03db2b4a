/// Tokens of FHIRPath with their places. Source: FHIRPath 2.0.0, "Lexical elements".
#pragma once

#include "base/outcome.hpp"

#include <string>
#include <vector>

namespace huitong::fhirpath {

enum class TokenKind : std::uint8_t { end, identifier, quoted_identifier, external, string, number, date, date_time, time, symbol };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string text; ///< identifiers and strings without quotes and escapes; symbols as written; external: the name behind %
    std::uint32_t line = 1, column = 1;
};

/// Issue: fhirpath-syntax with line and column.
Result<std::vector<Token>> read_tokens(std::string_view text);

} // namespace huitong::fhirpath
