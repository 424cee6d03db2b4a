/// Runs a coroutine to its end on a thread of its own and gives its result: for tests of what is awaited.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

namespace huitong::tests {

template <class T>
T awaited(boost::asio::awaitable<T> work) {
    boost::asio::thread_pool pool(1);
    auto result = boost::asio::co_spawn(pool, std::move(work), boost::asio::use_future);
    pool.join();
    return result.get();
}

} // namespace huitong::tests
