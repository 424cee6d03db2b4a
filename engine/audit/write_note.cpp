#include "audit/write_note.hpp"

#include "audit/shown_text.hpp"

#include <array>

namespace huitong::audit {
namespace {

struct Part {
    std::string_view name;
    std::string WriteNote::*member;
};
constexpr std::array kParts = {
    Part{"organization", &WriteNote::organization}, Part{"practitioner", &WriteNote::practitioner}, Part{"role", &WriteNote::role},
    Part{"purpose", &WriteNote::purpose},           Part{"address", &WriteNote::address},           Part{"reason", &WriteNote::reason},
    Part{"request", &WriteNote::request},
};

constexpr std::string_view kDigits = "0123456789ABCDEF";

/// A value must not end its part, nor the line that the log's hash is made of.
bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != ';' && c != '%' && c != 0x7F; }

std::string encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_plain(c)) {
            out += c;
            continue;
        }
        out += '%';
        out += kDigits[static_cast<unsigned char>(c) >> 4];
        out += kDigits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

std::string decode(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool has_two = at + 2 < text.size();
        const auto high = has_two ? kDigits.find(text[at + 1]) : kDigits.npos;
        const auto low = has_two ? kDigits.find(text[at + 2]) : kDigits.npos;
        if (text[at] != '%' || high == kDigits.npos || low == kDigits.npos) {
            out += text[at];
            continue;
        }
        out += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return out;
}

} // namespace

std::string write_note(const WriteNote& note) {
    auto out = encode(shown_text(note.interaction));
    for (const auto& part : kParts) {
        if (!(note.*part.member).empty()) out += "; " + std::string(part.name) + '=' + encode(shown_text(note.*part.member));
    }
    return out;
}

WriteNote read_note(std::string_view reason) {
    WriteNote out;
    auto end = reason.find("; ");
    out.interaction = shown_text(decode(reason.substr(0, end)));
    while (end != reason.npos) {
        reason.remove_prefix(end + 2);
        end = reason.find("; ");
        const auto piece = reason.substr(0, end);
        for (const auto& part : kParts) {
            if (piece.size() > part.name.size() && piece.starts_with(part.name) && piece[part.name.size()] == '=')
                out.*part.member = shown_text(decode(piece.substr(part.name.size() + 1)));
        }
    }
    return out;
}

} // namespace huitong::audit
