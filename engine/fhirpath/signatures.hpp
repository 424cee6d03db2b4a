/// What is known of a function before it runs, for the static check. Internal to the room.
#pragma once

#include <cstdint>
#include <string_view>

namespace huitong::fhirpath {

/// Groups of types that the check tells apart; `any`: it cannot.
enum class Family : std::uint8_t { any, text, number, date, time, boolean };

struct Signature {
    std::string_view name;
    std::string_view gives;     ///< the type of what it gives, "" when that depends
    bool takes_one = false;     ///< fails on several items
    Family needs = Family::any; ///< other families fail
    bool gives_many = false;
};

/// nullptr: nothing is known.
const Signature* find_signature(std::string_view function);
/// "string", "number" … as messages say it.
std::string_view family_text(Family family);

} // namespace huitong::fhirpath
