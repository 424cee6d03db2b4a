// What was accepted lately: the latest content of a thing, for so many days.
#include "feeds/duplicates.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::feeds;

namespace {

using Match = Duplicates::Match;

constexpr Instant kNoon{43'200'000'000};

Instant days_later(std::int64_t days) { return {kNoon.microseconds + days * kMicrosecondsPerDay}; }

MessageKey key(std::uint64_t subject, std::uint64_t content) {
    MessageKey out;
    out.subject = {subject, 1};
    out.content = {content, 2};
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(duplicates)

BOOST_AUTO_TEST_CASE(only_the_latest_content_of_a_thing_is_the_same) {
    Duplicates known(7);
    known.add(key(1, 100), 1, kNoon);
    known.add(key(1, 200), 2, kNoon);
    BOOST_CHECK(known.find(key(1, 200)).match == Match::same);
    BOOST_CHECK(known.find(key(1, 100)).match == Match::other);
    BOOST_CHECK(known.find(key(2, 100)).match == Match::unknown);
    BOOST_TEST(known.find(key(1, 200)).number == 2U);
}

BOOST_AUTO_TEST_CASE(the_highest_number_is_the_latest_in_whatever_order_and_on_whatever_day_it_is_told) {
    Duplicates known(7);
    known.add(key(1, 300), 3, kNoon);
    known.add(key(1, 200), 2, kNoon);
    known.add(key(1, 100), 1, days_later(1)); // a clock that was set
    BOOST_CHECK(known.find(key(1, 300)).match == Match::same);
}

BOOST_AUTO_TEST_CASE(what_could_not_be_kept_is_no_duplicate_and_brings_nothing_older_back) {
    Duplicates known(7);
    known.add(key(1, 100), 1, kNoon);
    known.add(key(1, 200), 2, days_later(1));
    known.add(key(1, 100), 3, days_later(1));
    known.withdraw(key(1, 100), 3);
    BOOST_CHECK(known.find(key(1, 100)).match == Match::unknown);
    BOOST_CHECK(known.find(key(1, 200)).match == Match::unknown);
    known.add(key(1, 200), 4, days_later(1));
    BOOST_CHECK(known.find(key(1, 200)).match == Match::same);
}

BOOST_AUTO_TEST_CASE(a_message_is_forgotten_after_its_days_and_not_before) {
    Duplicates known(7);
    known.add(key(1, 100), 1, kNoon);
    known.add(key(2, 100), 2, days_later(7));
    BOOST_CHECK(known.find(key(1, 100)).match == Match::same);
    known.add(key(3, 100), 3, days_later(8));
    BOOST_CHECK(known.find(key(1, 100)).match == Match::unknown);
    BOOST_TEST(known.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
