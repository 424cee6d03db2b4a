/// Waiting for the ledger, but no longer than an order may be delayed. Internal to the room.
#pragma once

#include "recognition/ledger.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace huitong::recognition {

/// True once the batch is durable; false when it was refused, or is not durable by the deadline (it may still become so).
boost::asio::awaitable<bool> durable_by(Ledger& ledger, std::string subject, Ledger::Prepare prepare,
                                        std::chrono::steady_clock::time_point deadline);
/// Without a deadline.
boost::asio::awaitable<Result<std::uint64_t>> durable(Ledger& ledger, std::string subject, Ledger::Prepare prepare);

} // namespace huitong::recognition
