#include "base/await_callback.hpp"
#include "store/sqlite/directory_lock.hpp"
#include "store/sqlite/log_chain.hpp"
#include "store/sqlite/read_view.hpp"
#include "store/sqlite/schema.hpp"

#include <filesystem>
#include <future>
#include <random>

namespace huitong::store {
namespace {

namespace asio = boost::asio;

/// Time-ordered ids: 10 characters of milliseconds, 16 of a counter that starts at a random place in every millisecond.
class IdMaker {
public:
    std::string make(Instant now) {
        const std::lock_guard lock(mutex_);
        const auto milliseconds = static_cast<std::uint64_t>(now.microseconds / 1000);
        if (milliseconds > last_) {
            last_ = milliseconds;
            high_ = random_() & 0xFFFF;
            low_ = random_() >> 1;
        } else {
            ++low_;
        }
        std::string out(26, '0');
        write(out, 0, 10, last_);
        write(out, 10, 3, high_);
        write(out, 13, 13, low_);
        return out;
    }

private:
    static void write(std::string& out, std::size_t at, std::size_t size, std::uint64_t value) {
        static constexpr char kDigits[] = "0123456789abcdefghjkmnpqrstvwxyz"; // without i l o u, as ids are read out over the telephone
        for (std::size_t index = size; index-- > 0; value >>= 5) out[at + index] = kDigits[value & 31];
    }
    std::mutex mutex_;
    std::mt19937_64 random_{std::random_device{}()};
    std::uint64_t last_ = 0, high_ = 0, low_ = 0;
};

Outcome chain_broken(LogTime t) { return huitong::error(IssueCode::security, "", "audit-chain-broken", {std::to_string(t)}); }

/// Adds what the entry wrote to its hash; false when a body cannot even be read.
bool add_writes(Connection& connection, Shared& shared, LogTime t, LogHash& hash) {
    auto writes = connection.prepare("SELECT v.type, r.id, v.version, v.action, v.codec, v.size, v.body FROM version v JOIN "
                                     "resource r ON r.rid = v.rid WHERE v.t_from = ?2 "
                                     "AND v.vid > (SELECT coalesce(max(last_version_key), 0) FROM log WHERE t < ?2) AND v.vid <= "
                                     "(SELECT last_version_key FROM log WHERE t = ?2) ORDER BY v.vid");
    writes.bind_one(2, t);
    try {
        while (writes.step()) {
            const auto body =
                shared.codec.decode(static_cast<int>(writes.integer(4)), writes.text(6), static_cast<std::size_t>(writes.integer(5)));
            hash.add({shared.symbols.text(writes.integer(0)), std::string(writes.text(1))}, static_cast<std::uint32_t>(writes.integer(2)),
                     static_cast<Action>(writes.integer(3)), body);
        }
    } catch (const StoreFailure&) {
        return false;
    }
    return true;
}

/// Every entry with the bodies that it wrote.
Outcome verify_entries(Connection& connection, Shared& shared) {
    std::string previous;
    LogTime expected = 1;
    auto entries = connection.prepare("SELECT t, instant, actor, reason, message_id, previous_hash, hash FROM log ORDER BY t");
    while (entries.step()) {
        const auto t = entries.key(0);
        LogHash hash(previous, t, {entries.integer(1)}, shared.symbols.text(entries.integer(2)), entries.text(3), entries.text(4));
        if (!add_writes(connection, shared, t, hash) || t != expected || entries.text(5) != previous || hash.finish() != entries.text(6))
            return chain_broken(expected);
        previous = std::string(entries.text(6));
        ++expected;
    }
    return {};
}

/// Versions that no entry vouches for, and versions that were ended by nothing: both would change what readers see.
Outcome verify_versions(Connection& connection) {
    auto strangers = connection.prepare("SELECT t_from FROM version WHERE vid > (SELECT coalesce(max(last_version_key), 0) FROM log) "
                                        "OR t_from > (SELECT coalesce(max(t), 0) FROM log) ORDER BY vid LIMIT 1");
    if (strangers.step()) return chain_broken(strangers.key(0));
    auto ended = connection.prepare("SELECT v.t_to FROM version v WHERE v.t_to < 9223372036854775807 AND v.t_to <> v.t_from AND NOT EXISTS "
                                    "(SELECT 1 FROM version n WHERE n.rid = v.rid AND n.vid > v.vid AND n.t_from = v.t_to) "
                                    "ORDER BY v.vid LIMIT 1");
    if (ended.step()) return chain_broken(ended.key(0));
    return {};
}

class SqliteStore final : public Store {
public:
    SqliteStore(DirectoryLock lock, std::unique_ptr<Shared> shared, std::unique_ptr<Connection> writer)
        : lock_(std::move(lock)), shared_(std::move(shared)), pool_(shared_->file), writer_(*shared_, std::move(writer)) {}

