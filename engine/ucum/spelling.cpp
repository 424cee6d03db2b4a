/// Spellings of laboratories to UCUM, step by step: characters, powers of ten, volumes, whole words, letters.
#include "ucum/ucum.hpp"

#include <algorithm>
#include <cctype>
#include <unordered_map>
#include <utility>

namespace huitong::ucum {
namespace {

using Replacement = std::pair<std::string_view, std::string_view>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// One writing for each character.
std::string plain_characters(std::string_view spelling) {
    static constexpr Replacement kPieces[] = {{"×", "x"},  {"μ", "u"},  {"µ", "u"},   {"⁰", "0"},    {"¹", "1"}, {"²", "2"}, {"³", "3"},
                                              {"⁴", "4"},  {"⁵", "5"},  {"⁶", "6"},   {"⁷", "7"},    {"⁸", "8"}, {"⁹", "9"}, {"％", "%"},
                                              {"／", "/"}, {"＾", "^"}, {"℃", "Cel"}, {"°C", "Cel"}, {" ", ""}};
    std::string out(spelling);
    for (const auto& [from, to] : kPieces) {
        for (auto at = out.find(from); at != out.npos; at = out.find(from, at + to.size())) out.replace(at, from.size(), to);
    }
    return out;
}

/// "x10^9/L", "10E9/L", "109/L", "E9/L" to "10*9/L": a power of ten has one or two digits and stands before a fraction.
std::string with_power_of_ten(const std::string& text) {
    std::string_view rest = text;
    if (rest.starts_with("x10") || rest.starts_with("X10") || rest.starts_with("*10")) rest.remove_prefix(1);
    const bool has_ten = rest.starts_with("10");
    if (has_ten) rest.remove_prefix(2);
    const bool has_sign = !rest.empty() && (rest[0] == 'E' || rest[0] == 'e' || (has_ten && (rest[0] == '^' || rest[0] == '*')));
    if (has_sign) rest.remove_prefix(1);
    std::size_t digits = 0;
    while (digits < rest.size() && is_digit(rest[digits])) ++digits;
    const bool is_power =
        (has_ten || has_sign) && digits >= 1 && digits <= 2 && rest[0] != '0' && digits < rest.size() && rest[digits] == '/';
    return is_power ? "10*" + std::string(rest) : text;
}

/// Both l and L are litres in UCUM; one writing, so that equal units are equal codes. A day's urine is (24.h).
void write_denominator(std::string& text) {
    static constexpr Replacement kEnds[] = {{"/l", "/L"},   {"/dl", "/dL"}, {"/ml", "/mL"},      {"/ul", "/uL"},
                                            {"/DL", "/dL"}, {"/ML", "/mL"}, {"/24h", "/(24.h)"}, {"/24小时", "/(24.h)"}};
    for (const auto& [from, to] : kEnds) {
        if (text.ends_with(from)) text.replace(text.size() - from.size(), from.size(), to);
    }
}

/// "mIU/mL", "uiu/ml": international units with their prefix.
void write_international_units(std::string& text) {
    const auto slash = text.find('/');
    if (slash == text.npos || slash < 2 || slash > 3) return;
    const auto lower = [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); };
    if (lower(text[slash - 2]) != 'i' || lower(text[slash - 1]) != 'u') return;
    const auto prefix = slash == 3 ? std::string(1, lower(text[0])) : std::string();
    if (prefix.find_first_not_of("mukn") == prefix.npos) text.replace(0, slash, prefix + "[iU]");
}

/// What UCUM has no word for, or reads otherwise than it is meant.
const std::string_view* whole_spelling(std::string_view text) {
    static const std::unordered_map<std::string_view, std::string_view> kWhole = {{"K/uL", "10*3/uL"},
                                                                                  {"k/uL", "10*3/uL"},
                                                                                  {"M/uL", "10*6/uL"},
                                                                                  {"K/mm3", "10*3/uL"},
                                                                                  {"ku/L", "kU/L"},
                                                                                  {"mu/L", "mU/L"},
                                                                                  {"mm/H", "mm/h"},
                                                                                  {"T/L", "10*12/L"},
                                                                                  {"KU/L", "kU/L"},
                                                                                  {"/HP", "/[HPF]"},
                                                                                  {"/HPF", "/[HPF]"},
                                                                                  {"/LP", "/[LPF]"},
                                                                                  {"个/uL", "/uL"},
                                                                                  {"个/HP", "/[HPF]"},
                                                                                  {"mmHg", "mm[Hg]"},
                                                                                  {"kpa", "kPa"},
                                                                                  {"sec", "s"},
                                                                                  {"秒", "s"},
                                                                                  {"S", "s"},
                                                                                  {"小时", "h"},
                                                                                  {"岁", "a"},
                                                                                  {"mm/1h", "mm/h"},
                                                                                  {"ratio", "1"},
                                                                                  {"比值", "1"},
                                                                                  {"INR", "1"},
                                                                                  {"COI", "{COI}"},
                                                                                  {"S/CO", "{s_co_ratio}"},
                                                                                  {"copies/mL", "{copies}/mL"},
                                                                                  {"GPL", "[GPL'U]"},
                                                                                  {"pH", "[pH]"}};
    const auto found = kWhole.find(text);
    return found == kWhole.end() ? nullptr : &found->second;
}

/// Capitals of senders that know no small letters.
void write_letters(std::string& text) {
    static constexpr Replacement kLetters[] = {{"MMOL/", "mmol/"}, {"UMOL/", "umol/"}, {"Mmol/", "mmol/"},
                                               {"Umol/", "umol/"}, {"MG/", "mg/"},     {"G/", "g/"},
                                               {"NG/", "ng/"},     {"PG/", "pg/"},     {"u/", "U/"}};
    for (const auto& [from, to] : kLetters) {
        if (text.starts_with(from)) text.replace(0, from.size(), to);
    }
}

/// "100/uL": a number in front of a fraction is a count that somebody misread, and no unit.
bool begins_with_count(std::string_view text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    return end != text.begin() && end != text.end() && *end == '/';
}

} // namespace

std::optional<std::string> unit_of_spelling(std::string_view spelling) {
    auto text = with_power_of_ten(plain_characters(spelling));
    write_denominator(text);
    if (const auto* whole = whole_spelling(text)) return std::string(*whole);
    if (text == "G/L" || begins_with_count(text)) return std::nullopt; // grams or 10⁹
    write_international_units(text);
    write_letters(text);
    return is_valid(text) && !text.empty() ? std::optional(text) : std::nullopt;
}

} // namespace huitong::ucum
