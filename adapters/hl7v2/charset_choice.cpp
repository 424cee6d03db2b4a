#include "adapters/hl7v2/charset_choice.hpp"

#include "adapters/hl7v2/syntax.hpp"

#include <algorithm>

namespace huitong::adapters::hl7v2 {
namespace {

bool is_plain_ascii(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](unsigned char byte) { return byte < 0x80 && byte != 0x1B; });
}

/// UTF-16 shows itself by its mark or by the zero bytes of "MSH".
std::optional<Charset> wide_charset(std::string_view bytes) {
    using namespace std::string_view_literals;
    if (bytes.starts_with("\xFF\xFE"sv) || bytes.starts_with("M\0S\0H\0"sv)) return Charset::utf16le;
    if (bytes.starts_with("\xFE\xFF"sv) || bytes.starts_with("\0M\0S\0H"sv)) return Charset::utf16be;
    return std::nullopt;
}

/// Characters of the blocks where Han stands.
std::size_t count_of_han(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::count_if(utf8.begin(), utf8.end(), [](unsigned char byte) { return byte >= 0xE3 && byte < 0xF0; }));
}

/// Each byte beyond ASCII is one of a pair of GB2312, and one pair is Han: what people write in GBK or GB18030 is hardly ever more.
bool is_gb2312(std::string_view bytes) {
    bool has_han = false;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const auto lead = static_cast<unsigned char>(bytes[at]);
        if (lead < 0x80) continue;
        if (++at == bytes.size()) return false;
        const auto trail = static_cast<unsigned char>(bytes[at]);
        if (lead < 0xA1 || lead > 0xF7 || trail < 0xA1 || trail > 0xFE) return false;
        has_han = has_han || lead >= 0xB0;
    }
    return has_han;
}

/// UTF-8 of a Han name has bytes from 0x80 to 0xA0 nearly always, which no text of GB2312 has. Where both readings hold, the word or two
/// that may happen to be UTF-8 are believed to be what was announced, four Chinese characters are not.
bool is_surely_utf8(std::string_view bytes) {
    constexpr std::size_t kCharactersEnough = 4;
    return is_utf8(bytes) && count_of_han(bytes) >= (is_gb2312(bytes) ? kCharactersEnough : 1);
}

/// Latin 1 is what a library announces when nobody told it better: every byte is a letter of it.
Charset found_behind_latin1(std::string_view bytes) {
    return is_utf8(bytes) ? Charset::utf8 : is_gb2312(bytes) ? Charset::gb18030 : Charset::latin1;
}

bool decodes(std::string_view bytes, Charset charset) { return to_utf8(bytes, charset).issues.empty(); }

/// What the bytes must be when `wanted` cannot be right; `wanted` itself when it can.
Charset agreed_with_bytes(std::string_view bytes, Charset wanted) {
    if (wanted == Charset::utf16le || wanted == Charset::utf16be) return guess_charset(bytes); // wide_charset() saw none
    if (wanted == Charset::utf8) return is_utf8(bytes) || !decodes(bytes, Charset::gb18030) ? wanted : Charset::gb18030;
    if (wanted == Charset::ascii) return guess_charset(bytes);
    if (wanted == Charset::latin1) return found_behind_latin1(bytes);
    return is_surely_utf8(bytes) ? Charset::utf8 : wanted;
}

/// MSH-18 of the first segment, read in a charset that keeps the separators apart.
std::string declared_charset(std::string_view bytes, Charset reading) {
    const auto end = bytes.find_first_of("\r\n", bytes.find_first_not_of("\r\n "));
    const auto header = to_utf8(bytes.substr(0, end), reading);
    const auto message = read_message(header.value);
    const auto* segment = message.value.header();
    return segment == nullptr ? std::string() : std::string(message.value.component(message.value.field(*segment, 18), 1));
}

} // namespace

Decoded decode_bytes_as(std::string_view bytes, Charset charset) {
    Decoded out;
    out.charset = charset;
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    auto text = to_utf8(bytes, charset);
    out.text = std::move(text.value);
    out.issues = std::move(text.issues);
    return out;
}

Decoded decode_bytes(std::string_view bytes, std::string_view setting) {
    if (const auto wide = wide_charset(bytes)) return decode_bytes_as(bytes, *wide);
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    const auto configured = setting.empty() || setting == "auto" ? std::nullopt : read_charset(setting);
    const auto plain = is_plain_ascii(bytes);
    const auto guess = guess_charset(bytes);
    Outcome issues;
    const auto declared = declared_charset(bytes, configured.value_or(guess));
    const auto named = declared.empty() ? std::nullopt : read_charset(declared);
    if (!declared.empty() && !named) {
        auto issue = configured || plain ? warning(IssueCode::not_supported, "MSH-18", "v2-charset-unknown")
                                         : error(IssueCode::not_supported, "MSH-18", "v2-charset-unknown");
        issues.add(std::move(issue));
    }
    auto charset = named ? named : configured;
    if (!charset) {
        charset = guess;
        if (!plain) issues.add(information(IssueCode::informational, "MSH-18", "v2-charset-guessed", {std::string(charset_text(guess))}));
    } else if (!plain) {
        const auto found = agreed_with_bytes(bytes, *charset);
        if (found != *charset) {
            issues.add(warning(IssueCode::value, "MSH-18", "v2-charset-mismatch",
                               {std::string(charset_text(*charset)), std::string(charset_text(found))}));
        }
        charset = found;
    }
    auto out = decode_bytes_as(bytes, *charset);
    out.declared = declared;
    issues.add(std::move(out.issues));
    out.issues = std::move(issues);
    return out;
}

} // namespace huitong::adapters::hl7v2