    asio::awaitable<Result<CommitReceipt>> commit(Commit commit) override {
        auto shared = std::make_shared<Commit>(std::move(commit));
        std::function<void(Writer::Done)> start = [this, shared](Writer::Done done) {
            writer_.enqueue(std::move(*shared), std::move(done));
        };
        co_return co_await await_callback<Result<CommitReceipt>>(std::move(start));
    }

    Result<CommitReceipt> commit_and_wait(Commit commit) override {
        auto promise = std::make_shared<std::promise<Result<CommitReceipt>>>();
        auto future = promise->get_future();
        writer_.enqueue(std::move(commit), [promise](Result<CommitReceipt> result) { promise->set_value(std::move(result)); });
        return future.get();
    }

    std::unique_ptr<ReadView> view(CallerFilter filter, LogTime t) override {
        return std::make_unique<SqliteReadView>(*shared_, pool_, std::move(filter), t);
    }
    LogTime now() const override { return shared_->visibility.newest().first; }
    std::string new_id() override { return ids_.make(shared_->clock->now()); }
    Result<std::vector<LogEntry>> log(LogTime since, std::size_t count) override;
    Outcome verify_log() override;

    Result<void> write_facts(std::vector<FactWrite> facts) override {
        Commit commit;
        commit.facts = std::move(facts);
        const auto done = commit_and_wait(std::move(commit));
        if (!done) return done.error();
        return {};
    }
    std::optional<std::string> fact(const std::string& table, const std::string& key) override {
        auto connection = pool_.take();
        std::optional<std::string> out;
        {
            auto row = connection->prepare("SELECT value FROM fact WHERE name = ? AND key = ?");
            row.bind(table, key);
            if (row.step()) out = std::string(row.text(0));
        }
        pool_.put(std::move(connection));
        return out;
    }
    std::vector<std::pair<std::string, std::string>> facts(const std::string& table, const std::string& from, const std::string& to,
                                                           std::size_t count) override {
        auto connection = pool_.take();
        std::vector<std::pair<std::string, std::string>> out;
        {
            auto row = connection->prepare("SELECT key, value FROM fact WHERE name = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?");
            row.bind(table, from, to, static_cast<std::uint64_t>(count));
            while (row.step()) out.emplace_back(std::string(row.text(0)), std::string(row.text(1)));
        }
        pool_.put(std::move(connection));
        return out;
    }

