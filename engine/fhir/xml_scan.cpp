#include "fhir/xml_scan.hpp"

#include <algorithm>
#include <charconv>

namespace huitong::fhir {
namespace {

enum class Markup : std::uint8_t { open, close, empty, other, doctype, broken };

struct Tag {
    Markup markup = Markup::broken;
    std::size_t end = 0; ///< offset behind the tag
};

std::size_t behind(std::string_view text, std::size_t from, std::string_view mark) {
    const auto found = text.find(mark, from);
    return found == text.npos ? text.size() : found + mark.size();
}

/// The markup that begins at `at` ('<').
Tag tag_at(std::string_view text, std::size_t at) {
    const auto rest = text.substr(at);
    if (rest.starts_with("<!--")) return {Markup::other, behind(text, at + 4, "-->")};
    if (rest.starts_with("<![CDATA[")) return {Markup::other, behind(text, at + 9, "]]>")};
    if (rest.starts_with("<?")) return {Markup::other, behind(text, at + 2, "?>")};
    if (rest.starts_with("<!")) return {Markup::doctype, behind(text, at, ">")};
    char quote = '\0';
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != '\0') {
            if (c == quote) quote = '\0';
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            if (text[at + 1] == '/') return {Markup::close, i + 1};
            return {text[i - 1] == '/' ? Markup::empty : Markup::open, i + 1};
        }
    }
    return {Markup::broken, text.size()};
}

/// "#10" or "#x1F600" of a sign that XML may hold. Source: XML 1.0 §2.2, §4.1.
bool names_character(std::string_view reference) {
    const bool is_hex = reference.starts_with("#x");
    const auto digits = reference.substr(is_hex ? 2 : 1);
    std::uint32_t sign = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), sign, is_hex ? 16 : 10);
    if (failure != std::errc() || end != digits.data() + digits.size()) return false;
    return sign == 0x9 || sign == 0xA || sign == 0xD || (sign >= 0x20 && sign <= 0xD7FF) || (sign >= 0xE000 && sign <= 0xFFFD) ||
           (sign >= 0x10000 && sign <= 0x10FFFF);
}

/// The first "&name;" whose name is none of XML's five, or no character; without a DTD no other is declared.
std::string_view undeclared_entity(std::string_view piece) {
    static constexpr std::string_view kKnown[] = {"amp", "lt", "gt", "quot", "apos"};
    for (auto at = piece.find('&'); at != piece.npos; at = piece.find('&', at + 1)) {
        const auto end = piece.find_first_of(";&", at + 1); // no further: a text may be nothing but '&'
        if (end == piece.npos) return {};
        if (piece[end] == '&') continue;
        const auto name = piece.substr(at + 1, end - at - 1);
        if (name.starts_with('#') && !names_character(name)) return name;
        if (name.starts_with('#') || std::find(std::begin(kKnown), std::end(kKnown), name) != std::end(kKnown)) continue;
        const bool word = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        });
        if (word) return name;
    }
    return {};
}

} // namespace

XmlScan scan_xml(std::string_view text) {
    XmlScan out;
    std::uint32_t depth = 0;
    for (auto at = text.find('<'); at != text.npos;) {
        const auto tag = tag_at(text, at);
        out.has_doctype = out.has_doctype || tag.markup == Markup::doctype;
        if (tag.markup == Markup::open) out.depth = std::max(out.depth, ++depth);
        if (tag.markup == Markup::close && depth > 0) --depth;
        const auto next = text.find('<', tag.end);
        const auto from = tag.markup == Markup::other ? tag.end : at; // comments and CDATA hold no entities
        if (out.entity.empty()) out.entity = undeclared_entity(text.substr(from, next == text.npos ? next : next - from));
        at = next;
    }
    return out;
}

std::optional<std::size_t> end_of_element(std::string_view text, std::size_t begin) {
    std::size_t depth = 0;
    for (auto at = begin; at != text.npos && at < text.size();) {
        const auto tag = tag_at(text, at);
        if (tag.markup == Markup::open) ++depth;
        if (tag.markup == Markup::close) {
            if (depth <= 1) return tag.end;
            --depth;
        }
        if (tag.markup == Markup::empty && depth == 0) return tag.end;
        if (tag.markup == Markup::broken) return std::nullopt;
        at = text.find('<', tag.end);
    }
    return std::nullopt;
}

} // namespace huitong::fhir
