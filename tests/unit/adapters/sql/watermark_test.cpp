#include "adapters/sql/watermark.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::adapters::sql;

BOOST_AUTO_TEST_SUITE(watermark)

BOOST_AUTO_TEST_CASE(a_mark_is_read_as_it_was_written) {
    BOOST_TEST(read_watermark(write_watermark("2026-11-20 08:45:00.123")) == "2026-11-20 08:45:00.123");
    BOOST_TEST(read_watermark("") == "");
    BOOST_TEST(read_watermark("{\"time\":") == ""); // half a file: the view is read anew
}

BOOST_AUTO_TEST_CASE(a_step_back_is_spelled_as_the_database_spells_times) {
    BOOST_TEST(earlier("2026-11-20 00:01:00", 300).value() == "2026-11-19 23:56:00");
    BOOST_TEST(earlier("2026-11-20T08:45:00.500", 60).value() == "2026-11-20T08:44:00.500");
    BOOST_TEST(earlier("2026/11/20 08:45", 300).value() == "2026/11/20 08:40");
    BOOST_TEST(earlier("2026-11-20 08:45:00+08:00", 300).value() == "2026-11-20 08:40:00+08:00");
    BOOST_TEST(earlier("2026-11-20", 86'400).value() == "2026-11-19");
    BOOST_TEST(earlier("20261128000100", 300).value() == "20261127235600");
    BOOST_TEST(earlier("202611280001", 300).value() == "202611272356");
    BOOST_TEST(earlier("20261340000000", 300).value() == "20261339999700"); // no day of the calendar: a number
    BOOST_TEST(earlier("1000", 300).value() == "700");
    BOOST_TEST(!earlier("yesterday", 300));
}

BOOST_AUTO_TEST_CASE(times_and_numbers_are_compared_as_what_they_are) {
    BOOST_TEST(is_later("10", "9"));
    BOOST_TEST(!is_later("9", "10"));
    BOOST_TEST(is_later("2026-11-20 08:45:00", "2026/11/20 08:44"));
    BOOST_TEST(!is_later("2026-11-20 08:45:00", "2026-11-20 08:45:00"));
    BOOST_TEST(is_later("b", "a"));
}

BOOST_AUTO_TEST_CASE(a_mistyped_year_lies_ahead) {
    const Instant now = instants_of(*read_date_time("2026-11-20T08:45:00+08:00"), 0).first;
    BOOST_TEST(lies_ahead("2062-11-20 08:45:00", now, 480, 86'400));
    BOOST_TEST(lies_ahead("20621120084500", now, 480, 86'400));
    BOOST_TEST(!lies_ahead("20261120094500", now, 480, 86'400));
    BOOST_TEST(!lies_ahead("2026-11-20 09:45:00", now, 480, 86'400));
    BOOST_TEST(!lies_ahead("20991231", now, 480, 86'400)); // a number is no time
}

BOOST_AUTO_TEST_SUITE_END()
