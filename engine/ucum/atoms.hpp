/// The unit atoms: code, whether it takes metric prefixes, and its value in other units. Internal to the room.
#pragma once

#include <span>
#include <string_view>

namespace huitong::ucum {

struct Atom {
    std::string_view code;
    bool metric;
    std::string_view factor;    ///< decimal text; "" = a base unit of its own dimension
    std::string_view unit;      ///< in which unit the factor counts
    std::string_view name;      ///< for display
    std::string_view special{}; ///< "Cel", "degF": value = (x + offset) × factor; else ""
};
struct Prefix {
    std::string_view code, name;
    int exponent;
};

std::span<const Atom> atoms();
std::span<const Prefix> prefixes();

} // namespace huitong::ucum
