#include "store/sqlite/writer.hpp"

#include "store/sqlite/log_chain.hpp"
#include "store/sqlite/row_writer.hpp"
#include "store/sqlite/schema.hpp"

#include <algorithm>

namespace huitong::store {
namespace {

/// A group ends here, so that one large commit does not make the small ones behind it wait for ever.
constexpr std::size_t kGroupCommitsMax = 512;
constexpr std::size_t kGroupWritesMax = 4'000;

Outcome failure_outcome(const StoreFailure& failure) {
    if (failure.disk_full()) return huitong::fatal(IssueCode::no_store, "", "store-full");
    return huitong::fatal(IssueCode::exception, "", "store-failed", {std::to_string(failure.code)});
}

} // namespace

Writer::Writer(Shared& shared, std::unique_ptr<Connection> connection) : shared_(shared), connection_(std::move(connection)) {
    auto newest = connection_->prepare("SELECT t, last_version_key, hash FROM log ORDER BY t DESC LIMIT 1");
    if (newest.step()) {
        t_ = newest.key(0);
        last_ = newest.key(1);
        previous_hash_ = std::string(newest.text(2));
    }
    shared_.visibility.publish(t_, last_);
    thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Writer::enqueue(Commit commit, Done done) {
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() < shared_.limits->writer_queue_max && !stopping_) {
            queue_.push_back({std::move(commit), std::move(done)});
            wake_.notify_one();
            return;
        }
    }
    ++shared_.counters.refused;
    done(Outcome(huitong::error(IssueCode::throttled, "", "store-queue-full")));
}

void Writer::on_commit(std::function<void(LogTime)> listener) {
    const std::lock_guard lock(mutex_);
    listeners_.push_back(std::move(listener));
}

std::size_t Writer::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

void Writer::run() {
    while (true) {
        std::deque<Job> jobs;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            std::size_t writes = 0;
            while (!queue_.empty() && jobs.size() < kGroupCommitsMax &&
                   (jobs.empty() || writes + queue_.front().commit.writes.size() <= kGroupWritesMax)) {
                writes += queue_.front().commit.writes.size();
                jobs.push_back(std::move(queue_.front()));
                queue_.pop_front();
            }
        }
        run_group(std::move(jobs));
    }
}

void Writer::run_group(std::deque<Job> jobs) {
    std::vector<Applied> applied;
    const auto t_before = t_;
    const auto last_before = last_;
    const auto hash_before = previous_hash_;
    closings_.clear();
    try {
        commit_group(jobs, applied);
        for (const auto& closing : closings_) shared_.visibility.close(closing.key, closing.t_to);
        shared_.visibility.publish(t_, last_);
        ++shared_.counters.groups;
    } catch (const StoreFailure& failure) {
        t_ = t_before;
        last_ = last_before;
        previous_hash_ = hash_before;
        roll_back(applied, jobs, failure);
    }
    std::vector<std::function<void(LogTime)>> listeners;
    {
        const std::lock_guard lock(mutex_);
        listeners = listeners_;
    }
    for (auto& [done, result] : applied) done(std::move(result));
    for (const auto& listener : listeners) listener(t_);
}

void Writer::commit_group(std::deque<Job>& jobs, std::vector<Applied>& applied) {
    connection_->execute("BEGIN IMMEDIATE");
    while (!jobs.empty()) {
        applied.push_back({std::move(jobs.front().done), Outcome()});
        auto commit = std::move(jobs.front().commit);
        jobs.pop_front();
        applied.back().result = apply(commit);
    }
    shared_.codec.train_when_due(*connection_);
    connection_->execute("COMMIT");
}

void Writer::roll_back(std::vector<Applied>& applied, std::deque<Job>& rest, const StoreFailure& failure) {
    try {
        connection_->execute("ROLLBACK");
        shared_.symbols.load(*connection_);
    } catch (const StoreFailure&) {
        // SQLite had rolled back by itself (disk full does that); the symbols are read again below by the next group that succeeds.
        try {
            shared_.symbols.load(*connection_);
        } catch (const StoreFailure&) {}
    }
    for (auto& job : applied) job.result = failure_outcome(failure);
    for (auto& job : rest) applied.push_back({std::move(job.done), failure_outcome(failure)});
    rest.clear();
}

