/// The one writer: a thread that owns the only writing connection, takes the commits that wait, as many as some milliseconds hold, checks
/// and applies each, and makes the group durable with one fsync before anybody is told. One of facts alone takes microseconds, and as a
/// rule a person waits for it (an order's decision): it is taken first and ends its group, but where a group did without the others the
/// next one begins with them, so that facts without end keep no write waiting for longer than a group. A commit that fails its checks costs
/// nothing; an SQLite failure fails the whole group and nothing of it is kept. After a failed fsync nobody knows what is on the disk, so
/// the writer refuses all that follows.
#pragma once

#include "store/sqlite/body_codec.hpp"
#include "store/sqlite/may_see.hpp"
#include "store/sqlite/row_writer.hpp"
#include "store/sqlite/symbols.hpp"
#include "store/sqlite/visibility.hpp"
#include "store/store.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <set>
#include <thread>

namespace huitong::store {

class LogHash;

/// What all threads of one store share.
struct Shared {
    std::string file;
    const Limits* limits = nullptr;
    const Clock* clock = nullptr;
    Symbols symbols;
    TagSets sets;
    BodyCodec codec;
    Visibility visibility;
    struct Counters {
        std::atomic<std::uint64_t> commits{0}, writes{0}, groups{0}, refused{0}, failed{0};
    } counters;
    std::set<Symbol> partly_timed;            ///< types of which older versions without a patient have no rows in the timeline (read-only)
    LogTime log_chain_from = 1;               ///< entries from it on cover owner and labels of their versions (log_chain.hpp)
    std::atomic<std::uint32_t> generation{0}; ///< of rows that writes must have
};

class Writer {
public:
    using Done = std::function<void(Result<CommitReceipt>)>;

    /// `is_log_left`: the store was not closed, so the database's log may hold pages of what was expunged; it is cut in a quiet moment.
    Writer(Shared& shared, std::unique_ptr<Connection> connection, bool is_log_left);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// `done` is called on the writer's thread after the fsync (or at once with store-queue-full). Bodies and facts are compressed, and
    /// bodies hashed, on the caller's thread.
    void enqueue(Commit commit, Done done);
    /// Packs bodies anew, a slice of versions at a time, between two groups: those of a retired dictionary, and the first ones, which had
    /// none. `done` gets whether there is more.
    void tend(std::function<void(Result<bool>)> done);
    bool has_to_tend() const;
    /// Of what has_to_tend says: work that can go on at once. A log that a reader holds open is tried again later.
    bool has_more_slices() const;
    void on_commit(std::function<void(LogTime)> listener);
    std::size_t waiting() const;
    /// Something on the disk is not sealed with the newest key. Thread: any.
    bool wants_resealing() const;

private:
    /// A body as it goes to disk, made before the writer's turn.
    struct PackedBody {
        BodyCodec::Encoded encoded;
        std::string hash;
    };
    struct Job {
        Commit commit;
        std::vector<PackedBody> bodies; ///< beside commit.writes
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
        std::uint32_t last_version = 0; ///< highest number given; superseded versions count
        std::uint32_t version = 0;      ///< of the current version
        VersionKey vid = 0;             ///< 0: there never was one
        bool deleted = false;
        bool exists() const { return vid != 0 && !deleted; }
    };
    /// Position after the newest entry, kept apart so that a failed group can go back.
    struct Position {
        LogTime t = 0;
        VersionKey last = 0;
        Instant instant{};
        std::string hash;
    };

    /// Commits that become durable together.
    struct Group {
        std::size_t commits = 0, writes = 0;
        bool has_facts_alone = false;                     ///< the last one was
        bool has_others = false;                          ///< one was
        std::chrono::steady_clock::time_point until;      ///< what comes later goes into the next one
        std::chrono::steady_clock::time_point facts_from; ///< until then the others go first
    };

