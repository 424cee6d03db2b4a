/// A callback of another thread as something a coroutine awaits: it goes on where it was, on its own executor.
/// The executor's context is kept running meanwhile. Source: Asio, "asynchronous operations" (initiating functions), "per-operation
/// cancellation".
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace huitong {

/// One waiting coroutine; the callback and a cancellation may come at once, and the first of them resumes it.
template <class Handler>
struct AwaitedCallback {
    explicit AwaitedCallback(Handler handler_)
        : handler(std::move(handler_)), work(boost::asio::make_work_guard(boost::asio::get_associated_executor(handler))),
          slot(boost::asio::get_associated_cancellation_slot(handler)) {}

    template <class T>
    static void resume(const std::shared_ptr<AwaitedCallback>& waiting, T result) {
        if (waiting->resumed.exchange(true)) return;
        auto executor = waiting->work.get_executor();
        boost::asio::post(executor, [waiting, result = std::move(result)]() mutable {
            auto handler_ = std::move(waiting->handler);
            if (waiting->slot.is_connected()) waiting->slot.clear();
            waiting->work.reset();
            handler_(std::move(result));
        });
    }

    Handler handler;
    boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler>> work;
    boost::asio::associated_cancellation_slot_t<Handler> slot;
    std::atomic<bool> resumed{false};
};

/// `start` is called once with a function that must be called exactly once, from any thread, with the result.
/// With `when_cancelled` a cancelled wait ends at once with that value, and what the callback brings later is dropped; without, it goes on
/// until the callback comes: for results that must not be lost.
template <class T>
boost::asio::awaitable<T> await_callback(std::function<void(std::function<void(T)>)> start,
                                         std::optional<T> when_cancelled = std::nullopt) {
    auto begin = [](auto handler, std::function<void(std::function<void(T)>)> started, std::optional<T> cancelled) {
        using Waiting = AwaitedCallback<decltype(handler)>;
        auto waiting = std::make_shared<Waiting>(std::move(handler));
        if (cancelled && waiting->slot.is_connected()) {
            waiting->slot.assign([weak = std::weak_ptr<Waiting>(waiting), result = std::move(*cancelled)](boost::asio::cancellation_type) {
                if (const auto still = weak.lock()) Waiting::resume(still, result);
            });
        }
        started([waiting](T result) { Waiting::resume(waiting, std::move(result)); });
    };
    co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
        begin, boost::asio::use_awaitable, std::move(start), std::move(when_cancelled));
}

} // namespace huitong