Writer::Current Writer::find_current(const ResourceKey& key) {
    Current current;
    const auto type = shared_.symbols.find(key.type);
    if (!type) return current;
    auto found = connection_->prepare("SELECT rid, version, current FROM resource WHERE type = ? AND id = ?");
    found.bind(*type, key.id);
    if (found.step()) current = {found.integer(0), static_cast<std::uint32_t>(found.integer(1)), found.key(2)};
    return current;
}

Outcome Writer::check(const Commit& commit) {
    for (const auto& write : commit.writes) {
        if (!write.if_version) continue;
        const auto current = find_current(write.key);
        bool exists = current.vid != 0;
        std::uint32_t version = 0;
        if (exists) {
            auto row = connection_->prepare("SELECT action, version FROM version WHERE vid = ?");
            row.bind(current.vid);
            exists = row.step() && row.integer(0) != static_cast<int>(Action::remove);
            if (exists) version = static_cast<std::uint32_t>(row.integer(1));
        }
        if (*write.if_version != version) {
            return huitong::error(IssueCode::conflict, write.key.type + '/' + write.key.id, "store-conflict",
                                  {std::to_string(*write.if_version), std::to_string(version)});
        }
    }
    if (commit.guards.empty()) return {};
    VersionKey bound = 0;
    auto entry = connection_->prepare("SELECT last_version_key FROM log WHERE t <= ? ORDER BY t DESC LIMIT 1");
    entry.bind(commit.resolved_at);
    if (entry.step()) bound = entry.key(0);
    for (const auto& guard : commit.guards) {
        const auto p = shared_.symbols.find(parameter_key(guard.type, guard.param));
        const auto system = shared_.symbols.find(guard.system);
        if (!p) continue;
        auto tokens = connection_->prepare("SELECT 1 FROM tok WHERE p = ? AND code = ? AND (?3 < 0 OR system = ?3) AND vid > ?4 LIMIT 1");
        tokens.bind(*p, guard.code, guard.system == "*" ? Symbol{-1} : system.value_or(0), bound);
        auto references = connection_->prepare("SELECT 1 FROM ref WHERE p = ? AND id = ? AND vid > ? LIMIT 1");
        references.bind(*p, guard.code, bound);
        if (tokens.step() || references.step()) return huitong::error(IssueCode::conflict, guard.type, "store-guard", {guard.param});
    }
    return {};
}

