#include "base/decimal.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace huitong {
namespace {

using Coefficient = Decimal::Coefficient;

constexpr int kExponentMax = 60;
constexpr int kScaleMax = 38;

bool multiply_checked(Coefficient a, Coefficient b, Coefficient& out) { return !__builtin_mul_overflow(a, b, &out); }

bool scaled_up(Coefficient& value, int digits) {
    for (int i = 0; i < digits; ++i) {
        if (!multiply_checked(value, 10, value)) return false;
    }
    return true;
}

Coefficient power_of_ten(int digits) {
    Coefficient out = 1;
    while (digits-- > 0) out *= 10;
    return out;
}

/// Quotient rounded half away from zero.
Coefficient rounded_quotient(Coefficient dividend, Coefficient divisor) {
    const Coefficient quotient = dividend / divisor;
    Coefficient rest = dividend % divisor;
    if (rest < 0) rest = -rest;
    const Coefficient size = divisor < 0 ? -divisor : divisor;
    if (rest < size - rest) return quotient;
    return (dividend < 0) == (divisor < 0) ? quotient + 1 : quotient - 1;
}

} // namespace

std::optional<Decimal> Decimal::read(std::string_view text) {
    bool negative = false;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    Coefficient coefficient = 0;
    int scale = 0;
    bool point = false;
    bool digits = false;
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9') break;
        if (!multiply_checked(coefficient, 10, coefficient) || __builtin_add_overflow(coefficient, Coefficient(c - '0'), &coefficient))
            return std::nullopt;
        digits = true;
        scale += point ? 1 : 0;
    }
    if (!digits) return std::nullopt;
    if (at < text.size()) {
        if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
        const std::string exponent(text.substr(at + 1));
        char* end = nullptr;
        const long value = std::strtol(exponent.c_str(), &end, 10);
        const bool spaced =
            !exponent.empty() && std::isspace(static_cast<unsigned char>(exponent.front())); // strtol skips it, a number has none
        if (exponent.empty() || spaced || *end != '\0' || std::labs(value) > kExponentMax) return std::nullopt;
        scale -= static_cast<int>(value);
    }
    if (scale < 0) {
        if (!scaled_up(coefficient, -scale)) return std::nullopt;
        scale = 0;
    }
    while (scale > kScaleMax && coefficient % 10 == 0) {
        coefficient /= 10;
        --scale;
    }
    if (scale > kScaleMax + kExponentMax) return std::nullopt;
    return Decimal(negative ? -coefficient : coefficient, scale);
}

std::string Decimal::text() const {
    std::string digits;
    Coefficient rest = coefficient_ < 0 ? -coefficient_ : coefficient_;
    do {
        digits += static_cast<char>('0' + static_cast<int>(rest % 10));
        rest /= 10;
    } while (rest != 0);
    while (static_cast<int>(digits.size()) <= scale_) digits += '0';
    std::reverse(digits.begin(), digits.end());
    if (scale_ > 0) digits.insert(digits.size() - static_cast<std::size_t>(scale_), ".");
    return coefficient_ < 0 ? "-" + digits : digits;
}

bool Decimal::is_integer() const { return normalized().scale_ == 0; }

double Decimal::to_double() const { return std::strtod(text().c_str(), nullptr); }

std::optional<std::int64_t> Decimal::to_int64() const {
    const auto plain = normalized();
    if (plain.scale_ != 0 || plain.coefficient_ > INT64_MAX || plain.coefficient_ < INT64_MIN) return std::nullopt;
    return static_cast<std::int64_t>(plain.coefficient_);
}

Decimal Decimal::normalized() const {
    Decimal out = *this;
    while (out.scale_ > 0 && out.coefficient_ % 10 == 0) {
        out.coefficient_ /= 10;
        --out.scale_;
    }
    return out;
}

Decimal Decimal::rounded(int digits) const {
    Decimal out = *this;
    if (digits >= scale_) {
        if (scaled_up(out.coefficient_, digits - scale_)) out.scale_ = digits;
        else out = *this;
        return out;
    }
    const int dropped = scale_ - digits;
    out.coefficient_ = dropped > kScaleMax ? 0 : rounded_quotient(coefficient_, power_of_ten(dropped));
    out.scale_ = digits;
    return out;
}

Decimal Decimal::truncated(int digits) const {
    if (digits >= scale_) return *this;
    const int dropped = scale_ - digits;
    return Decimal(dropped > kScaleMax ? Coefficient(0) : coefficient_ / power_of_ten(dropped), digits);
}

std::optional<Decimal> Decimal::add(const Decimal& a, const Decimal& b) {
    const int scale = std::max(a.scale_, b.scale_);
    Coefficient left = a.coefficient_;
    Coefficient right = b.coefficient_;
    Coefficient sum = 0;
    if (!scaled_up(left, scale - a.scale_) || !scaled_up(right, scale - b.scale_) || __builtin_add_overflow(left, right, &sum))
        return std::nullopt;
    return Decimal(sum, scale);
}

std::optional<Decimal> Decimal::subtract(const Decimal& a, const Decimal& b) { return add(a, b.negated()); }

std::optional<Decimal> Decimal::multiply(const Decimal& a, const Decimal& b) {
    Coefficient product = 0;
    if (multiply_checked(a.coefficient_, b.coefficient_, product)) return Decimal(product, a.scale_ + b.scale_);
    const auto left = a.normalized();
    const auto right = b.normalized();
    if (!multiply_checked(left.coefficient_, right.coefficient_, product)) return std::nullopt;
    return Decimal(product, left.scale_ + right.scale_);
}

std::optional<Decimal> Decimal::divide(const Decimal& a, const Decimal& b, int digits) {
    if (b.coefficient_ == 0) return std::nullopt;
    // a/10^sa / (b/10^sb) = (a * 10^(digits + sb - sa)) / b / 10^digits
    auto dividend = a.normalized();
    const auto divisor = b.normalized();
    const int shift = digits + divisor.scale_ - dividend.scale_;
    if (shift >= 0) {
        if (!scaled_up(dividend.coefficient_, shift)) return std::nullopt;
        return Decimal(rounded_quotient(dividend.coefficient_, divisor.coefficient_), digits);
    }
    Coefficient scaled_divisor = divisor.coefficient_;
    if (!scaled_up(scaled_divisor, -shift)) return Decimal(0, digits);
    return Decimal(rounded_quotient(dividend.coefficient_, scaled_divisor), digits);
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
    const bool a_negative = a.coefficient_ < 0;
    const bool b_negative = b.coefficient_ < 0;
    if (a_negative != b_negative) return a_negative ? std::strong_ordering::less : std::strong_ordering::greater;
    const int scale = std::max(a.scale_, b.scale_);
    Coefficient left = a.coefficient_;
    Coefficient right = b.coefficient_;
    // A side that does not fit 128 bits after scaling is larger in size than any that does.
    const bool left_fits = scaled_up(left, scale - a.scale_);
    const bool right_fits = scaled_up(right, scale - b.scale_);
    if (left_fits && right_fits)
        return left < right ? std::strong_ordering::less : left > right ? std::strong_ordering::greater : std::strong_ordering::equal;
    const bool left_larger = !left_fits;
    return left_larger != a_negative ? std::strong_ordering::greater : std::strong_ordering::less;
}

} // namespace huitong
