/// Chaining: this hub pulls every change of a hub below, page by page in the order of that hub's log. A page and the position behind it are
/// one commit of our store, so that cut connections, kills and restarts neither lose nor double anything.
///
/// Type and id are kept. A resource belongs to the hub that it came from first; another hub's content under the same id is refused, kept as
/// a fact of `exchange-refused` and counted, and the rest of the page goes on. What this hub numbers itself (version, lastUpdated) is its
/// own; the source's numbers are facts of `exchange-origin`.
/// Thread: `step` and `run` belong to one thread at a time; `status` from any. Source: docs/guides/chaining.md.
#pragma once

#include "exchange/hub_token.hpp"
#include "exchange/origins.hpp"
#include "interaction/interaction.hpp"

#include <mutex>

namespace huitong::exchange {

/// One hub that is pulled from.
struct Upstream {
    std::string name;         ///< key of the position and of origins: renaming it starts anew
    std::string url;          ///< FHIR base, "https://county.example/fhir"
    std::string organization; ///< owner of what the source names no owner for
    TokenSettings token;
    HttpLimits http;
    std::size_t page_count = 200; ///< entries asked for; a page ends between two commits of the source and may hold more
    std::uint32_t interval_ms = 60'000;
    std::uint32_t backoff_first_ms = 1'000, backoff_max_ms = 300'000;
};

/// What one page did.
struct StepReport {
    std::size_t entries = 0, written = 0, unchanged = 0, echoes = 0, refused = 0;
    std::string from, to; ///< positions
    bool more = false;    ///< the page was full: ask again at once
    Outcome issues;       ///< warnings: what was refused
};

/// Sums since the start, for /metrics and the console.
struct PullStatus {
    std::uint64_t pages = 0, entries = 0, written = 0, unchanged = 0, echoes = 0, refused = 0, failures = 0, tokens = 0;
    std::uint32_t failures_in_a_row = 0;
    store::LogTime position = 0, newest = 0; ///< ours, and the source's when it last answered; the difference is the lag in commits
    Instant last_success;                    ///< 0 = not yet
    Outcome last_failure;                    ///< empty after a success
};

class Puller {
public:
    /// In [0, 1): spreads the waits.
    using Chance = std::function<double()>;

    /// `services` (store, registry, definitions, clock, limits) outlives the puller. Over a store that links
    /// (identity/linking_store.hpp) the links of a page's Patients are part of its commit.
    Puller(Upstream upstream, const interaction::Services& services, Chance chance = {});

    /// Fetches one page and applies it. Issues: those of HttpClient, HubToken and read_page; exchange-unauthorized (401 or 403, with a new
    /// token too), exchange-not-found (404), exchange-position (410: the source does not know our position), exchange-busy (429, 503),
    /// exchange-status, exchange-media-type; those of the store. After a failure nothing has changed.
    Result<StepReport> step(const std::stop_token& stop = {});
    /// Steps until stopped: at once while pages are full, else every interval; waits longer and longer after failures.
    void run(const std::stop_token& stop);
    /// What `run` waits after the last step.
    std::uint64_t wait_ms(const Result<StepReport>& last);

    PullStatus status() const;
    /// The same as numbers: pull_<name>_pages …
    std::vector<std::pair<std::string, std::uint64_t>> counters() const;
    /// Position text of the next request.
    std::string position() const;
    /// Pulls everything again from the first commit, for a source that was restored from a backup: what is equal writes nothing. Not while
    /// a step runs.
    Result<void> start_anew();

private:
    Result<HttpAnswer> fetch(const std::string& from, const std::stop_token& stop);
    Result<Page> fetch_page(const std::string& from, const std::stop_token& stop);
    Result<StepReport> apply(const Page& page, const std::string& from);
    Result<void> add_change(const Change& change, store::ReadView& view, std::map<store::ResourceKey, Held>& held, store::Commit& commit,
                            StepReport& report);
    void refuse(const Change& change, const Held& held, Verdict verdict, store::Commit& commit, StepReport& report);
    void note(const Result<StepReport>& result);

    Upstream upstream_;
    const interaction::Services& services_;
    Chance chance_;
    HttpClient http_;
    HubToken token_;
    std::size_t page_count_; ///< halved while answers are too long
    std::uint32_t epoch_ = 0;
    std::uint32_t retry_after_s_ = 0; ///< of the last answer
    mutable std::mutex mutex_;
    PullStatus status_;
};

} // namespace huitong::exchange
