#include "base/charset.hpp"

#include "base/assert.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace huitong {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD"; // U+FFFD

const char* iconv_name(Charset charset) {
    switch (charset) {
    case Charset::utf8: return "UTF-8";
    case Charset::gb18030: return "GB18030";
    case Charset::big5: return "BIG5-HKSCS";
    case Charset::latin1: return "ISO-8859-1";
    case Charset::utf16le: return "UTF-16LE";
    case Charset::utf16be: return "UTF-16BE";
    case Charset::ascii: return "US-ASCII";
    }
    return "UTF-8";
}

class Converter {
public:
    Converter(Charset to, Charset from) : handle_(iconv_open(iconv_name(to), iconv_name(from))) { HT_ASSERT(handle_ != iconv_t(-1)); }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    ~Converter() { iconv_close(handle_); }

    /// Converts all of `in`; `replacement` stands for each unit of `unit_bytes` that cannot be converted. Returns their number.
    std::size_t run(std::string_view in, std::string_view replacement, std::size_t unit_bytes, std::string& out) {
        std::size_t bad = 0;
        char* source = const_cast<char*>(in.data()); // iconv's C signature; it does not write there
        std::size_t left = in.size();
        while (left > 0) {
            char buffer[4096];
            char* target = buffer;
            std::size_t room = sizeof buffer;
            const auto converted = iconv(handle_, &source, &left, &target, &room);
            out.append(buffer, static_cast<std::size_t>(target - buffer));
            if (converted != static_cast<std::size_t>(-1) || errno == E2BIG) continue;
            ++bad;
            out += replacement;
            const auto skipped = std::min(left, skip_bytes(std::string_view(source, left), unit_bytes));
            source += skipped;
            left -= skipped;
            iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        }
        return bad;
    }

private:
    /// In UTF-8 input an unencodable character is skipped whole, so that its tail does not count again.
    static std::size_t skip_bytes(std::string_view rest, std::size_t unit_bytes) {
        if (unit_bytes != 0) return unit_bytes;
        std::size_t length = 1;
        while (length < rest.size() && (static_cast<unsigned char>(rest[length]) & 0xC0) == 0x80) ++length;
        return length;
    }

    iconv_t handle_;
};

std::string folded(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c >= 'a' && c <= 'z') out += static_cast<char>(c - 'a' + 'A');
        else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) out += c;
    }
    return out;
}

/// Bytes of the UTF-8 character that `text`, not empty, begins with; 0: none does.
std::size_t character_bytes(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
    const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
    const bool beyond = lead == 0xF4 && byte(1) >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

/// Copies what is UTF-8; iconv would let characters beyond U+10FFFF pass. Returns the number of bytes that were replaced.
std::size_t repair_utf8(std::string_view bytes, std::string& out) {
    std::size_t bad = 0;
    while (!bytes.empty()) {
        const auto length = character_bytes(bytes);
        if (length == 0) ++bad;
        out += length == 0 ? kReplacement : bytes.substr(0, length);
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return bad;
}

std::string_view without_mark(std::string_view bytes, Charset charset) {
    if (charset == Charset::utf8 && bytes.starts_with("\xEF\xBB\xBF")) return bytes.substr(3);
    if (charset == Charset::utf16le && bytes.starts_with("\xFF\xFE")) return bytes.substr(2);
    if (charset == Charset::utf16be && bytes.starts_with("\xFE\xFF")) return bytes.substr(2);
    if (charset == Charset::gb18030 && bytes.starts_with("\x84\x31\x95\x33")) return bytes.substr(4);
    return bytes;
}

} // namespace

std::optional<Charset> read_charset(std::string_view name) {
    static constexpr std::pair<std::string_view, Charset> kNames[] = {
        {"UTF8", Charset::utf8},           {"UNICODEUTF8", Charset::utf8},
        {"UNICODE", Charset::utf8},        {"CHNUNICODE", Charset::utf8},
        {"GBK", Charset::gb18030},         {"GB2312", Charset::gb18030},
        {"GB18030", Charset::gb18030},     {"GB180302000", Charset::gb18030},
        {"GB180302005", Charset::gb18030}, {"GB180302022", Charset::gb18030},
        {"CP936", Charset::gb18030},       {"CHN", Charset::gb18030},
        {"BIG5", Charset::big5},           {"88591", Charset::latin1},
        {"ISO88591", Charset::latin1},     {"LATIN1", Charset::latin1},
        {"UTF16LE", Charset::utf16le},     {"UTF16", Charset::utf16le},
        {"UTF16BE", Charset::utf16be},     {"ASCII", Charset::ascii},
        {"USASCII", Charset::ascii},       {"UNICODEUTF16", Charset::utf16be},
    };
    const auto key = folded(name);
    for (const auto& [text, charset] : kNames) {
        if (text == key) return charset;
    }
    return std::nullopt;
}

std::string_view charset_text(Charset charset) { return iconv_name(charset); }

Parsed<std::string> to_utf8(std::string_view bytes, Charset from) {
    Parsed<std::string> out;
    bytes = without_mark(bytes, from);
    const bool is_ours = from == Charset::utf8 || from == Charset::ascii;
    if (is_ours && is_utf8(bytes)) {
        out.value = bytes;
        return out;
    }
    out.value.reserve(bytes.size() + bytes.size() / 2);
    const bool wide = from == Charset::utf16le || from == Charset::utf16be;
    const auto bad =
        is_ours ? repair_utf8(bytes, out.value) : Converter(Charset::utf8, from).run(bytes, kReplacement, wide ? 2 : 1, out.value);
    if (bad > 0) {
        out.issues.add(warning(IssueCode::value, "", "charset-undecodable", {std::to_string(bad), std::string(charset_text(from))}));
    }
    return out;
}

Parsed<std::string> from_utf8(std::string_view text, Charset to) {
    Parsed<std::string> out;
    if (to == Charset::utf8) {
        out.value = text;
        return out;
    }
    const auto bad = Converter(to, Charset::utf8).run(text, "?", 0, out.value);
    if (bad > 0) {
        out.issues.add(warning(IssueCode::value, "", "charset-unencodable", {std::to_string(bad), std::string(charset_text(to))}));
    }
    return out;
}

bool is_utf8(std::string_view text) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080;
    while (!text.empty()) {
        std::uint64_t eight = 0;
        while (text.size() >= sizeof eight) {
            std::memcpy(&eight, text.data(), sizeof eight);
            if ((eight & kHighBits) != 0) break;
            text.remove_prefix(sizeof eight);
        }
        if (text.empty()) break;
        const auto length = character_bytes(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

Charset guess_charset(std::string_view bytes) {
    const bool plain = std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (plain) return Charset::ascii;
    return is_utf8(bytes) ? Charset::utf8 : Charset::gb18030;
}

} // namespace huitong