    void load_position();
    void run();
    void run_group();
    void commit_group(std::vector<Applied>& applied);
    /// The next commit of the group under way; nullopt ends it.
    std::optional<Job> take_job(Group& group);
    /// Nothing is written any more: an fsync failed, or what is in memory cannot be trusted.
    void give_up(const StoreFailure& failure);
    void roll_back(std::vector<Applied>& applied, const StoreFailure& failure);
    void store_dictionary();
    void run_tending();
    template <class Work>
    void in_transaction(Work work);
    bool repack_slice(int dictionary);
    void repack(VersionKey first, VersionKey last, int packing);
    void drop_dictionary(int dictionary);
    void after_expunge();
    /// The database's log file is written back and cut, as far as readers let it.
    void cut_log();
    VersionKey load_plain();
    void save_plain(VersionKey last);
    void look_at_plain();
    void pack_plain_slice();
    /// One step of it; afterwards `wants_resealing` says whether there are more.
    void reseal_slice();
    void reseal_dictionaries();
    bool reseal_facts();
    bool reseal_versions();
    /// Bodies under the keys of their versions, as they are packed and sealed now.
    using Repacked = std::vector<std::pair<VersionKey, BodyCodec::Encoded>>;
    void replace_bodies(const Repacked& bodies);
    /// Runs `work` on a row; false: its bytes do not open or unpack. They stay as they are and are counted, for one damaged row must not
    /// keep the others from being sealed.
    template <class Work>
    bool pass_over_damage(const std::string& row, Work work);
    static std::string version_name(VersionKey key) { return "version " + std::to_string(key); }
    /// What tending answers: whether there is more; at the end, once, the rows that were passed over (store-unopened).
    Result<bool> tended();
    Result<CommitReceipt> apply(Job& job);
    Outcome check_generation(const Commit& commit) const;
    Outcome check_sight(const Commit& commit);
    Outcome check_versions(const Commit& commit);
    Outcome check_guards(const Commit& commit);
    bool is_written_since(const Guard& guard, VersionKey bound);
    Current find_current(const ResourceKey& key);
    Seen seen_of(const Current& current, const std::string& type);
    WriteReceipt apply_write(const Commit& commit, std::size_t index, const PackedBody& body, const CommitReceipt& receipt, LogHash& hash);
    void add_older(std::int64_t rid, std::uint32_t version, VersionKey vid);
    bool is_superseded(const Precedence& precedence, const Current& current, std::string_view message_id);
    bool is_of_later_message(const Current& current, std::string_view message_id);
    bool is_unchanged(const Write& write, const Current& current);
    struct Sight {
        Symbol owner = 0;
        std::int64_t patient = 0;
        std::vector<std::string> labels;
    };
    Sight sight_of(const Write& write, const Current& current);
    /// Gives what the log's hash covers of the version.
    std::string insert_version(const Write& write, const PackedBody& body, const Current& current, std::uint32_t version, LogTime t,
                               bool superseded);
    void write_late(const LateRows& late);
    void write_facts(const std::vector<FactWrite>& facts);

    Shared& shared_;
    std::unique_ptr<Connection> connection_;
    Interner interner_;
    RowWriter rows_;
    Position position_;
    std::vector<Closing> closings_;
    bool has_expunged_ = false; ///< in this group
    VersionKey repacked_ = 0;   ///< versions up to it no longer use the dictionary that is being retired
    VersionKey plain_ = 0;      ///< up to it there may be bodies that were packed before there was a dictionary
    std::atomic<bool> is_plain_due_ = false;
    std::atomic<bool> is_log_to_cut_ = false; ///< pages of what was expunged may stand in the database's log
    std::optional<StoreFailure> broken_;      ///< an fsync failed
    std::atomic<KeyNumber> sealed_with_{0};   ///< everything on the disk is sealed with this key (counter `sealed`); 0 = none
    std::atomic<KeyNumber> passed_with_{0};   ///< the same, but for rows that do not open
    KeyNumber noted_key_ = 0;                 ///< its proof is on the disk (sealing.hpp)
    std::set<std::string> unopened_;          ///< rows that were passed over
    std::size_t unopened_told_ = 0;           ///< as many of them were reported
    /// How far resealing has come: dictionaries, then facts in order of name and key, then versions.
    struct Resealing {
        KeyNumber target = 0; ///< 0: not begun
        bool facts_done = false;
        std::string fact_name, fact_key;
        VersionKey version = 0;
        bool has_gaps = false; ///< rows were passed over
    } resealing_;

    std::chrono::steady_clock::duration sync_time_{}; ///< the last COMMIT took
    bool are_others_due_ = false;                     ///< a group of facts alone left them waiting
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> facts_, queue_;       ///< facts alone, and what writes resources or indexes
    std::atomic<std::size_t> waiting_{0}; ///< in both
    std::deque<std::function<void(Result<bool>)>> tending_;
    bool stopping_ = false;
    std::vector<std::function<void(LogTime)>> listeners_;
    std::thread thread_;
};

template <class Work>
bool Writer::pass_over_damage(const std::string& row, Work work) {
    try {
        work();
        return true;
    } catch (const StoreFailure& failure) {
        if (!failure.is_damage()) throw;
        unopened_.insert(row);
        return false;
    }
}

} // namespace huitong::store
