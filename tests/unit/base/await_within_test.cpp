// Who waits for an answer goes on when the time is over, also when the answer never comes.
#include "base/await_within.hpp"

#include "base/await_callback.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

using namespace huitong;
namespace asio = boost::asio;

namespace {

struct Waiter {
    asio::awaitable<void> wait(std::function<void(std::function<void(int)>)> start, std::chrono::milliseconds time) {
        auto work = await_callback<int>(std::move(start));
        result = co_await await_within<int>(std::move(work), time);
        is_done = true;
    }
    void begin(std::function<void(std::function<void(int)>)> start, std::chrono::milliseconds time) {
        asio::co_spawn(asio::make_strand(io), wait(std::move(start), time), [](const std::exception_ptr&) {});
    }
    asio::io_context io;
    std::optional<int> result;
    bool is_done = false;
};

} // namespace

BOOST_AUTO_TEST_SUITE(await_within_a_time)

BOOST_AUTO_TEST_CASE(an_answer_in_time_is_given) {
    Waiter waiter;
    waiter.begin([](const auto& answer) { answer(7); }, std::chrono::hours(1));
    waiter.io.run(); // ends at once: nobody waits for the hour
    BOOST_TEST(waiter.is_done);
    BOOST_TEST(waiter.result.value_or(0) == 7);
}

BOOST_AUTO_TEST_CASE(who_gets_no_answer_goes_on_and_a_late_one_harms_nobody) {
    Waiter waiter;
    std::function<void(int)> late;
    waiter.begin([&](auto answer) { late = std::move(answer); }, std::chrono::milliseconds(1));
    while (!waiter.is_done && waiter.io.run_one_for(std::chrono::minutes(1)) > 0) {}
    BOOST_TEST(waiter.is_done);
    BOOST_TEST(!waiter.result);
    late(7);
    late = nullptr;
    waiter.io.run();
    BOOST_TEST(!waiter.result);
}

BOOST_AUTO_TEST_SUITE_END()
