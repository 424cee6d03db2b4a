/// Derives AuditEvents from the two logs into the store, so that they can be searched like every resource. Runs in the background; a
/// caller may also step before a search.
///
/// Each step takes up where the watermarks (facts, written in the commit of the events) stand: a crash neither loses nor doubles one.
/// Commits that write AuditEvents alone tell nothing new and are passed over, so deriving comes to rest. In passing the logs are tied to
/// each other: a step's commit names the last access record it read, and a checkpoint record in the access log names the last entry of the
/// transaction log, so that a tail cut off one of them is missed by the other (verify.hpp). Thread: any; one step at a time.
#pragma once

#include "audit/audit_event.hpp"
#include "audit/fact_chain.hpp"
#include "search/search.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <set>

namespace huitong::audit {

class Deriver {
public:
    /// All outlive it. `chains`: whose heads the access log shall name, so that they cannot be made anew. `sensitive`: labels of what
    /// leaves its own on the events about it (kTrailOfSensitive).
    Deriver(store::Store& store, const search::Registry& registry, AccessLog& log, const Clock& clock, std::vector<FactChain> chains = {},
            std::vector<std::string> sensitive = {});

    struct Step {
        std::size_t events = 0; ///< AuditEvents written
        bool more = false;      ///< a limit ended the step: call again
    };
    /// Reads what is new (at most kRecordsPerStep of each log) and commits its events. Issues: those of the store and the journal.
    Result<Step> step();

    /// Time since the oldest record that is not derived yet was seen by a step, in microseconds; 0 when the last step took all.
    std::int64_t lag() const;

    /// A step's commit holds the store's writer for some 20 ms at most.
    static constexpr std::size_t kRecordsPerStep = 200;
    /// A step ends after the record with which it has so many events: one of many patients makes many.
    static constexpr std::size_t kEventsPerStep = 1'000;

private:
    struct Batch;
    Result<void> read_log(Batch& batch) const;
    Result<void> read_access_log(Batch& batch) const;
    using Shares = std::map<std::string, std::vector<std::string>>; ///< resources by the id of their patient
    Shares shares_of(const Batch& batch, const Happening& happening) const;
    void add(Batch& batch, Happening happening) const;
    bool is_sensitive(Batch& batch, const std::vector<std::string>& resources) const;
    void add_event(Batch& batch, Happening happening) const;
    std::optional<std::set<std::string>> told_of(const Batch& batch, const std::string& request) const;
    Result<void> write(Batch& batch);
    Result<void> tie(const Batch& batch);
    Result<void> write_checkpoint(std::string_view interaction, std::string chain, std::string head);

    store::Store& store_;
    const search::Registry& registry_;
    AccessLog& log_;
    const Clock& clock_;
    std::string hub_; ///< made once for a data directory: events of several hubs may meet in one store (chaining)
    mutable std::mutex mutex_;
    store::LogTime log_done_ = 0;     ///< entries up to it are told
    JournalPosition access_done_ = 0; ///< where the next access record begins
    std::string access_anchor_;       ///< "<position>:<hash>" of the last access record read
    std::vector<FactChain> chains_;
    store::CallerFilter usual_sight_;       ///< of whoever sees nothing sensitive
    std::map<std::string, ChainHead> tied_; ///< by name: heads named last
    std::atomic<std::int64_t> behind_{0};   ///< when the oldest record not derived was written; 0 = none
};

/// What the logs write about each other, as texts.
constexpr std::string_view kDeriverActor = "audit", kCheckpoint = "checkpoint", kChainCheckpoint = "checkpoint-chain";
std::string anchor_reason(const std::string& access_anchor);
/// "<position>:<hash>" of a deriver's commit, "" when the reason names none.
std::string read_anchor(std::string_view reason);

} // namespace huitong::audit
