#include "adapters/drop/poll.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <fstream>

namespace huitong::adapters::drop {
namespace {

namespace asio = boost::asio;

constexpr auto kWait = asio::as_tuple(asio::use_awaitable);

asio::awaitable<bool> is_cancelled() {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

/// The loop; lives in the frame of `poll`, on the feed's own thread.
class Poller {
public:
    Poller(Source& source, const PollSettings& settings, feeds::Inbox& inbox, Trouble& trouble, std::stop_token stop,
           const asio::any_io_executor& executor)
        : source_(source), settings_(settings), trouble_(trouble), stop_(std::move(stop)), intake_(inbox, executor), timer_(executor) {}

    asio::awaitable<void> run() {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        co_await asio::this_coro::throw_if_cancelled(false);
        for (;;) {
            const auto wait_ms = co_await round();
            const bool cancelled = co_await is_cancelled();
            if (cancelled || stop_.stop_requested() || settings_.once) co_return;
            if (wait_ms == 0) continue;
            timer_.expires_after(std::chrono::milliseconds(wait_ms));
            co_await timer_.async_wait(kWait);
            if (co_await is_cancelled()) co_return;
        }
    }

private:
    /// Milliseconds to wait after it.
    asio::awaitable<std::uint32_t> round() {
        auto haul = source_.fetch(stop_);
        if (!haul) co_return failed(haul.error());
        Tally tally;
        co_await intake_.take(haul->contents, tally);
        if (tally.stopped) co_return 0;
        if (tally.unkept) co_return failed(std::move(tally.why_unkept));
        if (!settings_.once) {
            auto issues = source_.keep(tally, stop_);
            if (issues.has_errors()) co_return failed(std::move(issues));
            haul->contents.issues.add(std::move(issues));
        }
        failures_ = 0;
        trouble_.note(std::move(haul->contents.issues)); // warnings of the peer's data stay visible
        co_return haul->more ? 0 : settings_.poll_ms;
    }

    /// Doubling, up to the maximum.
    std::uint32_t failed(Outcome why) {
        if (!stop_.stop_requested()) trouble_.note(std::move(why));
        const auto doublings = std::min(failures_++, 20U);
        return static_cast<std::uint32_t>(
            std::min<std::uint64_t>(std::uint64_t{settings_.retry_first_ms} << doublings, settings_.retry_max_ms));
    }

    Source& source_;
    const PollSettings& settings_;
    Trouble& trouble_;
    std::stop_token stop_;
    Intake intake_;
    asio::steady_timer timer_;
    std::uint32_t failures_ = 0;
};

/// A cancelled feed interrupts the call that its thread is blocked in.
asio::awaitable<void> tell_stop(std::stop_source& stop) {
    co_await asio::this_coro::throw_if_cancelled(false);
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::steady_clock::time_point::max());
    co_await timer.async_wait(kWait);
    stop.request_stop();
}

asio::awaitable<void> run_on(asio::thread_pool& thread, Poller& poller) {
    co_await asio::co_spawn(thread, poller.run(), asio::use_awaitable);
}

} // namespace

PollSettings read_poll_settings(const feeds::FeedSettings& settings) {
    PollSettings out;
    out.poll_ms = read_number(settings, "poll_ms", out.poll_ms, 10);
    out.retry_first_ms = read_number(settings, "retry_first_ms", out.retry_first_ms, 10);
    out.retry_max_ms = read_number(settings, "retry_max_ms", out.retry_max_ms, out.retry_first_ms);
    out.once = settings.setting("once") == "true";
    return out;
}

asio::awaitable<void> poll(Source& source, PollSettings settings, feeds::Inbox& inbox, Trouble& trouble) {
    using asio::experimental::awaitable_operators::operator||;
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    asio::thread_pool thread(1);
    std::stop_source stop;
    Poller poller(source, settings, inbox, trouble, stop.get_token(), thread.get_executor());
    co_await (run_on(thread, poller) || tell_stop(stop));
}

std::uint32_t read_number(const feeds::FeedSettings& settings, std::string_view key, std::uint32_t fallback, std::uint32_t least) {
    const auto text = settings.setting(key);
    auto out = fallback;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return std::max(out, least);
}

std::string read_secret(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::string out;
    std::getline(in, out);
    if (out.ends_with('\r')) out.pop_back();
    return out;
}

} // namespace huitong::adapters::drop
