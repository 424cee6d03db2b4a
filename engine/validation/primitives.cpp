#include "validation/primitives.hpp"

#include "base/date_time.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_map>

namespace huitong::validation {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool is_lower_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

bool integer_within(std::string_view text, std::int64_t low, std::int64_t high) {
    const bool minus = text.starts_with('-');
    auto digits = minus || text.starts_with('+') ? text.substr(1) : text;
    if (!all_digits(digits) || digits.size() > 10 || (digits.size() > 1 && digits.front() == '0')) return false;
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (minus) value = -value;
    return value >= low && value <= high;
}

/// Takes digits from the front; false when there is none.
bool take_digits(std::string_view& text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const auto taken = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(taken);
    return taken > 0;
}

bool is_decimal(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    const bool zero_first = text.size() > 1 && text[0] == '0' && is_digit(text[1]);
    if (zero_first || !take_digits(text)) return false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (!take_digits(text)) return false;
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
        if (!take_digits(text)) return false;
    }
    return text.empty();
}

/// No control characters but tab and line ends, and more than white space.
bool is_string(std::string_view text) {
    const bool control = std::any_of(text.begin(), text.end(),
                                     [](char c) { return static_cast<unsigned char>(c) < 32 && c != '\t' && c != '\n' && c != '\r'; });
    return !control && !std::all_of(text.begin(), text.end(), is_space);
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
    });
}

/// Words parted by exactly one space character.
bool is_code(std::string_view text) {
    if (text.empty() || is_space(text.front()) || is_space(text.back())) return false;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (is_space(text[i]) && is_space(text[i - 1])) return false;
    }
    return true;
}

bool is_oid(std::string_view text) {
    if (!text.starts_with("urn:oid:")) return false;
    text.remove_prefix(8);
    if (text.empty() || text[0] < '0' || text[0] > '2') return false;
    text.remove_prefix(1);
    if (text.empty()) return false;
    while (!text.empty()) {
        if (text.front() != '.') return false;
        text.remove_prefix(1);
        const bool zero_first = text.size() > 1 && text[0] == '0' && is_digit(text[1]);
        if (zero_first || !take_digits(text)) return false;
    }
    return true;
}

bool is_uuid(std::string_view text) {
    if (!text.starts_with("urn:uuid:")) return false;
    text.remove_prefix(9);
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !is_lower_hex(text[i])) return false;
    }
    return true;
}

bool is_uri(std::string_view text) {
    if (text.empty() || std::any_of(text.begin(), text.end(), is_space)) return false;
    if (text.starts_with("urn:oid:")) return is_oid(text);
    return !text.starts_with("urn:uuid:") || is_uuid(text);
}

bool is_base64(std::string_view text) {
    std::size_t symbols = 0;
    std::size_t pads = 0;
    for (const char c : text) {
        if (is_space(c)) continue;
        if (c == '=') ++pads;
        else if (pads > 0 || !(is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/')) return false;
        ++symbols;
    }
    return symbols > 0 && symbols % 4 == 0 && pads <= 2;
}

bool has_shape(std::string_view text, std::string_view shape) {
    if (text.size() < shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == '9' ? !is_digit(text[i]) : text[i] != shape[i]) return false;
    }
    return true;
}

bool is_date(std::string_view text) {
    const bool shaped = (text.size() == 4 && has_shape(text, "9999")) || (text.size() == 7 && has_shape(text, "9999-99")) ||
                        (text.size() == 10 && has_shape(text, "9999-99-99"));
    return shaped && !text.starts_with("0000") && read_date_time(text).has_value();
}

/// "08:30:00" with an optional fraction; the rest is left in `text`.
bool take_time(std::string_view& text) {
    if (!has_shape(text, "99:99:99")) return false;
    const bool in_range = text.substr(0, 2) <= "23" && text.substr(3, 2) <= "59" && text.substr(6, 2) <= "60";
    text.remove_prefix(8);
    if (!in_range) return false;
    if (!text.starts_with('.')) return true;
    text.remove_prefix(1);
    return take_digits(text);
}

bool is_zone(std::string_view text) {
    if (text == "Z") return true;
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || !has_shape(text.substr(1), "99:99")) return false;
    const auto hours = text.substr(1, 2);
    return text.substr(4, 2) <= "59" && (hours <= "13" || text.substr(1) == "14:00");
}

bool is_instant(std::string_view text) {
    if (text.size() < 20 || text[10] != 'T' || !is_date(text.substr(0, 10))) return false;
    text.remove_prefix(11);
    return take_time(text) && is_zone(text);
}

bool is_time(std::string_view text) { return take_time(text) && text.empty(); }

constexpr std::int64_t kIntegerMax = std::numeric_limits<std::int32_t>::max();

} // namespace

Primitive primitive_of(std::string_view type) {
    static const std::unordered_map<std::string_view, Primitive> kTypes = {{"boolean", Primitive::boolean},
                                                                           {"integer", Primitive::integer},
                                                                           {"unsignedInt", Primitive::unsigned_int},
                                                                           {"positiveInt", Primitive::positive_int},
                                                                           {"decimal", Primitive::decimal},
                                                                           {"string", Primitive::string},
                                                                           {"markdown", Primitive::markdown},
                                                                           {"uri", Primitive::uri},
                                                                           {"url", Primitive::url},
                                                                           {"canonical", Primitive::canonical},
                                                                           {"oid", Primitive::oid},
                                                                           {"uuid", Primitive::uuid},
                                                                           {"id", Primitive::id},
                                                                           {"code", Primitive::code},
                                                                           {"base64Binary", Primitive::base64},
                                                                           {"instant", Primitive::instant},
                                                                           {"date", Primitive::date},
                                                                           {"dateTime", Primitive::date_time},
                                                                           {"time", Primitive::time},
                                                                           {"xhtml", Primitive::xhtml}};
    const auto found = kTypes.find(type);
    return found == kTypes.end() ? Primitive::none : found->second;
}

bool is_json_number(Primitive type) {
    return type == Primitive::integer || type == Primitive::unsigned_int || type == Primitive::positive_int || type == Primitive::decimal;
}

bool is_written_well(Primitive type, std::string_view text) {
    switch (type) {
    case Primitive::none: return true;
    case Primitive::boolean: return text == "true" || text == "false";
    case Primitive::integer: return integer_within(text, -kIntegerMax - 1, kIntegerMax);
    case Primitive::unsigned_int: return integer_within(text, 0, kIntegerMax);
    case Primitive::positive_int: return integer_within(text, 1, kIntegerMax);
    case Primitive::decimal: return is_decimal(text);
    case Primitive::string:
    case Primitive::markdown: return is_string(text);
    case Primitive::uri:
    case Primitive::url:
    case Primitive::canonical: return is_uri(text);
    case Primitive::oid: return is_oid(text);
    case Primitive::uuid: return is_uuid(text);
    case Primitive::id: return is_id(text);
    case Primitive::code: return is_code(text);
    case Primitive::base64: return is_base64(text);
    case Primitive::instant: return is_instant(text);
    case Primitive::date: return is_date(text);
    case Primitive::date_time: return is_date(text) || is_instant(text);
    case Primitive::time: return is_time(text);
    case Primitive::xhtml: return !text.empty();
    }
    return true;
}

} // namespace huitong::validation
