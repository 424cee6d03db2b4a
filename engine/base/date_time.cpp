#include "base/date_time.hpp"

#include <fmt/format.h>

#include <chrono>

namespace huitong {
namespace {

/// Reads exactly `digits` digits at the front of `text` and drops them.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

bool take_fraction(std::string_view& text, DateTime& out) {
    int digits = 0;
    int micro = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if (digits < 6) micro = micro * 10 + (text.front() - '0');
        ++digits;
        text.remove_prefix(1);
    }
    if (digits == 0 || digits > 9) return false;
    for (int i = digits; i < 6; ++i) micro *= 10;
    out.microsecond = micro;
    out.fraction_digits = digits;
    out.precision = Precision::fraction;
    return true;
}

bool take_time(std::string_view& text, DateTime& out) {
    const auto hour = take_number(text, 2);
    if (!hour || *hour > 23) return false;
    out.hour = *hour;
    out.precision = Precision::hour;
    if (!take(text, ':')) return true;
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59) return false;
    out.minute = *minute;
    out.precision = Precision::minute;
    if (!take(text, ':')) return true;
    const auto second = take_number(text, 2);
    if (!second || *second > 60) return false;
    out.second = *second;
    out.precision = Precision::second;
    if (take(text, '.') && !take_fraction(text, out)) return false;
    if (out.second == 60) {
        out.second = 59;
        out.microsecond = 999'999;
    }
    return true;
}

bool take_offset(std::string_view& text, DateTime& out) {
    if (take(text, 'Z')) {
        out.offset_minutes = 0;
        return true;
    }
    const char sign = text.empty() ? '\0' : text.front();
    if (sign != '+' && sign != '-') return true;
    text.remove_prefix(1);
    const auto hours = take_number(text, 2);
    if (!hours || *hours > 14 || !take(text, ':')) return false;
    const auto minutes = take_number(text, 2);
    if (!minutes || *minutes > 59) return false;
    out.offset_minutes = (sign == '-' ? -1 : 1) * (*hours * 60 + *minutes);
    return true;
}

bool take_date(std::string_view& text, DateTime& out) {
    const auto year = take_number(text, 4);
    if (!year || *year == 0) return false;
    out.year = *year;
    out.precision = Precision::year;
    if (!take(text, '-')) return true;
    const auto month = take_number(text, 2);
    if (!month || *month < 1 || *month > 12) return false;
    out.month = *month;
    out.precision = Precision::month;
    if (!take(text, '-')) return true;
    const auto day = take_number(text, 2);
    if (!day || *day < 1 || *day > days_in_month(out.year, out.month)) return false;
    out.day = *day;
    out.precision = Precision::day;
    return true;
}

std::int64_t local_microseconds(const DateTime& value) {
    const std::int64_t seconds =
        (days_from_civil(value.year, value.month, value.day) * 24 + value.hour) * 3600 + value.minute * 60 + value.second;
    return seconds * kMicrosecondsPerSecond + value.microsecond;
}

/// The first local microsecond after everything `value` may mean.
std::int64_t local_end(const DateTime& value) {
    switch (value.precision) {
    case Precision::year: return days_from_civil(value.year + 1, 1, 1) * kMicrosecondsPerDay;
    case Precision::month:
        return (value.month == 12 ? days_from_civil(value.year + 1, 1, 1) : days_from_civil(value.year, value.month + 1, 1)) *
               kMicrosecondsPerDay;
    case Precision::day: return local_microseconds(value) + kMicrosecondsPerDay;
    case Precision::hour: return local_microseconds(value) + 3600 * kMicrosecondsPerSecond;
    case Precision::minute: return local_microseconds(value) + 60 * kMicrosecondsPerSecond;
    case Precision::second: return local_microseconds(value) + kMicrosecondsPerSecond;
    case Precision::fraction: break;
    }
    std::int64_t step = kMicrosecondsPerSecond;
    for (int i = 0; i < value.fraction_digits && i < 6; ++i) step /= 10;
    return local_microseconds(value) + step;
}

} // namespace

int days_in_month(int year, int month) {
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : kDays[month - 1];
}

std::int64_t days_from_civil(int year, int month, int day) {
    using namespace std::chrono;
    const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                              std::chrono::day(static_cast<unsigned>(day))};
    return sys_days(date).time_since_epoch().count();
}

std::optional<DateTime> read_date_time(std::string_view text) {
    DateTime out;
    if (!take_date(text, out)) return std::nullopt;
    if (take(text, 'T')) {
        if (text.empty()) return out;
        if (!take_time(text, out) || !take_offset(text, out)) return std::nullopt;
    }
    return text.empty() ? std::optional(out) : std::nullopt;
}

std::optional<DateTime> read_time(std::string_view text) {
    DateTime out;
    if (!take_time(text, out) || !text.empty()) return std::nullopt;
    return out;
}

std::string write_date_time(const DateTime& value) {
    std::string out = fmt::format("{:04}", value.year);
    if (value.precision >= Precision::month) out += fmt::format("-{:02}", value.month);
    if (value.precision >= Precision::day) out += fmt::format("-{:02}", value.day);
    if (value.precision >= Precision::hour) out += fmt::format("T{:02}", value.hour);
    if (value.precision >= Precision::minute) out += fmt::format(":{:02}", value.minute);
    if (value.precision >= Precision::second) out += fmt::format(":{:02}", value.second);
    if (value.precision == Precision::fraction) {
        auto digits = fmt::format("{:06}000", value.microsecond);
        digits.resize(static_cast<std::size_t>(value.fraction_digits));
        out += "." + digits;
    }
    if (value.offset_minutes && value.precision >= Precision::hour) {
        const int offset = *value.offset_minutes;
        out += offset == 0 ? std::string("Z")
                           : fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', std::abs(offset) / 60, std::abs(offset) % 60);
    }
    return out;
}

std::pair<Instant, Instant> instants_of(const DateTime& value, int default_offset_minutes) {
    const std::int64_t offset = std::int64_t{value.offset_minutes.value_or(default_offset_minutes)} * 60 * kMicrosecondsPerSecond;
    return {{local_microseconds(value) - offset}, {local_end(value) - offset}};
}

DateTime date_time_of(Instant instant, int offset_minutes) {
    using namespace std::chrono;
    const std::int64_t local = instant.microseconds + std::int64_t{offset_minutes} * 60 * kMicrosecondsPerSecond;
    const std::int64_t days = local >= 0 ? local / kMicrosecondsPerDay : -((-local + kMicrosecondsPerDay - 1) / kMicrosecondsPerDay);
    const std::int64_t rest = local - days * kMicrosecondsPerDay;
    const year_month_day date{sys_days(std::chrono::days(days))};
    DateTime out;
    out.year = static_cast<int>(date.year());
    out.month = static_cast<int>(static_cast<unsigned>(date.month()));
    out.day = static_cast<int>(static_cast<unsigned>(date.day()));
    const std::int64_t seconds = rest / kMicrosecondsPerSecond;
    out.hour = static_cast<int>(seconds / 3600);
    out.minute = static_cast<int>(seconds / 60 % 60);
    out.second = static_cast<int>(seconds % 60);
    out.microsecond = static_cast<int>(rest % kMicrosecondsPerSecond);
    out.fraction_digits = 6;
    out.precision = Precision::fraction;
    out.offset_minutes = offset_minutes;
    return out;
}

std::string instant_text(Instant instant, int offset_minutes) {
    auto value = date_time_of(instant, offset_minutes);
    value.fraction_digits = 3;
    return write_date_time(value);
}

Instant SystemClock::now() const {
    using namespace std::chrono;
    return {duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

} // namespace huitong
