#include "identity/id_number.hpp"

#include "base/assert.hpp"
#include "base/date_time.hpp"
#include "search/fold.hpp"

#include <algorithm>

namespace huitong::identity {
namespace {

/// Two-digit codes of GB/T 2260; 81 to 83 are on the residence permits of people of Hong Kong, Macao and Taiwan. Counties are not checked:
/// old cards keep codes that were withdrawn since.
constexpr std::string_view kProvinces[] = {"11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34",
                                           "35", "36", "37", "41", "42", "43", "44", "45", "46", "50", "51", "52",
                                           "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int number_at(std::string_view text, std::size_t at, std::size_t size) {
    int out = 0;
    for (const char c : text.substr(at, size)) out = out * 10 + (c - '0');
    return out;
}

/// Half-width, without blanks, X upper case.
std::string plain(std::string_view text) {
    auto out = search::fold(text);
    std::erase(out, ' ');
    for (auto& c : out) {
        if (c == 'x') c = 'X';
    }
    return out;
}

/// Order numbers 996 to 999 of the 15-digit form were kept for people who were a hundred years old when it was issued.
std::string completed(const std::string& old) {
    const auto digits = old.substr(0, 6) + (number_at(old, 12, 3) >= 996 ? "18" : "19") + old.substr(6);
    return digits + check_character(digits);
}

bool has_calendar_day(std::string_view number) {
    const int year = number_at(number, 6, 4), month = number_at(number, 10, 2), day = number_at(number, 12, 2);
    return year >= 1800 && year < 2200 && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

} // namespace

char check_character(std::string_view digits) {
    HT_ASSERT(digits.size() == 17);
    // MOD 11-2: doubling from the left gives the weights 2^17 … 2^1; the check value makes the sum congruent to 1.
    int sum = 0;
    for (const char c : digits) sum = (sum + (c - '0')) * 2 % 11;
    return "10X98765432"[sum];
}

std::optional<std::string> valid_id_number(std::string_view text, const IdNumberRules& rules) {
    auto number = plain(text);
    if (number.size() != 15 && number.size() != 18) return std::nullopt;
    if (!std::all_of(number.begin(), number.begin() + (number.size() == 15 ? 15 : 17), is_digit)) return std::nullopt;
    if (number.size() == 15) number = completed(number);
    const auto province = std::string_view(number).substr(0, 2);
    if (!rules.unassigned_regions && std::find(std::begin(kProvinces), std::end(kProvinces), province) == std::end(kProvinces))
        return std::nullopt;
    if (!has_calendar_day(number) || number.back() != check_character(std::string_view(number).substr(0, 17))) return std::nullopt;
    return number;
}

std::string birth_date_of(std::string_view id_number) {
    return std::string(id_number.substr(6, 4)) + '-' + std::string(id_number.substr(10, 2)) + '-' + std::string(id_number.substr(12, 2));
}

char sex_of(std::string_view id_number) { return (id_number[16] - '0') % 2 == 0 ? 'F' : 'M'; }

} // namespace huitong::identity