    void on_commit(std::function<void(LogTime)> listener) override { writer_.on_commit(std::move(listener)); }
    std::vector<std::pair<std::string, std::uint64_t>> counters() const override {
        const auto& counters = shared_->counters;
        return {{"commits", counters.commits}, {"writes", counters.writes},    {"commit_groups", counters.groups},
                {"refused", counters.refused}, {"waiting", writer_.waiting()}, {"closed_versions", shared_->visibility.closed_count()}};
    }

private:
    DirectoryLock lock_;
    std::unique_ptr<Shared> shared_;
    ReaderPool pool_;
    Writer writer_;
    IdMaker ids_;
};

Result<std::vector<LogEntry>> SqliteStore::log(LogTime since, std::size_t count) {
    auto connection = pool_.take();
    std::vector<LogEntry> out;
    {
        auto rows = connection->prepare(
            "SELECT t, instant, actor, reason, message_id, previous_hash, hash FROM log WHERE t > ? ORDER BY t LIMIT ?");
        rows.bind(since, static_cast<std::uint64_t>(count));
        while (rows.step()) {
            LogEntry entry;
            entry.t = rows.key(0);
            entry.instant = {rows.integer(1)};
            entry.actor = shared_->symbols.text(rows.integer(2));
            entry.reason = std::string(rows.text(3));
            entry.message_id = std::string(rows.text(4));
            entry.previous_hash = std::string(rows.text(5));
            entry.hash = std::string(rows.text(6));
            out.push_back(std::move(entry));
        }
    }
    if (!out.empty()) {
        auto rows = connection->prepare(
            "SELECT v.t_from, v.type, r.id, v.version FROM version v JOIN resource r ON r.rid = v.rid "
            "WHERE v.vid > (SELECT coalesce(max(last_version_key), 0) FROM log WHERE t < ?1) AND v.t_from <= ?2 ORDER BY v.vid");
        rows.bind(out.front().t, out.back().t);
        auto entry = out.begin();
        while (rows.step()) {
            while (entry != out.end() && entry->t < rows.key(0)) ++entry;
            if (entry == out.end()) break;
            entry->writes.emplace_back(ResourceKey(shared_->symbols.text(rows.integer(1)), std::string(rows.text(2))),
                                       static_cast<std::uint32_t>(rows.integer(3)));
        }
    }
    pool_.put(std::move(connection));
    return out;
}

Outcome SqliteStore::verify_log() {
    auto connection = pool_.take();
    Outcome out;
    try {
        out = verify_entries(*connection, *shared_);
        if (out.empty()) out = verify_versions(*connection);
    } catch (const StoreFailure& failure) {
        return huitong::fatal(IssueCode::exception, "", "store-damaged", {std::to_string(failure.code)});
    }
    pool_.put(std::move(connection));
    return out;
}

} // namespace

Result<std::shared_ptr<Store>> open_store(const StoreOptions& options) {
    static const Limits kDefaultLimits;
    static const SystemClock kSystemClock;
    std::error_code failed;
    std::filesystem::create_directories(options.directory, failed);
    if (failed) return Outcome(huitong::error(IssueCode::exception, "", "store-directory"));
    auto lock = DirectoryLock::take(options.directory, options.control_address);
    if (!lock) return lock.error();
    try {
        auto shared = std::make_unique<Shared>();
        shared->file = options.directory + "/huitong.db";
        shared->limits = options.limits ? options.limits : &kDefaultLimits;
        shared->clock = options.clock ? options.clock : &kSystemClock;
        auto writer = std::make_unique<Connection>(shared->file, OpenMode::writer);
        const int version = prepare_schema(*writer);
        if (version != kSchemaVersion)
            return Outcome(
                huitong::error(IssueCode::processing, "", "store-version", {std::to_string(version), std::to_string(kSchemaVersion)}));
        shared->symbols.load(*writer);
        shared->codec.load(*writer);
        {
            auto closed = writer->prepare("SELECT vid, t_to FROM version WHERE t_to < 9223372036854775807");
            while (closed.step()) shared->visibility.close(closed.key(0), closed.key(1));
        }
        return std::shared_ptr<Store>(std::make_shared<SqliteStore>(std::move(*lock), std::move(shared), std::move(writer)));
    } catch (const StoreFailure& failure) {
        return Outcome(huitong::fatal(IssueCode::exception, "", "store-damaged", {std::to_string(failure.code)}));
    }
}

} // namespace huitong::store
