/// FHIR date, dateTime, instant and time with the precision that was written.
/// Source: FHIR R4, Datatypes, "primitive types"; FHIR R4, Search, "date" (a value is the interval of all instants it may mean).
#pragma once

#include "base/instant.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace huitong {

enum class Precision : std::uint8_t { year, month, day, hour, minute, second, fraction };

/// A point in civil time as written. Fields finer than `precision` hold their lowest value.
struct DateTime {
    int year = 1;
    int month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int microsecond = 0;
    int fraction_digits = 0; ///< digits written after the point, 0 to 9 (beyond six they are kept only in the text)
    Precision precision = Precision::day;
    std::optional<int> offset_minutes; ///< absent: no zone was written
    bool operator==(const DateTime&) const = default;
};

/// Reads "2024", "2024-02", "2024-02-29", "2024-02-29T08:30:00.5+08:00", also with a trailing "T" or partial time (FHIRPath literals).
/// nullopt: not a date or not a day of the calendar. `leap second` 60 is accepted and counts as 59.999999.
std::optional<DateTime> read_date_time(std::string_view text);
/// Reads "08:30", "08:30:15.250"; the date fields stay at their lowest.
std::optional<DateTime> read_time(std::string_view text);
/// Writes with exactly the precision and offset held ("Z" for an offset of zero).
std::string write_date_time(const DateTime& value);

/// Half-open interval [low, high) of the instants that `value` may mean; `default_offset_minutes` is used when no zone was written.
std::pair<Instant, Instant> instants_of(const DateTime& value, int default_offset_minutes);
/// The civil time of an instant at an offset, to the microsecond.
DateTime date_time_of(Instant instant, int offset_minutes);

int days_in_month(int year, int month);
/// Days since 1970-01-01, proleptic Gregorian.
std::int64_t days_from_civil(int year, int month, int day);

} // namespace huitong
