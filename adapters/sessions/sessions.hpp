/// The open connections of one listener, ended together: the one mechanism of every feed that listens on a port of its own.
///
/// All members are used on the listener's strand. A connection has `stop()`, which may be called from anywhere and ends it at the next
/// border between two exchanges. Thread: the strand.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>

namespace huitong::adapters {

template <class Connection>
class Sessions {
public:
    using Strand = boost::asio::strand<boost::asio::any_io_executor>;

    explicit Sessions(Strand strand) : strand_(strand), ended_(strand) {}

    std::size_t size() const { return open_.size(); }

    /// Runs `session`, which serves `connection`, on the strand of its own. What it throws ends this connection alone; `failed` is told.
    void start(std::shared_ptr<Connection> connection, Strand own_strand, boost::asio::awaitable<void> session,
               std::function<void()> failed = {}) {
        const auto number = ++last_;
        open_.emplace(number, std::move(connection));
        auto done = [this, number, failed = std::move(failed)](const std::exception_ptr& thrown) {
            if (thrown && failed) failed();
            open_.erase(number);
            if (open_.empty()) ended_.cancel();
        };
        boost::asio::co_spawn(own_strand, std::move(session), boost::asio::bind_executor(strand_, std::move(done)));
    }

    /// Stops all and completes when the last has ended.
    boost::asio::awaitable<void> join() {
        for (const auto& [number, connection] : open_) connection->stop();
        while (!open_.empty()) {
            ended_.expires_at(std::chrono::steady_clock::time_point::max());
            co_await ended_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
    }

private:
    Strand strand_;
    boost::asio::steady_timer ended_;
    std::map<std::uint64_t, std::shared_ptr<Connection>> open_;
    std::uint64_t last_ = 0;
};

} // namespace huitong::adapters
