/// A callback of another thread as something a coroutine awaits: it goes on where it was, on its own executor.
/// The executor's context is kept running meanwhile. Source: Asio, "asynchronous operations" (initiating functions).
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>

namespace huitong {

template <class Handler>
struct AwaitedCallback {
    explicit AwaitedCallback(Handler handler_)
        : handler(std::move(handler_)), work(boost::asio::make_work_guard(boost::asio::get_associated_executor(handler))) {}
    Handler handler;
    boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler>> work;
};

/// `start` is called once with a function that must be called exactly once, from any thread, with the result.
template <class T>
boost::asio::awaitable<T> await_callback(std::function<void(std::function<void(T)>)> start) {
    auto begin = [](auto handler, std::function<void(std::function<void(T)>)> started) {
        auto waiting = std::make_shared<AwaitedCallback<decltype(handler)>>(std::move(handler));
        started([waiting](T result) {
            auto executor = waiting->work.get_executor();
            boost::asio::post(executor, [waiting, result = std::move(result)]() mutable {
                auto handler_ = std::move(waiting->handler);
                waiting->work.reset();
                handler_(std::move(result));
            });
        });
    };
    co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(begin, boost::asio::use_awaitable,
                                                                                                  std::move(start));
}

} // namespace huitong
