#include "terminology/search/pinyin.hpp"

#include "terminology/search/pinyin_table.hpp"

#include <utf8proc.h>

#include <array>
#include <cctype>
#include <utility>
#include <vector>

namespace huitong::terminology {
namespace {

constexpr char32_t kFirst = 0x4E00, kLast = 0x9FFF;

/// Surnames that are read otherwise than the character elsewhere.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kSurnames = {{
    {"万俟", "moqi"}, {"尉迟", "yuchi"}, {"单于", "chanyu"}, {"澹台", "tantai"}, {"单", "shan"}, {"曾", "zeng"},
    {"解", "xie"},    {"仇", "qiu"},     {"区", "ou"},       {"查", "zha"},      {"盖", "ge"},   {"朴", "piao"},
    {"任", "ren"},    {"华", "hua"},     {"覃", "qin"},      {"冼", "xian"},     {"乐", "yue"},  {"缪", "miao"},
    {"员", "yun"},    {"种", "chong"},   {"黑", "he"},       {"翟", "zhai"},     {"尹", "yin"},  {"召", "shao"},
}};

const std::vector<std::string_view>& syllables() {
    static const auto all = [] {
        std::vector<std::string_view> out;
        auto rest = kSyllables;
        while (true) {
            const auto end = rest.find(' ');
            out.push_back(rest.substr(0, end));
            if (end == rest.npos) return out;
            rest.remove_prefix(end + 1);
        }
    }();
    return all;
}

std::size_t digit(char c) {
    if (c <= '9') return static_cast<std::size_t>(c - '0');
    return static_cast<std::size_t>(c >= 'a' ? c - 'a' + 10 : c - 'A' + 36);
}

std::string_view syllable_of(char32_t character) {
    if (character < kFirst || character > kLast) return {};
    const auto at = 2 * static_cast<std::size_t>(character - kFirst);
    return syllables()[digit(kReadings[at]) * 62 + digit(kReadings[at + 1])];
}

/// Calls `use` with every character; bytes that are no UTF-8 are passed over.
template <class Use>
void each_character(std::string_view text, Use use) {
    const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    auto left = static_cast<utf8proc_ssize_t>(text.size());
    while (left > 0) {
        utf8proc_int32_t read = 0;
        const auto size = utf8proc_iterate(at, left, &read);
        if (size > 0) use(static_cast<char32_t>(read));
        const auto step = size > 0 ? size : 1;
        at += step;
        left -= step;
    }
}

/// Letters and digits of the full-width forms count as theirs.
char plain(char32_t character) {
    if (character >= 0xFF01 && character <= 0xFF5E) character -= 0xFEE0;
    const auto small = character < 0x80 ? std::tolower(static_cast<int>(character)) : 0;
    return std::isalnum(small) ? static_cast<char>(small) : '\0';
}

} // namespace

std::string pinyin_of(std::string_view text) {
    std::string out;
    each_character(text, [&](char32_t character) {
        if (const char letter = plain(character)) out += letter;
        else out += syllable_of(character);
    });
    return out;
}

std::string initials_of(std::string_view text) {
    std::string out;
    each_character(text, [&](char32_t character) {
        if (const char letter = plain(character)) out += letter;
        else if (const auto syllable = syllable_of(character); !syllable.empty()) out += syllable.front();
    });
    return out;
}

std::string pinyin_of_name(std::string_view name) {
    for (const auto& [surname, reading] : kSurnames) {
        if (name.starts_with(surname)) return std::string(reading) + pinyin_of(name.substr(surname.size()));
    }
    return pinyin_of(name);
}

} // namespace huitong::terminology
