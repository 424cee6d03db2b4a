#include "app/findings.hpp"

#include "base/catalogue.hpp"
#include "base/charset.hpp"

#include <algorithm>
#include <fstream>
#include <ostream>
#include <sstream>

namespace huitong::app {
namespace {

std::string line_of(std::istream& in, std::uint32_t wanted) {
    std::string line;
    std::uint32_t number = 0;
    while (number < wanted && std::getline(in, line)) ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return number == wanted ? line : std::string();
}

/// A place without a file stands in `source`.
std::string line_of(const TextPosition& place, std::string_view source) {
    if (place.file.empty()) {
        std::istringstream in{std::string(source)};
        return line_of(in, place.line);
    }
    std::ifstream in(place.file);
    return in ? line_of(in, place.line) : std::string();
}

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

/// A compressed file has lines that no terminal should see.
bool is_readable(std::string_view line) {
    return is_utf8(line) && std::all_of(line.begin(), line.end(), [](char byte) {
               return byte == '\t' || (static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7F);
           });
}

/// The byte at which the character of that column (from 1) begins.
std::size_t byte_of_column(std::string_view line, std::uint32_t column) {
    std::uint32_t reached = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (begins_character(line[at]) && ++reached >= column) return at;
    }
    return line.size();
}

/// A line as long as a file shows only what stands around the place.
void write_caret(const TextPosition& place, std::string_view source, std::ostream& out) {
    constexpr std::uint32_t kBefore = 60, kAround = 140; // characters
    const auto line = place.line > 0 ? line_of(place, source) : std::string();
    if (line.empty() || !is_readable(line)) return;
    const auto caret = byte_of_column(line, place.column);
    const auto first = place.column > kAround ? byte_of_column(line, place.column - kBefore) : 0;
    const auto last = first + byte_of_column(std::string_view(line).substr(first), kAround + 1);
    const auto number = std::to_string(place.line);
    out << "  " << number << " | " << (first > 0 ? "…" : "") << std::string_view(line).substr(first, last - first)
        << (last < line.size() ? "…" : "") << "\n  " << std::string(number.size(), ' ') << " | " << (first > 0 ? " " : "");
    // Tabs stay tabs and a wide character takes two cells, so that the caret stands below its place.
    for (auto at = first; at < caret; ++at) {
        if (begins_character(line[at])) out << (line[at] == '\t' ? "\t" : static_cast<unsigned char>(line[at]) >= 0xE3 ? "  " : " ");
    }
    out << "^\n";
}

} // namespace

void write_findings_text(const Outcome& findings, std::ostream& out) { write_findings_text(findings, {}, out); }

void write_findings_text(const Outcome& findings, std::string_view source, std::ostream& out) {
    const auto language = language_of_environment();
    for (const auto& issue : findings.issues()) {
        if (issue.position && !issue.position->file.empty()) {
            out << issue.position->file;
            if (issue.position->line > 0) out << ':' << issue.position->line << ':' << issue.position->column;
            out << ": ";
        } else if (issue.position && !source.empty()) {
            out << issue.position->line << ':' << issue.position->column << ": ";
        }
        out << severity_text(issue.severity) << ": " << (issue.where.empty() ? "" : issue.where + ": ") << text_of(issue, language) << " ["
            << issue.rule << "]\n";
        if (issue.position) write_caret(*issue.position, source, out);
        if (const auto hint = hint_of(issue, language); !hint.empty()) out << "  = " << hint << "\n";
    }
}

} // namespace huitong::app