Result<CommitReceipt> Writer::apply(Commit& commit) {
    if (auto refused = check(commit); !refused.empty()) return refused;
    CommitReceipt receipt;
    receipt.t = t_ + 1;
    receipt.instant = shared_.clock->now();
    LogHash hash(previous_hash_, receipt.t, receipt.instant, commit.actor, commit.reason, commit.message_id);
    bool wrote = false;
    for (auto& write : commit.writes) {
        receipt.writes.push_back(apply_write(write, receipt, hash));
        wrote = wrote || !receipt.writes.back().unchanged;
    }
    write_facts(commit.facts);
    if (!wrote) {
        receipt.t = t_;
        return receipt;
    }
    const auto digest = hash.finish();
    const auto actor = shared_.symbols.intern(*connection_, commit.actor);
    connection_->prepare("INSERT INTO log VALUES(?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(receipt.t, receipt.instant.microseconds, actor, commit.reason, commit.message_id, last_, previous_hash_, digest)
        .run();
    previous_hash_ = digest;
    t_ = receipt.t;
    ++shared_.counters.commits;
    return receipt;
}

WriteReceipt Writer::apply_write(Write& write, const CommitReceipt& receipt, LogHash& hash) {
    WriteReceipt out;
    out.key = write.key;
    auto current = find_current(write.key);
    if (is_unchanged(write, current)) {
        out.version = current.version;
        out.unchanged = true;
        return out;
    }
    out.created = current.vid == 0;
    const bool is_lower = write.precedence && is_superseded(*write.precedence);
    out.superseded = (is_lower || write.superseded) && current.vid != 0;
    const auto vid = ++last_;
    if (current.rid == 0) {
        const auto type = shared_.symbols.intern(*connection_, write.key.type);
        auto insert = connection_->prepare("INSERT INTO resource(type, id, version, current) VALUES(?, ?, 0, 0) RETURNING rid");
        insert.bind(type, write.key.id);
        insert.step();
        current.rid = insert.integer(0);
    }
    out.version = current.version + 1;
    insert_version(write, current.rid, out.version, vid, receipt.t, out.superseded);
    if (out.superseded) {
        connection_->prepare("UPDATE resource SET version = ? WHERE rid = ?").bind(out.version, current.rid).run();
        closings_.push_back({vid, receipt.t});
    } else {
        connection_->prepare("UPDATE resource SET version = ?, current = ? WHERE rid = ?").bind(out.version, vid, current.rid).run();
        if (current.vid != 0) {
            connection_->prepare("UPDATE version SET t_to = ? WHERE vid = ?").bind(receipt.t, current.vid).run();
            closings_.push_back({current.vid, receipt.t});
        }
    }
    hash.add(write.key, out.version, write.action, write.body);
    ++shared_.counters.writes;
    return out;
}

bool Writer::is_unchanged(const Write& write, const Current& current) {
    if (current.vid == 0) return write.action == Action::remove;
    auto row = connection_->prepare("SELECT action, codec, size, body FROM version WHERE vid = ?");
    row.bind(current.vid);
    if (!row.step()) return false;
    const bool deleted = row.integer(0) == static_cast<int>(Action::remove);
    if (write.action == Action::remove) return deleted;
    if (deleted || static_cast<std::size_t>(row.integer(2)) != write.body.size()) return false;
    return shared_.codec.decode(static_cast<int>(row.integer(1)), row.text(3), write.body.size()) == write.body;
}

/// True when something of higher rank, or as high and later, already holds the business key; else the key is now held by this write.
bool Writer::is_superseded(const Precedence& precedence) {
    const auto source = shared_.symbols.intern(*connection_, precedence.source);
    const int rank = static_cast<int>(precedence.rank);
    {
        auto held = connection_->prepare("SELECT rank, source_time FROM precedence WHERE source = ? AND key = ?");
        held.bind(source, precedence.business_key);
        if (held.step()) {
            const int held_rank = static_cast<int>(held.integer(0));
            if (rank < held_rank || (rank == held_rank && precedence.source_time.microseconds < held.integer(1))) return true;
        }
    }
    connection_->prepare("INSERT OR REPLACE INTO precedence VALUES(?, ?, ?, ?)")
        .bind(source, precedence.business_key, rank, precedence.source_time.microseconds)
        .run();
    return false;
}

void Writer::insert_version(const Write& write, std::int64_t rid, std::uint32_t version, VersionKey vid, LogTime t, bool superseded) {
    const auto encoded = shared_.codec.encode(write.body);
    std::string labels;
    for (const auto& label : write.labels) labels += label + ' ';
    auto insert = connection_->prepare("INSERT INTO version VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(vid, rid, version, shared_.symbols.intern(*connection_, write.key.type), t,
                superseded ? static_cast<std::int64_t>(t) : kForever, static_cast<int>(write.action),
                static_cast<std::uint64_t>(write.meta_at), encoded.codec, static_cast<std::uint64_t>(write.body.size()),
                shared_.symbols.intern(*connection_, write.owner), intern_patient(*connection_, write.rows.patient_id), labels,
                write.extractor_generation);
    insert.bind_blob(15, encoded.bytes);
    insert.run();
    if (write.action != Action::remove) write_rows(*connection_, shared_.symbols, write.key.type, write.rows, vid);
}

void Writer::write_facts(const std::vector<FactWrite>& facts) {
    for (const auto& fact : facts) {
        if (fact.erase) {
            connection_->prepare("DELETE FROM fact WHERE name = ? AND key = ?").bind(fact.table, fact.key).run();
        } else {
            connection_->prepare("INSERT OR REPLACE INTO fact VALUES(?, ?, ?)").bind(fact.table, fact.key, fact.value).run();
        }
    }
}

} // namespace huitong::store
