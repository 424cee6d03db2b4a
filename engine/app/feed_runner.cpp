#include "app/feed_runner.hpp"

#include "app/print.hpp"
#include "base/assert.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <system_error>

namespace huitong::app {
namespace {

namespace asio = boost::asio;

/// Words of the system alone: what another library says may hold bytes of a message.
std::string reason_of(const std::exception& failure) {
    if (const auto* system = dynamic_cast<const std::system_error*>(&failure)) return system->code().message();
    if (const auto* system = dynamic_cast<const boost::system::system_error*>(&failure)) return system->code().message();
    return "unexpected";
}

asio::awaitable<bool> is_cancelled() {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

} // namespace

FeedRunner::FeedRunner(asio::io_context& io, feeds::Inbox& inbox, std::span<const std::unique_ptr<feeds::Adapter>> adapters,
                       std::span<const feeds::FeedSettings> feeds, Pauses pauses)
    : inbox_(inbox), pauses_(pauses) {
    HT_ASSERT(adapters.size() == feeds.size());
    for (std::size_t index = 0; index < adapters.size(); ++index)
        feeds_.push_back(std::make_unique<Feed>(*adapters[index], feeds[index], io));
}

void FeedRunner::start() {
    for (const auto& feed : feeds_) {
        ++running_;
        feed->is_running = true;
        asio::co_spawn(feed->strand, serve(*feed),
                       asio::bind_cancellation_slot(feed->signal.slot(), [this](std::exception_ptr) { --running_; }));
    }
}

asio::awaitable<bool> FeedRunner::serve_once(Feed& feed) {
    try {
        feed.is_running = true;
        co_await feed.adapter.run(inbox_);
        co_return true;
    } catch (const std::exception& failure) {
        feed.is_running = false;
        feed.has_failed = true;
        if (was_listening_)
            print_issues(error(IssueCode::exception, "feed " + feed.settings.name, "feed-ended", {feed.settings.name, reason_of(failure)}));
    }
    co_return false;
}

asio::awaitable<void> FeedRunner::serve(Feed& feed) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    auto pause = pauses_.first;
    for (;;) {
        const auto began = std::chrono::steady_clock::now();
        const bool ended_well = co_await serve_once(feed);
        if (ended_well || !was_listening_ || co_await is_cancelled()) co_return;
        if (std::chrono::steady_clock::now() - began > pauses_.longest) pause = pauses_.first;
        asio::steady_timer timer(feed.strand, pause);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        if (co_await is_cancelled()) co_return;
        pause = std::min(pause * 2, pauses_.longest);
        ++feed.restarts;
    }
}

Result<bool> FeedRunner::is_listening() {
    for (const auto& feed : feeds_) {
        if (feed->has_failed)
            return Outcome(error(IssueCode::exception, "feed " + feed->settings.name, "feed-not-listening", {feed->settings.name}));
    }
    const bool all = std::all_of(feeds_.begin(), feeds_.end(), [](const auto& feed) { return !feed->adapter.address().empty(); });
    if (all) was_listening_ = true;
    return all;
}

void FeedRunner::stop() {
    for (const auto& feed : feeds_) {
        asio::post(feed->strand, [signal = &feed->signal] { signal->emit(asio::cancellation_type::terminal); });
    }
}

std::vector<FeedRunner::State> FeedRunner::states() const {
    std::vector<State> out;
    for (const auto& feed : feeds_) {
        State state;
        state.name = feed->settings.name;
        state.is_running = feed->is_running;
        state.restarts = feed->restarts;
        state.has_trouble = !feed->adapter.trouble().empty();
        out.push_back(std::move(state));
    }
    return out;
}

} // namespace huitong::app
