/// Exact decimals: what was written is what is kept ("1.50" stays "1.50"); arithmetic is exact up to 38 digits.
/// Source: FHIR R4, Datatypes, "decimal" (precision is significant); FHIRPath 2.0, "Decimal".
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace huitong {

class Decimal {
public:
    __extension__ using Coefficient = __int128;

    Decimal() = default;
    Decimal(std::int64_t value) : coefficient_(value) {}

    /// Reads "-0.50", "1e3", "6.02E+23"; nullopt: no number, or more than 38 digits, or an exponent beyond ±60.
    static std::optional<Decimal> read(std::string_view text);
    static Decimal of(Coefficient coefficient, int scale) { return Decimal(coefficient, scale); }

    /// Plain notation with `scale()` digits after the point.
    std::string text() const;
    Coefficient coefficient() const { return coefficient_; }
    /// Digits after the decimal point; never negative.
    int scale() const { return scale_; }
    bool is_integer() const;
    double to_double() const;
    /// nullopt when it is no integer or beyond 64 bits.
    std::optional<std::int64_t> to_int64() const;

    Decimal negated() const { return Decimal(-coefficient_, scale_); }
    /// Without trailing zeros after the point: 1.50 becomes 1.5.
    Decimal normalized() const;
    /// Rounds half away from zero to `digits` after the point; pads with zeros when there are fewer.
    Decimal rounded(int digits) const;
    /// Drops digits after `digits`.
    Decimal truncated(int digits) const;

    /// nullopt: the result does not fit 38 digits.
    static std::optional<Decimal> add(const Decimal& a, const Decimal& b);
    static std::optional<Decimal> subtract(const Decimal& a, const Decimal& b);
    static std::optional<Decimal> multiply(const Decimal& a, const Decimal& b);
    /// `digits` after the point, rounded half away from zero; nullopt also when b is zero.
    static std::optional<Decimal> divide(const Decimal& a, const Decimal& b, int digits);

    /// By value: 1.0 == 1.00.
    friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
    friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

private:
    Decimal(Coefficient coefficient, int scale) : coefficient_(coefficient), scale_(scale) {}

    Coefficient coefficient_ = 0;
    int scale_ = 0;
};

} // namespace huitong
