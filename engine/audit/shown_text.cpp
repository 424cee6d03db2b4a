#include "audit/shown_text.hpp"

#include "base/charset.hpp"

#include <algorithm>

namespace huitong::audit {
namespace {

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

} // namespace

std::string shown_text(std::string_view text) {
    auto readable = to_utf8(text, Charset::utf8).value;
    if (std::none_of(readable.begin(), readable.end(), is_control)) return readable;
    std::string out;
    for (const char c : readable) {
        if (is_control(c)) out += "\xEF\xBF\xBD";
        else out += c;
    }
    return out;
}

} // namespace huitong::audit
