/// Brings the messages of one delivery (a file, a page of rows, a study) into the inbox, many at once and in order, and counts what became
/// of them. One mechanism for everything that is fetched or dropped.
/// Thread: the strand or the single thread of `executor`; `inbox` outlives the object.
#pragma once

#include "feeds/adapter.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>

namespace huitong::adapters::drop {

/// What a delivery holds. `message` is called once for each index from 0, in order, so that a large table is never held twice.
struct Contents {
    std::size_t count = 0;
    std::function<feeds::RawMessage(std::size_t)> message;
    Outcome issues; ///< of the delivery as a whole; with an error it fails, what it holds is still stored
};

/// What became of the messages of one delivery.
struct Tally {
    std::size_t pending = 0;
    bool unkept = false;  ///< the inbox could not keep one (queue or disk full): the whole delivery is to be offered again
    bool stopped = false; ///< cancelled before the last message was offered
    bool failed = false;  ///< one is a dead letter, or the delivery itself is wrong
    Outcome why_unkept;
    std::vector<std::string> report; ///< rules and places, never values; bounded
};

/// Adds the errors of `outcome` to the report, each with `which` before it.
void report_errors(Tally& tally, const std::string& which, const Outcome& outcome);

class Intake {
public:
    Intake(feeds::Inbox& inbox, boost::asio::any_io_executor executor) : inbox_(inbox), executor_(std::move(executor)), done_(executor_) {}

    /// Ends when everything that was offered is durable or refused; what is unkept stays the caller's. Cancelled: ends after the messages
    /// in hand.
    boost::asio::awaitable<void> take(const Contents& contents, Tally& tally);

private:
    boost::asio::awaitable<void> take_batch(const Contents& contents, std::size_t first, std::size_t last, Tally& tally);

    feeds::Inbox& inbox_;
    boost::asio::any_io_executor executor_;
    boost::asio::steady_timer done_;
};

} // namespace huitong::adapters::drop
