#include "fhirpath/source_text.hpp"

#include "ucum/ucum.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace huitong::fhirpath {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void skip_spaces(std::string_view& text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}
std::string_view trimmed(std::string_view text) {
    skip_spaces(text);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

template <std::size_t N>
bool take_any(std::string_view& text, const std::array<std::string_view, N>& words) {
    for (const auto word : words) {
        if (!text.starts_with(word)) continue;
        text.remove_prefix(word.size());
        return true;
    }
    return false;
}

std::string_view take_digits(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && is_digit(text[length])) ++length;
    const auto out = text.substr(0, length);
    text.remove_prefix(length);
    return out;
}

int number_of(std::string_view digits) {
    int out = 0;
    for (const char c : digits) out = out * 10 + (c - '0');
    return out;
}

/// Reads a date field by field; `ok` is false once something does not fit.
class DateReader {
public:
    explicit DateReader(std::string_view text) : rest_(trimmed(text)) {}

    std::optional<DateTime> run(int offset_minutes) {
        read_date();
        if (ok_) read_zone();
        if (!ok_ || !rest_.empty() || !is_real()) return std::nullopt;
        if (out_.precision < Precision::hour) {
            out_.offset_minutes.reset();
            return out_;
        }
        if (out_.precision < Precision::second) out_.precision = Precision::second;
        if (!out_.offset_minutes) out_.offset_minutes = offset_minutes;
        return out_;
    }

private:
    void set(Precision precision, int value) {
        int* const fields[] = {&out_.year, &out_.month, &out_.day, &out_.hour, &out_.minute, &out_.second};
        *fields[static_cast<int>(precision)] = value;
        out_.precision = precision;
    }

    void read_date() {
        const auto digits = take_digits(rest_);
        if (digits.size() < 4 || digits.size() > 14 || digits.size() % 2 != 0) return fail();
        set(Precision::year, number_of(digits.substr(0, 4)));
        if (digits.size() == 4 && !rest_.empty()) return read_separated();
        for (std::size_t at = 4; at < digits.size(); at += 2) set(static_cast<Precision>(at / 2 - 1), number_of(digits.substr(at, 2)));
        if (out_.precision == Precision::second) read_fraction();
        else if (out_.precision == Precision::day) read_time_after_date();
    }

    void read_separated() {
        static constexpr std::array<std::string_view, 4> kSeparators = {"-", "/", ".", "年"};
        // "2026+0800" and "2026-0800" are a year with a zone.
        if (rest_.size() == 5 && (rest_[0] == '+' || rest_[0] == '-') && std::all_of(rest_.begin() + 1, rest_.end(), is_digit)) return;
        for (const auto precision : {Precision::month, Precision::day}) {
            if (!take_any(rest_, kSeparators) && !take_any(rest_, std::array<std::string_view, 1>{"月"})) return;
            const auto digits = take_digits(rest_);
            if (digits.empty() && precision == Precision::day) return; // "2026年11月"
            if (digits.empty() || digits.size() > 2) return fail();
            set(precision, number_of(digits));
        }
        take_any(rest_, std::array<std::string_view, 2>{"日", "号"});
        read_time_after_date();
    }

    void read_time_after_date() {
        const bool marked = take_any(rest_, std::array<std::string_view, 1>{"T"});
        skip_spaces(rest_);
        if (rest_.empty() || (!marked && !is_digit(rest_.front()))) return;
        for (const auto precision : {Precision::hour, Precision::minute, Precision::second}) {
            const auto digits = take_digits(rest_);
            if (digits.empty() || digits.size() > 2) return fail();
            set(precision, number_of(digits));
            if (precision == Precision::second || !take_any(rest_, std::array<std::string_view, 2>{":", "："})) break;
        }
        if (out_.precision == Precision::second) read_fraction();
    }

    void read_fraction() {
        if (rest_.size() < 2 || rest_[0] != '.' || !is_digit(rest_[1])) return;
        rest_.remove_prefix(1);
        const auto digits = take_digits(rest_).substr(0, 6);
        out_.microsecond = number_of(digits);
        for (std::size_t at = digits.size(); at < 6; ++at) out_.microsecond *= 10;
        out_.fraction_digits = static_cast<int>(digits.size());
        out_.precision = Precision::fraction;
    }

