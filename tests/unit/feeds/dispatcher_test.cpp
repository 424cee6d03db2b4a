// Order per patient, parallel across patients.
#include "feeds/dispatcher.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>

using huitong::feeds::Dispatcher;

namespace {

struct Started {
    std::vector<std::uint64_t> numbers;
    Dispatcher dispatcher{[this](std::uint64_t number) { numbers.push_back(number); }};
};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher)

BOOST_AUTO_TEST_CASE(messages_of_one_patient_wait_for_each_other) {
    Started started;
    started.dispatcher.add(1, {"a"});
    started.dispatcher.add(2, {"a"});
    started.dispatcher.add(3, {"b"});
    BOOST_TEST(started.numbers == (std::vector<std::uint64_t>{1, 3}), boost::test_tools::per_element());
    started.dispatcher.finished(1);
    BOOST_TEST(started.numbers.back() == 2u);
}

BOOST_AUTO_TEST_CASE(a_message_without_a_patient_waits_for_nobody) {
    Started started;
    started.dispatcher.add(1, {"a"});
    started.dispatcher.add(2, {});
    BOOST_TEST(started.numbers.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_merge_waits_for_both_patients) {
    Started started;
    started.dispatcher.add(1, {"a"});
    started.dispatcher.add(2, {"b"});
    started.dispatcher.add(3, {"a", "b"});
    started.dispatcher.add(4, {"b"});
    started.dispatcher.finished(1);
    BOOST_TEST(std::count(started.numbers.begin(), started.numbers.end(), 3u) == 0);
    started.dispatcher.finished(2);
    BOOST_TEST(started.numbers.back() == 3u);
    started.dispatcher.finished(3);
    BOOST_TEST(started.numbers.back() == 4u);
}

BOOST_AUTO_TEST_CASE(a_feed_that_floods_keeps_no_other_feed_waiting) {
    std::vector<std::uint64_t> numbers;
    Dispatcher dispatcher([&](std::uint64_t number) { numbers.push_back(number); }, 2);
    for (std::uint64_t number = 1; number <= 100; ++number) dispatcher.add(number, {}, "flood");
    dispatcher.add(101, {}, "lis");
    dispatcher.add(102, {}, "pacs");
    BOOST_TEST(numbers == (std::vector<std::uint64_t>{1, 2}), boost::test_tools::per_element());
    BOOST_TEST(dispatcher.backlog("flood") == 100u);
    dispatcher.finished(1);
    dispatcher.finished(2);
    dispatcher.finished(101);
    BOOST_TEST(numbers == (std::vector<std::uint64_t>{1, 2, 101, 102, 3}), boost::test_tools::per_element());
    BOOST_TEST(dispatcher.backlog("lis") == 0u);
}

BOOST_AUTO_TEST_CASE(a_message_that_waits_for_something_else_makes_room_and_keeps_its_patient) {
    std::vector<std::uint64_t> numbers;
    Dispatcher dispatcher([&](std::uint64_t number) { numbers.push_back(number); }, 1);
    dispatcher.add(1, {"a"}, "lis");
    dispatcher.add(2, {"a"}, "lis");
    dispatcher.add(3, {"b"}, "lis");
    dispatcher.step_aside(1);
    BOOST_TEST(numbers == (std::vector<std::uint64_t>{1, 3}), boost::test_tools::per_element());
    dispatcher.finished(1); // 3 still runs
    BOOST_TEST(numbers.size() == 2u);
    dispatcher.finished(3);
    BOOST_TEST(numbers.back() == 2u);
}

BOOST_AUTO_TEST_CASE(whatever_the_order_of_endings_every_message_starts_once_and_in_its_patients_order) {
    std::mt19937 random(20261120);
    Started started;
    constexpr std::uint64_t kMessages = 400;
    std::vector<std::vector<std::string>> keys;
    for (std::uint64_t number = 1; number <= kMessages; ++number) {
        std::vector<std::string> own;
        for (unsigned count = random() % 3; count > 0; --count) own.push_back(std::string(1, static_cast<char>('a' + random() % 12)));
        keys.push_back(own);
        started.dispatcher.add(number, own);
    }
    std::vector<std::uint64_t> running = started.numbers;
    while (!running.empty()) {
        const auto at = running.begin() + static_cast<std::ptrdiff_t>(random() % running.size());
        const auto number = *at;
        running.erase(at);
        const auto before = started.numbers.size();
        started.dispatcher.finished(number);
        running.insert(running.end(), started.numbers.begin() + static_cast<std::ptrdiff_t>(before), started.numbers.end());
    }
    BOOST_TEST(started.dispatcher.backlog() == 0u);
    BOOST_TEST(started.numbers.size() == kMessages);
    for (char key = 'a'; key <= 'l'; ++key) {
        std::vector<std::uint64_t> order;
        for (const auto number : started.numbers) {
            const auto& own = keys[number - 1];
            if (std::find(own.begin(), own.end(), std::string(1, key)) != own.end()) order.push_back(number);
        }
        BOOST_TEST(std::is_sorted(order.begin(), order.end()));
        BOOST_TEST((std::adjacent_find(order.begin(), order.end()) == order.end()));
    }
}

BOOST_AUTO_TEST_SUITE_END()
