#include "app/lsp/text.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace huitong::app::lsp {
namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }
/// A character of four bytes takes two UTF-16 units.
std::uint32_t units_of(char first) { return static_cast<unsigned char>(first) >= 0xF0 ? 2 : 1; }

} // namespace

Text::Text(std::string text) : text_(std::move(text)), lines_{0} {
    for (std::uint32_t at = 0; at < text_.size(); ++at) {
        if (text_[at] == '\n') lines_.push_back(at + 1);
    }
}

std::string_view Text::line_text(std::uint32_t line) const {
    if (line >= lines_.size()) return {};
    const auto end = line + 1 < lines_.size() ? lines_[line + 1] - 1 : text_.size();
    return std::string_view(text_).substr(lines_[line], end - lines_[line]);
}

std::uint32_t Text::offset_of(Position position) const {
    if (position.line >= lines_.size()) return static_cast<std::uint32_t>(text_.size());
    const auto line = line_text(position.line);
    std::uint32_t at = 0;
    for (std::uint32_t units = 0; at < line.size(); ++at) {
        if (!starts_character(line[at])) continue;
        if (units >= position.character) break;
        units += units_of(line[at]);
    }
    return lines_[position.line] + at;
}

Position Text::position_of(std::uint32_t offset) const {
    const auto next = std::upper_bound(lines_.begin(), lines_.end(), offset);
    Position out;
    out.line = static_cast<std::uint32_t>(next - lines_.begin()) - 1;
    for (auto at = lines_[out.line]; at < offset && at < text_.size(); ++at) {
        if (starts_character(text_[at])) out.character += units_of(text_[at]);
    }
    return out;
}

std::uint32_t Text::offset_of_column(std::uint32_t line, std::uint32_t column) const {
    if (line == 0 || line > lines_.size()) return 0;
    const auto text = line_text(line - 1);
    std::uint32_t at = 0;
    for (std::uint32_t characters = 0; at < text.size(); ++at) {
        if (!starts_character(text[at])) continue;
        if (++characters >= column) break;
    }
    return lines_[line - 1] + at;
}

std::string path_of_uri(std::string_view uri) {
    constexpr std::string_view kScheme = "file://";
    if (!uri.starts_with(kScheme)) return {};
    std::string out;
    for (auto rest = uri.substr(kScheme.size()); !rest.empty(); rest.remove_prefix(1)) {
        unsigned byte = 0;
        if (rest.front() == '%' && rest.size() > 2 && std::from_chars(rest.data() + 1, rest.data() + 3, byte, 16).ptr == rest.data() + 3) {
            out += static_cast<char>(byte);
            rest.remove_prefix(2);
        } else {
            out += rest.front();
        }
    }
    return out;
}

std::string uri_of_path(const std::string& path) {
    std::string out = "file://";
    for (const char c : std::filesystem::absolute(path).lexically_normal().string()) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              std::string_view("/-._~").find(c) != std::string_view::npos;
        static constexpr char kDigits[] = "0123456789ABCDEF";
        if (is_plain) out += c;
        else (out += '%') += {kDigits[static_cast<unsigned char>(c) >> 4], kDigits[static_cast<unsigned char>(c) & 15]};
    }
    return out;
}

} // namespace huitong::app::lsp
