/// The ledger of recognition: every decision and every word about it, append-only and chained by hashes, durable before anybody is told.
///
/// One thread writes: it takes all appends that wait, numbers and chains them, and commits once. What reads the state that it changes
/// (feedback) does so on that thread, in `prepare`, so that two words about one match never both win.
/// Form: a chain of facts (audit/fact_chain.hpp) whose texts are JSON. Thread: any.
#pragma once

#include "audit/fact_chain.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace huitong::recognition {

/// What one append writes: entries in order, and facts of their own (states, watermarks) in the same commit.
struct LedgerBatch {
    std::vector<std::string> entries; ///< JSON objects
    std::vector<store::FactWrite> facts;
};

struct LedgerEntry {
    std::uint64_t sequence = 0;
    std::string hash, previous, json;
};

class Ledger {
public:
    /// Entries of a batch get their sequence numbers from the one given on. An Outcome refuses the append; nothing is written.
    using Prepare = std::function<Result<LedgerBatch>(std::uint64_t first_sequence)>;
    /// Called once, on the ledger's thread, when the batch is durable or refused; gives the sequence of its first entry.
    using Done = std::function<void(Result<std::uint64_t>)>;

    explicit Ledger(store::Store& store);
    ~Ledger();
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    /// Appends that name the same `subject` (a match) are never prepared against a state that the other is about to change.
    void append(std::string subject, Prepare prepare, Done done);
    /// For threads that may block.
    Result<std::uint64_t> append_and_wait(std::string subject, Prepare prepare);

    std::optional<LedgerEntry> entry(std::uint64_t sequence) const;
    /// Sequence of the decision that a match came of, 0 = none.
    std::uint64_t decision_of(const std::string& match) const;
    /// Entries behind `after` in order, at most `count`.
    std::vector<LedgerEntry> entries(std::uint64_t after, std::size_t count) const;
    std::uint64_t last() const;
    /// Walks the chain; names the first entry that does not agree (audit-facts-broken).
    Outcome verify() const;

private:
    struct Job {
        std::string subject;
        Prepare prepare;
        Done done;
    };
    void run();
    void write(std::deque<Job> jobs);

    store::Store& store_;
    std::uint64_t last_ = 0; ///< of the ledger's thread
    std::string head_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> queue_;
    bool stopping_ = false;
    std::uint64_t durable_ = 0;
    std::thread thread_;
};

/// Where it stands, for whoever verifies all chains of a hub.
const audit::FactChain& ledger_chain();
using audit::sequence_key;

} // namespace huitong::recognition
