/// The citizen number (公民身份号码): 17 digits and a check character; the older form has 15 digits.
/// Says nothing about people: a valid number may still be the mother's. Thread: any.
/// Source: GB 11643-1999; ISO 7064 MOD 11-2; GB/T 2260 (provinces).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace huitong::identity {

struct IdNumberRules {
    bool unassigned_regions = false; ///< [demo] only: region codes that belong to nobody count as well
};

/// A valid number in its 18-digit form with upper-case X; nullopt: not valid (length, province, calendar day, check character).
/// Full-width digits, blanks inside and a lower-case x are accepted; 15 digits are completed (19xx, the orders 996 to 999 are 18xx).
std::optional<std::string> valid_id_number(std::string_view text, const IdNumberRules& rules);

/// The check character of 17 digits: '0' to '9' or 'X'.
char check_character(std::string_view digits);

/// "1956-03-14", and 'F' or 'M', of a number that valid_id_number gave.
std::string birth_date_of(std::string_view id_number);
char sex_of(std::string_view id_number);

} // namespace huitong::identity
