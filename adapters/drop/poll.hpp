/// Asking a peer again and again: the one loop of every feed that fetches (database views, SFTP folders, PACS).
///
/// A round: the source fetches one haul (blocking, on a thread of the feed's own, so that no other feed waits), its messages become durable
/// in the inbox, and only then the source keeps its mark. A stop or a crash in between doubles nothing: the same messages are fetched again
/// and the inbox recognises them. A peer that fails is asked less and less often.
#pragma once

#include "adapters/drop/intake.hpp"

#include <cstdint>
#include <mutex>
#include <stop_token>

namespace huitong::adapters::drop {

struct Haul {
    Contents contents;
    bool more = false; ///< ask again at once
};

/// A peer that is fetched from. Called by one thread; every call is bounded in time and ends soon after `stop`.
class Source {
public:
    virtual ~Source() = default;
    /// What is next behind the mark. After a haul that was not kept: the same again. Issues: why nothing can be had; code transient,
    /// timeout or no_store = what lies between, processing or structure = the peer, others = our own settings.
    virtual Result<Haul> fetch(const std::stop_token& stop) = 0;
    /// All messages of the last haul are durable: the mark moves. A failure leaves the mark where it was.
    virtual Outcome keep(const Tally& tally, const std::stop_token& stop) = 0;
};

struct PollSettings {
    std::uint32_t poll_ms = 10'000;
    std::uint32_t retry_first_ms = 1'000, retry_max_ms = 300'000;
    bool once = false; ///< one haul, and its mark is not kept: rehearsals
};
/// Settings `poll_ms`, `retry_first_ms`, `retry_max_ms`, `once`.
PollSettings read_poll_settings(const feeds::FeedSettings& settings);

/// What keeps messages from coming just now, for `feed list`; empty while all is well. Any thread.
class Trouble {
public:
    void note(Outcome outcome) {
        const std::lock_guard lock(mutex_);
        outcome_ = std::move(outcome);
    }
    Outcome outcome() const {
        const std::lock_guard lock(mutex_);
        return outcome_;
    }

private:
    mutable std::mutex mutex_;
    Outcome outcome_;
};

/// Polls until cancelled; messages that are being stored are finished first. `source`, `inbox` and `trouble` outlive the call.
boost::asio::awaitable<void> poll(Source& source, PollSettings settings, feeds::Inbox& inbox, Trouble& trouble);

/// A number of a feed's settings, `fallback` when it is absent or no number; at least `least`.
std::uint32_t read_number(const feeds::FeedSettings& settings, std::string_view key, std::uint32_t fallback, std::uint32_t least = 0);
/// First line of a file that holds a secret; "" when it cannot be read.
std::string read_secret(const std::string& file);

} // namespace huitong::adapters::drop
