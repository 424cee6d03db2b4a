/// Places of a text as an editor counts them: lines from 0, characters in UTF-16 units. Thread: any.
/// Source: Language Server Protocol 3.17, "Position".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace huitong::app::lsp {

struct Position {
    std::uint32_t line = 0, character = 0;
};

class Text {
public:
    explicit Text(std::string text);
    const std::string& str() const { return text_; }
    /// Byte of a position; behind the end of a line it is that end.
    std::uint32_t offset_of(Position position) const;
    Position position_of(std::uint32_t offset) const;
    /// Byte of a place as our issues count: line and column from 1, columns in characters.
    std::uint32_t offset_of_column(std::uint32_t line, std::uint32_t column) const;

private:
    std::string_view line_text(std::uint32_t line) const;

    std::string text_;
    std::vector<std::uint32_t> lines_; ///< where each begins
};

/// file:///… as a path, "" when it is of another scheme; and back.
std::string path_of_uri(std::string_view uri);
std::string uri_of_path(const std::string& path);

} // namespace huitong::app::lsp
