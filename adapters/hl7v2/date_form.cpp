#include "adapters/hl7v2/front_check.hpp"

#include "base/date_time.hpp"

namespace huitong::adapters::hl7v2 {
namespace {

bool all_digits(std::string_view text) { return text.find_first_not_of("0123456789") == text.npos; }

int number(std::string_view text) {
    int out = 0;
    for (const char c : text) out = out * 10 + (c - '0');
    return out;
}

/// Digits of YYYY[MM[DD[HH[MM[SS]]]]].
bool is_calendar(std::string_view digits) {
    const auto size = digits.size();
    if (size < 4 || size > 14 || size % 2 != 0 || !all_digits(digits)) return false;
    const int year = number(digits.substr(0, 4));
    if (year < 1) return false;
    if (size < 6) return true;
    const int month = number(digits.substr(4, 2));
    if (month < 1 || month > 12) return false;
    if (size < 8) return true;
    const int day = number(digits.substr(6, 2));
    if (day < 1 || day > days_in_month(year, month)) return false;
    if (size >= 10 && number(digits.substr(8, 2)) > 23) return false;
    if (size >= 12 && number(digits.substr(10, 2)) > 59) return false;
    return size < 14 || number(digits.substr(12, 2)) <= 60;
}

/// Takes "+0800" off the end; false: an offset stands there that is none.
bool take_offset(std::string_view& text) {
    const auto sign = text.find_last_of("+-");
    if (sign == text.npos || sign < 4) return true;
    const auto digits = text.substr(sign + 1);
    if (digits.size() != 4 || !all_digits(digits) || number(digits.substr(0, 2)) > 14 || number(digits.substr(2)) > 59) return false;
    text = text.substr(0, sign);
    return true;
}

bool is_hl7(std::string_view text) {
    if (!take_offset(text)) return false;
    const auto point = text.find('.');
    if (point == text.npos) return is_calendar(text);
    const auto fraction = text.substr(point + 1);
    return point == 14 && !fraction.empty() && fraction.size() <= 9 && all_digits(fraction) && is_calendar(text.substr(0, point));
}

/// "1956-03-14", "1956/3/14 08:30", "2026-11-20T08:30:00.5+08:00": what county systems write; its parts are unambiguous.
bool is_iso(std::string_view text) {
    if (text.size() < 8 || !all_digits(text.substr(0, 4)) || (text[4] != '-' && text[4] != '/')) return false;
    const char separator = text[4];
    auto date = text.substr(0, text.find_first_of(" T"));
    const auto rest = date.size() == text.size() ? std::string_view() : text.substr(date.size() + 1);
    const auto second = date.find(separator, 5);
    if (second == date.npos) return false;
    const auto two = [](std::string_view part) { return part.size() == 1 ? "0" + std::string(part) : std::string(part); };
    const auto plain = std::string(date.substr(0, 4)) + two(date.substr(5, second - 5)) + two(date.substr(second + 1));
    if (plain.size() != 8 || !is_calendar(plain)) return false;
    return rest.empty() || read_time(rest.substr(0, rest.find_first_of("+-Z"))).has_value();
}

} // namespace

DateForm date_form(std::string_view text) {
    if (is_hl7(text)) return DateForm::hl7;
    return is_iso(text) ? DateForm::iso : DateForm::bad;
}

} // namespace huitong::adapters::hl7v2
