/// UCUM units with exact factors: validity, canonical form, conversion, names. Logarithmic and other special units but the temperatures are
/// known and valid, and convert only into themselves. Source: UCUM 2.x (The Unified Code for Units of Measure), all of its tables.
#pragma once

#include "base/decimal.hpp"
#include "base/outcome.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace huitong::ucum {

/// A unit as factor × canonical base units, e.g. "mg/dL" = 10 × "g.m-3" (exact decimal factor).
struct Canonical {
    Decimal factor{1};
    std::string units; ///< base units sorted with exponents ("g.m-3"), "1" for none
    /// Special (non-ratio) units such as Cel have an offset: canonical = (value + offset) × factor.
    Decimal offset{0};
};

bool is_valid(std::string_view unit);
/// Issues of the Result: ucum-syntax, ucum-unknown-unit, ucum-range.
Result<Canonical> canonical(std::string_view unit);
/// Issues: as above and ucum-dimension when the units do not fit together. At least 15 significant digits.
Result<Decimal> convert(const Decimal& value, std::string_view from, std::string_view to);
/// The unit in words: "mg/dL" → "(milligram) / (deciliter)", "10*9/L" → "(the number ten for arbitrary powers ^ 9) / (liter)",
/// "" → "(unity)". Annotations are left out. Issues: those of canonical.
Result<std::string> display(std::string_view unit);
/// What laboratories of China write, as UCUM: "×10⁹/L", "10E9/L" and "109/L" are "10*9/L", "μmol/L" is "umol/L", "K/uL" is "10*3/uL".
/// Spellings that UCUM reads otherwise than anybody means them (K/uL kelvin, u/L atomic mass, MG/dL megagauss) are read as they are meant;
/// nullopt: not understood, or it may be meant in two ways ("G/L"). Never a guess.
std::optional<std::string> unit_of_spelling(std::string_view spelling);

} // namespace huitong::ucum