    void read_zone() {
        skip_spaces(rest_);
        if (rest_.empty()) return;
        if (rest_ == "Z") {
            out_.offset_minutes = 0;
            return rest_.remove_prefix(1);
        }
        const bool negative = rest_.front() == '-';
        if (!negative && rest_.front() != '+') return fail();
        rest_.remove_prefix(1);
        auto digits = std::string(take_digits(rest_));
        if (digits.size() == 2 && take_any(rest_, std::array<std::string_view, 1>{":"})) digits += take_digits(rest_);
        if (digits.size() != 4) return fail();
        const int minutes = number_of(digits.substr(0, 2)) * 60 + number_of(digits.substr(2));
        if (minutes > 14 * 60 || number_of(digits.substr(2)) > 59) return fail();
        out_.offset_minutes = negative ? -minutes : minutes;
    }

    bool is_real() const {
        return out_.year > 0 && out_.month >= 1 && out_.month <= 12 && out_.day >= 1 && out_.day <= days_in_month(out_.year, out_.month) &&
               out_.hour < 24 && out_.minute < 60 && out_.second < 60;
    }
    void fail() { ok_ = false; }

    std::string_view rest_;
    DateTime out_;
    bool ok_ = true;
};

/// Takes "-2.50" from the front; no sign '+', which marks a grade ("+1"), not a number.
std::optional<Decimal> take_number(std::string_view& text) {
    std::size_t length = text.starts_with('-') ? 1 : 0;
    const auto first = length;
    while (length < text.size() && (is_digit(text[length]) || text[length] == '.')) ++length;
    if (length == first) return std::nullopt;
    std::string digits(text.substr(0, length));
    if (digits[first] == '.') digits.insert(first, 1, '0');
    auto out = Decimal::read(digits);
    if (out) text.remove_prefix(length);
    return out;
}

std::string take_comparator(std::string_view& text) {
    static constexpr std::pair<std::string_view, std::string_view> kWritten[] = {{"<=", "<="}, {">=", ">="}, {"＜=", "<="}, {"＞=", ">="},
                                                                                 {"≤", "<="},  {"≥", ">="},  {"<", "<"},    {">", ">"},
                                                                                 {"＜", "<"},  {"＞", ">"},  {"小于", "<"}, {"大于", ">"}};
    for (const auto& [written, comparator] : kWritten) {
        if (!text.starts_with(written)) continue;
        text.remove_prefix(written.size());
        skip_spaces(text);
        return std::string(comparator);
    }
    return {};
}

} // namespace

std::optional<DateTime> read_source_date(std::string_view text, int offset_minutes) { return DateReader(text).run(offset_minutes); }

std::string write_source_date(const DateTime& value) {
    auto out = fmt::format("{:04}", value.year);
    const std::pair<Precision, int> fields[] = {{Precision::month, value.month},
                                                {Precision::day, value.day},
                                                {Precision::hour, value.hour},
                                                {Precision::minute, value.minute},
                                                {Precision::second, value.second}};
    for (const auto& [precision, number] : fields) {
        if (value.precision >= precision) out += fmt::format("{:02}", number);
    }
    if (!value.offset_minutes || value.precision < Precision::hour) return out;
    const int offset = *value.offset_minutes;
    return out + fmt::format("{}{:02}{:02}", offset < 0 ? '-' : '+', std::abs(offset) / 60, std::abs(offset) % 60);
}

std::optional<SourceNumber> read_source_number(std::string_view text) {
    text = trimmed(text);
    SourceNumber out;
    out.comparator = take_comparator(text);
    const auto value = take_number(text);
    if (!value) return std::nullopt;
    skip_spaces(text);
    take_any(text, std::array<std::string_view, 2>{"↑", "↓"});
    if (!trimmed(text).empty()) return std::nullopt;
    out.value = *value;
    return out;
}

