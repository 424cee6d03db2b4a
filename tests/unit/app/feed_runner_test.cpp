// A feed that ends by itself is started again and told; one that cannot begin ends the start; a stop ends all.
#include "app/feed_runner.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <thread>

using namespace huitong;
namespace asio = boost::asio;

namespace {

/// Throws in the runs that it is told to, serves until cancelled in the others.
class Unsteady final : public feeds::Adapter {
public:
    explicit Unsteady(std::vector<bool> throws) : throws_(std::move(throws)) {}

    asio::awaitable<void> run(feeds::Inbox&) override {
        const auto number = runs_++;
        if (number < throws_.size() && throws_[number]) {
            // It listens for a while first: what fails before that ends the start of the hub.
            asio::steady_timer a_while(co_await asio::this_coro::executor, std::chrono::milliseconds(number == 0 && listens ? 200 : 1));
            if (listens) is_open_ = true;
            co_await a_while.async_wait(asio::as_tuple(asio::use_awaitable));
            throw std::system_error(std::make_error_code(std::errc::address_in_use));
        }
        is_open_ = true;
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        co_await asio::this_coro::throw_if_cancelled(false);
        asio::steady_timer forever(co_await asio::this_coro::executor, std::chrono::hours(1));
        co_await forever.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    Parsed<fhir::DocumentPtr> decode(const feeds::RawMessage&) const override { return {}; }
    std::string address() const override { return is_open_ ? "there" : ""; }

    bool listens = true;
    std::size_t runs() const { return runs_; }

private:
    std::vector<bool> throws_;
    std::atomic<std::size_t> runs_{0};
    std::atomic<bool> is_open_{false};
};

class NoInbox final : public feeds::Inbox {
    asio::awaitable<feeds::Ticket> take(feeds::RawMessage) override { throw std::logic_error("nothing is taken here"); }
};

struct House {
    asio::io_context io;
    NoInbox inbox;
    std::vector<std::unique_ptr<feeds::Adapter>> adapters;
    std::vector<feeds::FeedSettings> feeds;
    Unsteady* first = nullptr;
    std::unique_ptr<app::FeedRunner> runner;
    std::jthread thread;

    explicit House(std::vector<bool> throws, bool listens = true) {
        auto adapter = std::make_unique<Unsteady>(std::move(throws));
        first = adapter.get();
        first->listens = listens;
        adapters.push_back(std::move(adapter));
        feeds.resize(1);
        feeds[0].name = "lis-a";
        runner = std::make_unique<app::FeedRunner>(io, inbox, adapters, feeds,
                                                   app::FeedRunner::Pauses{std::chrono::milliseconds(5), std::chrono::milliseconds(20)});
        runner->start();
        thread = std::jthread([this] { io.run(); });
    }
    ~House() {
        runner->stop();
        thread.join();
    }
    static bool comes(const std::function<bool()>& condition) {
        for (int tries = 0; tries < 2'000; ++tries) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return false;
    }
    bool listens() {
        const auto answer = runner->is_listening();
        return answer && *answer;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(feed_runner)

BOOST_AUTO_TEST_CASE(a_feed_that_ends_by_itself_is_started_again) {
    House house({true, true, true, false});
    BOOST_REQUIRE(house.comes([&] { return house.listens(); }));
    BOOST_TEST(house.comes([&] { return house.first->runs() == 4 && house.runner->states()[0].is_running; }));
    BOOST_TEST(house.runner->states()[0].restarts == 3u);
    BOOST_TEST(house.runner->states()[0].name == "lis-a");
}

BOOST_AUTO_TEST_CASE(a_feed_that_cannot_begin_is_an_issue_of_the_start_and_not_tried_again) {
    House house({true}, false);
    BOOST_REQUIRE(house.comes([&] { return !house.runner->is_listening(); }));
    BOOST_TEST(house.runner->is_listening().error().leading()->rule == "feed-not-listening");
    BOOST_TEST(house.comes([&] { return house.runner->running() == 0; }));
    BOOST_TEST(house.first->runs() == 1u);
    BOOST_TEST(!house.runner->states()[0].is_running);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_feeds_that_serve_and_feeds_that_wait_for_their_next_start) {
    House serving({});
    BOOST_REQUIRE(serving.comes([&] { return serving.listens(); }));
    serving.runner->stop();
    BOOST_TEST(serving.comes([&] { return serving.runner->running() == 0; }));

    House waiting(std::vector<bool>(1'000, true));
    BOOST_REQUIRE(waiting.comes([&] { return waiting.listens(); }));
    BOOST_REQUIRE(waiting.comes([&] { return waiting.runner->states()[0].restarts > 0; }));
    waiting.runner->stop();
    BOOST_TEST(waiting.comes([&] { return waiting.runner->running() == 0; }));
}

BOOST_AUTO_TEST_SUITE_END()
