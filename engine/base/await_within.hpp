/// Work that is awaited for so long and no longer; it goes on by itself afterwards, and what becomes of it is known where it is done.
/// Nothing is cancelled, so it is right also for work that cannot be (await_callback.hpp). Call it on a strand.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace huitong {

/// The result; nullopt when the time is over first, or when the work threw.
template <class T>
boost::asio::awaitable<std::optional<T>> await_within(boost::asio::awaitable<T> work, std::chrono::milliseconds time) {
    struct Waiting {
        explicit Waiting(const boost::asio::any_io_executor& executor, std::chrono::milliseconds time_) : timer(executor, time_) {}
        boost::asio::steady_timer timer;
        std::optional<T> result;
        bool is_over = false;
    };
    const auto strand = co_await boost::asio::this_coro::executor;
    const auto waiting = std::make_shared<Waiting>(strand, time);
    auto done = [waiting](const std::exception_ptr& thrown, T result) {
        if (!thrown) waiting->result = std::move(result);
        waiting->is_over = true;
        waiting->timer.cancel();
    };
    boost::asio::co_spawn(strand, std::move(work), boost::asio::bind_executor(strand, std::move(done)));
    if (!waiting->is_over) co_await waiting->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return std::move(waiting->result);
}

} // namespace huitong