std::optional<SourceRange> read_source_range(std::string_view text) {
    static constexpr std::array<std::string_view, 8> kBetween = {"--", "-", "~", "～", "—", "–", "至", "－"};
    text = trimmed(text);
    if (text.size() > 1 && text.front() == '(' && text.back() == ')') text = trimmed(text.substr(1, text.size() - 2));
    SourceRange out;
    const auto comparator = take_comparator(text);
    const auto first = take_number(text);
    if (!first) return std::nullopt;
    skip_spaces(text);
    if (!comparator.empty()) {
        if (!text.empty()) return std::nullopt;
        (comparator.starts_with('<') ? out.high : out.low) = first;
        return out;
    }
    if (!take_any(text, kBetween)) return std::nullopt;
    skip_spaces(text);
    const auto second = take_number(text);
    skip_spaces(text);
    if (!second || !text.empty() || *second < *first) return std::nullopt;
    out.low = first;
    out.high = second;
    return out;
}

std::optional<MolarPair> read_molar_pair(std::string_view note) {
    auto value_of = [&](std::string_view key) -> std::string_view {
        for (auto rest = note; !rest.empty();) {
            const auto part = trimmed(rest.substr(0, rest.find(';')));
            if (part.starts_with(key) && part.substr(key.size()).starts_with('=')) return trimmed(part.substr(key.size() + 1));
            const auto next = rest.find(';');
            rest = next == rest.npos ? std::string_view() : rest.substr(next + 1);
        }
        return {};
    };
    const auto molar = value_of("molar");
    const auto space = molar.find(' ');
    auto mass = value_of("molar_mass");
    const auto number = take_number(mass);
    if (space == molar.npos || !number || !(Decimal(0) < *number)) return std::nullopt;
    return MolarPair{std::string(molar.substr(0, space)), std::string(trimmed(molar.substr(space))), *number};
}

int significant_digits(const Decimal& value) {
    auto coefficient = value.coefficient();
    int out = 0;
    for (; coefficient != 0; coefficient /= 10) ++out;
    return out == 0 ? 1 : out;
}

Decimal rounded_to_significant(const Decimal& value, int digits) {
    const int surplus = significant_digits(value) - digits;
    if (surplus <= 0) return value;
    Decimal::Coefficient unit = 1;
    for (int at = 0; at < surplus; ++at) unit *= 10;
    const auto half = value.coefficient() < 0 ? -(unit / 2) : unit / 2;
    auto coefficient = (value.coefficient() + half) / unit;
    int scale = value.scale() - surplus;
    for (; scale < 0; ++scale) coefficient *= 10;
    const auto out = Decimal::of(coefficient, scale);
    // 9.96 to two digits is 10, not 10.0.
    return scale > 0 && significant_digits(out) > digits ? rounded_to_significant(out, digits) : out;
}

namespace {

std::optional<Decimal> molar_of(const Decimal& value, std::string_view unit, const MolarPair& pair) {
    constexpr int kDigits = 18;
    const auto mass = ucum::convert(value, unit, "g/L");
    if (!mass) return std::nullopt;
    const auto amount = Decimal::divide(*mass, pair.molar_mass, kDigits);
    if (!amount) return std::nullopt;
    const auto out = ucum::convert(*amount, "mol/L", pair.unit);
    if (!out) return std::nullopt;
    return *out;
}

} // namespace

/// The last place that was sent says how finely was measured: one step of it, converted, is the finest that may be told. Its leading digit
/// names the place to round to, so that two values that differ still differ, in the same order.
std::optional<Decimal> molar_value(const Decimal& value, std::string_view unit, const MolarPair& pair) {
    const auto out = molar_of(value, unit, pair);
    const auto step = molar_of(Decimal::of(1, value.scale()), unit, pair);
    if (!out || !step) return std::nullopt;
    const int place = significant_digits(*step) - 1 - step->scale(); // of the leading digit, as a power of ten
    const int digits = significant_digits(*out) - out->scale() - place;
    return digits < 1 ? Decimal(0) : rounded_to_significant(*out, digits);
}

} // namespace huitong::fhirpath
