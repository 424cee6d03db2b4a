// Dates keep the precision that was written; for search and recognition a value is the interval of all instants it may mean (FHIR R4,
// Search, "date").
#include "base/date_time.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace huitong;

namespace {

DateTime read(std::string_view text) {
    const auto value = read_date_time(text);
    BOOST_REQUIRE_MESSAGE(value, "no date: " << text);
    return *value;
}

std::string low(std::string_view text, int offset = 0) { return instant_text(instants_of(read(text), offset).first); }
std::string high(std::string_view text, int offset = 0) { return instant_text(instants_of(read(text), offset).second); }

} // namespace

BOOST_AUTO_TEST_SUITE(date_time)

BOOST_AUTO_TEST_CASE(written_precision_and_offset_come_back) {
    for (const auto* text :
         {"2024", "2024-02", "2024-02-29", "2024-02-29T08:30:00Z", "2024-02-29T08:30:00+08:00", "2024-02-29T08:30:00.5+08:00",
          "2024-02-29T08:30:00.120-05:30", "2024-12-31T23:59:59.999999+14:00", "0001-01-01"}) {
        BOOST_TEST(write_date_time(read(text)) == text);
    }
}

BOOST_AUTO_TEST_CASE(days_that_no_calendar_has_are_refused) {
    for (const auto* text : {"2023-02-29",
                             "1900-02-29",
                             "2024-02-30",
                             "2024-04-31",
                             "2024-13",
                             "2024-00",
                             "2024-01-00",
                             "2024-01-32",
                             "24-01-01",
                             "2024-1-1",
                             "2024/01/01",
                             "20240101",
                             "",
                             "2024-",
                             "2024-01-",
                             "2024-01-01T24:00:00Z",
                             "2024-01-01T08:60:00Z",
                             "2024-01-01T08:30:61Z",
                             "2024-01-01T08:30:00.Z",
                             "2024-01-01T08:30:00+8:00",
                             "2024-01-01T08:30:00Zx",
                             "2024-01-01 08:30:00"}) {
        BOOST_TEST(!read_date_time(text), "accepted: '" << text << "'");
    }
}

BOOST_AUTO_TEST_CASE(leap_years_follow_the_gregorian_rule) {
    BOOST_TEST(days_in_month(2024, 2) == 29);
    BOOST_TEST(days_in_month(2023, 2) == 28);
    BOOST_TEST(days_in_month(1900, 2) == 28);
    BOOST_TEST(days_in_month(2000, 2) == 29);
    BOOST_TEST(read_date_time("2000-02-29").has_value());
}

BOOST_AUTO_TEST_CASE(a_value_is_the_half_open_interval_of_its_precision) {
    BOOST_TEST(low("2024") == "2024-01-01T00:00:00.000Z");
    BOOST_TEST(high("2024") == "2025-01-01T00:00:00.000Z");
    BOOST_TEST(high("2024-12") == "2025-01-01T00:00:00.000Z");
    BOOST_TEST(high("2024-02") == "2024-03-01T00:00:00.000Z");
    BOOST_TEST(high("2024-02-29") == "2024-03-01T00:00:00.000Z");
    BOOST_TEST(high("2024-02-29T23:59Z") == "2024-03-01T00:00:00.000Z");
    BOOST_TEST(high("2024-02-29T08:30:00Z") == "2024-02-29T08:30:01.000Z");
    BOOST_TEST(high("2024-02-29T08:30:00.5Z") == "2024-02-29T08:30:00.600Z");
    BOOST_TEST(high("2024-02-29T08:30:00.50Z") == "2024-02-29T08:30:00.510Z");
}

// A day written without a zone is a day of the ward (UTC+8), not of Greenwich: else an early morning result falls on the day before.
BOOST_AUTO_TEST_CASE(a_value_without_zone_uses_the_zone_of_the_server) {
    BOOST_TEST(low("2024-03-01", 480) == "2024-02-29T16:00:00.000Z");
    BOOST_TEST(low("2024-03-01T08:00:00+08:00", 0) == "2024-03-01T00:00:00.000Z");
    BOOST_TEST(low("2024-03-01T00:00:00-05:30", 480) == "2024-03-01T05:30:00.000Z");
}

BOOST_AUTO_TEST_CASE(a_leap_second_is_the_last_moment_of_its_minute) {
    const auto value = read("2016-12-31T23:59:60Z");
    BOOST_TEST(value.second == 59);
    BOOST_TEST(value.microsecond == 999'999);
}

BOOST_AUTO_TEST_CASE(partial_times_of_fhirpath_literals_are_read) {
    BOOST_TEST((read("2024-01-01T").precision == Precision::day));
    BOOST_TEST((read("2024-01-01T08").precision == Precision::hour));
    BOOST_TEST((read("2024-01-01T08:30").precision == Precision::minute));
}

BOOST_AUTO_TEST_CASE(times_of_day) {
    BOOST_TEST((read_time("08:30")->precision == Precision::minute));
    BOOST_TEST(read_time("08:30:15.250")->microsecond == 250'000);
    for (const auto* text : {"24:00", "8:30", "08:60", "08:30:15.", "08:30Z", ""})
        BOOST_TEST(!read_time(text), "accepted: '" << text << "'");
}

BOOST_AUTO_TEST_CASE(property_an_instant_goes_to_civil_time_and_back_at_any_offset) {
    std::mt19937_64 engine(7);
    std::uniform_int_distribution<std::int64_t> moments(-4'000'000'000'000'000, 8'000'000'000'000'000);
    std::uniform_int_distribution<int> offsets(-14 * 60, 14 * 60);
    for (int i = 0; i < 5'000; ++i) {
        const Instant instant{moments(engine)};
        const auto civil = date_time_of(instant, offsets(engine));
        BOOST_REQUIRE_EQUAL(instants_of(civil, 0).first.microseconds, instant.microseconds);
        const auto again = read_date_time(write_date_time(civil));
        BOOST_REQUIRE(again);
        BOOST_REQUIRE((*again == civil));
    }
}

BOOST_AUTO_TEST_CASE(property_days_count_one_by_one) {
    std::int64_t expected = days_from_civil(1899, 12, 31);
    for (int year = 1900; year <= 2100; ++year) {
        for (int month = 1; month <= 12; ++month) {
            for (int day = 1; day <= days_in_month(year, month); ++day) BOOST_REQUIRE_EQUAL(days_from_civil(year, month, day), ++expected);
        }
    }
    BOOST_TEST(days_from_civil(1970, 1, 1) == 0);
}

BOOST_AUTO_TEST_CASE(instants_are_written_with_milliseconds_and_offset) {
    const Instant instant{1'700'000'000'123'456};
    BOOST_TEST(instant_text(instant) == "2023-11-14T22:13:20.123Z");
    BOOST_TEST(instant_text(instant, 480) == "2023-11-15T06:13:20.123+08:00");
    BOOST_TEST(instant_text(Instant{-1}) == "1969-12-31T23:59:59.999Z");
}

BOOST_AUTO_TEST_CASE(a_set_clock_stands_still_until_told) {
    SetClock clock(Instant{5});
    BOOST_TEST(clock.now().microseconds == 5);
    clock.set(Instant{9});
    BOOST_TEST(clock.now().microseconds == 9);
}

BOOST_AUTO_TEST_SUITE_END()
