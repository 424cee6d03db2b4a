/// The one writer: a thread that owns the only writing connection, takes all commits that wait, checks and applies each, and makes the
/// group durable with one fsync before anybody is told. A commit that fails its checks costs nothing; an SQLite failure fails the whole
/// group and nothing of it is kept.
#pragma once

#include "store/sqlite/body_codec.hpp"
#include "store/sqlite/symbols.hpp"
#include "store/sqlite/visibility.hpp"
#include "store/store.hpp"

#include <condition_variable>
#include <deque>
#include <thread>

namespace huitong::store {

/// What all threads of one store share.
struct Shared {
    std::string file;
    const Limits* limits = nullptr;
    const Clock* clock = nullptr;
    Symbols symbols;
    BodyCodec codec;
    Visibility visibility;
    struct Counters {
        std::atomic<std::uint64_t> commits{0}, writes{0}, groups{0}, refused{0};
    } counters;
};

class Writer {
public:
    using Done = std::function<void(Result<CommitReceipt>)>;

    Writer(Shared& shared, std::unique_ptr<Connection> connection);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// `done` is called on the writer's thread after the fsync (or at once with store-queue-full).
    void enqueue(Commit commit, Done done);
    void on_commit(std::function<void(LogTime)> listener);
    std::size_t waiting() const;

private:
    struct Job {
        Commit commit;
        Done done;
    };
    struct Applied {
        Done done;
        Result<CommitReceipt> result;
    };
    /// What a group changed in memory, published only when it is durable.
    struct Closing {
        VersionKey key;
        LogTime t_to;
    };
    struct Current {
        std::int64_t rid = 0;
        std::uint32_t version = 0;
        VersionKey vid = 0;
    };

    void run();
    void run_group(std::deque<Job> jobs);
    void commit_group(std::deque<Job>& jobs, std::vector<Applied>& applied);
    void roll_back(std::vector<Applied>& applied, std::deque<Job>& rest, const StoreFailure& failure);
    Result<CommitReceipt> apply(Commit& commit);
    Outcome check(const Commit& commit);
    Current find_current(const ResourceKey& key);
    WriteReceipt apply_write(Write& write, const CommitReceipt& receipt, class LogHash& hash);
    bool is_superseded(const Precedence& precedence);
    bool is_unchanged(const Write& write, const Current& current);
    void insert_version(const Write& write, std::int64_t rid, std::uint32_t version, VersionKey vid, LogTime t, bool superseded);
    void write_facts(const std::vector<FactWrite>& facts);

    Shared& shared_;
    std::unique_ptr<Connection> connection_;
    LogTime t_ = 0;
    VersionKey last_ = 0;
    std::string previous_hash_;
    std::vector<Closing> closings_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> queue_;
    bool stopping_ = false;
    std::vector<std::function<void(LogTime)>> listeners_;
    std::thread thread_;
};

} // namespace huitong::store
