/// Runs the feeds of a hub until it stops. A feed that ends by itself (its port is gone, a library threw) is told, counted and started
/// again: a feed that stands still without a word is a hospital whose results nobody misses until they are needed.
#pragma once

#include "feeds/adapter.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <span>

namespace huitong::app {

class FeedRunner {
public:
    struct Pauses {
        std::chrono::milliseconds first{1'000}, longest{60'000}; ///< before a feed is started again; doubled each time
    };
    struct State {
        std::string name;
        bool is_running = false;
        std::uint64_t restarts = 0;
        bool has_trouble = false; ///< Adapter::trouble
    };

    /// `adapters` and `feeds` are of equal length and in one order; both, `io` and `inbox` outlive this.
    FeedRunner(boost::asio::io_context& io, feeds::Inbox& inbox, std::span<const std::unique_ptr<feeds::Adapter>> adapters,
               std::span<const feeds::FeedSettings> feeds)
        : FeedRunner(io, inbox, adapters, feeds, Pauses()) {}
    FeedRunner(boost::asio::io_context& io, feeds::Inbox& inbox, std::span<const std::unique_ptr<feeds::Adapter>> adapters,
               std::span<const feeds::FeedSettings> feeds, Pauses pauses);

    void start();
    /// True: every feed has its address; an issue (feed-not-listening): one could not have it; false: not yet. Once it was true, feeds that
    /// end are started again.
    Result<bool> is_listening();
    /// Asks all to end; they have when `running` is 0.
    void stop();
    std::size_t running() const { return running_; }
    /// Any thread.
    std::vector<State> states() const;

private:
    struct Feed {
        feeds::Adapter& adapter;
        const feeds::FeedSettings& settings;
        /// The signal and what it stops run on one strand: a slot must not be changed while its signal is given.
        boost::asio::strand<boost::asio::io_context::executor_type> strand;
        boost::asio::cancellation_signal signal;
        std::atomic<bool> is_running{false}, has_failed{false};
        std::atomic<std::uint64_t> restarts{0};

        Feed(feeds::Adapter& adapter_, const feeds::FeedSettings& settings_, boost::asio::io_context& io)
            : adapter(adapter_), settings(settings_), strand(boost::asio::make_strand(io)) {}
    };

    boost::asio::awaitable<void> serve(Feed& feed);
    /// True: it ended as it was asked to, or has nothing to wait for.
    boost::asio::awaitable<bool> serve_once(Feed& feed);

    feeds::Inbox& inbox_;
    Pauses pauses_;
    std::vector<std::unique_ptr<Feed>> feeds_;
    std::atomic<std::size_t> running_{0};
    std::atomic<bool> was_listening_{false};
};

} // namespace huitong::app
