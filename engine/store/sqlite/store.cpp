#include "base/await_callback.hpp"
#include "store/sqlite/directory_lock.hpp"
#include "store/sqlite/log_chain.hpp"
#include "store/sqlite/log_reads.hpp"
#include "store/sqlite/occurrences.hpp"
#include "store/sqlite/read_view.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sealing.hpp"

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
        std::string out(kIdLength, '0');
        write(out, 0, 10, last_);
        write(out, 10, 3, high_);
        write(out, 13, 13, low_);
        return out;
    }

private:
    static void write(std::string& out, std::size_t at, std::size_t size, std::uint64_t value) {
        for (std::size_t index = size; index-- > 0; value >>= 5) out[at + index] = kIdDigits[value & 31];
    }
    std::mutex mutex_;
    std::mt19937_64 random_{std::random_device{}()};
    std::uint64_t last_ = 0, high_ = 0, low_ = 0;
};

bool has_bytes(const std::string& file) {
    std::error_code none;
    const auto size = std::filesystem::file_size(file, none);
    return !none && size != 0;
}

class SqliteStore final : public Store {
public:
    SqliteStore(DirectoryLock lock, std::unique_ptr<Shared> shared, std::unique_ptr<Connection> writer, bool is_log_left)
        : lock_(std::move(lock)), shared_(std::move(shared)), pool_(shared_->file), writer_(*shared_, std::move(writer), is_log_left) {}

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
        return reading(
            [&]() -> std::unique_ptr<ReadView> { return std::make_unique<SqliteReadView>(*shared_, pool_, std::move(filter), t); });
    }
    LogTime now() const override { return shared_->visibility.newest().first; }
    std::string new_id() override { return ids_.make(shared_->clock->now()); }
    Result<std::vector<LogEntry>> log(LogTime since, std::size_t count) override {
        return with_reader([&](Connection& connection) { return read_log(connection, *shared_, since, count); });
    }
    Outcome verify_log() override {
        Outcome out;
        const auto done = with_reader([&](Connection& connection) {
            out = check_log(connection, *shared_);
            return true;
        });
        return done ? out : done.error();
    }

    void require_generation(std::uint32_t generation) override { shared_->generation = generation; }
    Result<bool> tend() override {
        if (writer_.has_to_tend()) { // nearly never: the writer is not woken for nothing
            auto promise = std::make_shared<std::promise<Result<bool>>>();
            auto future = promise->get_future();
            writer_.tend([promise](Result<bool> more) { promise->set_value(std::move(more)); });
            auto more = future.get();
            if (!more || *more) return more;
        }
        return gather();
    }

    Result<void> write_facts(std::vector<FactWrite> facts) override {
        Commit commit;
        commit.facts = std::move(facts);
        const auto done = commit_and_wait(std::move(commit));
        if (!done) return done.error();
        return {};
    }
    std::optional<std::string> fact(const std::string& table, const std::string& key) override {
        auto found = with_reader([&](Connection& connection) {
            auto row = connection.prepare("SELECT value FROM fact WHERE name = ? AND key = ?");
            row.bind(table, key);
            return row.step() ? std::optional(open_fact(shared_->codec.keys(), table, key, row.text(0))) : std::nullopt;
        });
        return found ? std::move(*found) : throw ReadFailure("facts cannot be read");
    }
    std::vector<std::pair<std::string, std::string>> facts(const std::string& table, const std::string& from, const std::string& to,
                                                           std::size_t count) override {
        auto found = with_reader([&](Connection& connection) {
            std::vector<std::pair<std::string, std::string>> out;
            auto row = connection.prepare("SELECT key, value FROM fact WHERE name = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?");
            row.bind(table, from, to, static_cast<std::uint64_t>(count));
            while (row.step()) {
                std::string each(row.text(0));
                auto value = open_fact(shared_->codec.keys(), table, each, row.text(1));
                out.emplace_back(std::move(each), std::move(value));
            }
            return out;
        });
        return found ? std::move(*found) : throw ReadFailure("facts cannot be read");
    }

    void on_commit(std::function<void(LogTime)> listener) override { writer_.on_commit(std::move(listener)); }
    std::vector<std::pair<std::string, std::uint64_t>> counters() const override {
        const auto& counters = shared_->counters;
        return {{"commits", counters.commits},    {"writes", counters.writes},    {"commit_groups", counters.groups},
                {"refused", counters.refused},    {"waiting", writer_.waiting()}, {"closed_versions", shared_->visibility.closed_count()},
                {"store_failed", counters.failed}};
    }

private:
    /// Gathers the next block of codes and their times, here and not on the writer's thread. True: there is another.
    Result<bool> gather() {
        const auto last = shared_->visibility.newest().second;
        auto block = with_reader([&](Connection& connection) -> std::optional<OccurrenceBlock> {
            const auto number = next_occurrence_block(connection);
            if (last + 1 < (number + 1) * kTextBlock) return std::nullopt;
            return gather_occurrences(connection, number);
        });
        if (!block) return block.error();
        if (!*block) return false;
        const bool has_more = last + 1 >= ((*block)->number + 2) * kTextBlock;
        Commit commit;
        commit.occurrences = std::move(**block);
        const auto done = commit_and_wait(std::move(commit));
        if (!done) return done.error();
        return has_more;
    }

    /// Runs `work` on a connection of the pool; a failure of the database becomes an Outcome.
    template <class Work>
    auto with_reader(Work work) -> Result<decltype(work(std::declval<Connection&>()))> {
        try {
            auto connection = pool_.take();
            auto out = work(*connection);
            pool_.put(std::move(connection));
            return out;
        } catch (const StoreFailure& failure) {
            return Outcome(huitong::fatal(IssueCode::exception, "", "store-failed", {std::to_string(failure.code)}));
        }
    }

    DirectoryLock lock_;
    std::unique_ptr<Shared> shared_;
    ReaderPool pool_;
    Writer writer_;
    IdMaker ids_;
};

/// Noted by an upgrade (upgrade.cpp).
std::set<Symbol> load_partly_timed(Connection& connection, const Symbols& symbols) {
    constexpr std::string_view kNote = "partly-timed ";
    std::set<Symbol> out;
    auto rows = connection.prepare("SELECT name FROM counter WHERE name > 'partly-timed ' AND name < 'partly-timed!'");
    while (rows.step()) {
        if (const auto type = symbols.find(std::string(rows.text(0).substr(kNote.size())))) out.insert(*type);
    }
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
        const bool is_log_left = has_bytes(shared->file + "-wal");
        auto writer = std::make_unique<Connection>(shared->file, OpenMode::writer);
        const int version = prepare_schema(*writer);
        if (version != kSchemaVersion)
            return Outcome(
                huitong::error(IssueCode::processing, "", "store-version", {std::to_string(version), std::to_string(kSchemaVersion)}));
        auto keys = options.keys ? Result<std::shared_ptr<const KeyRing>>(options.keys) : keys_of(options.directory);
        if (!keys) return keys.error();
        if (auto issues = check_keys(*writer, keys->get()); issues.has_errors()) return issues;
        shared->codec.set_keys(std::move(*keys));
        shared->log_chain_from = load_log_chain(*writer);
        shared->symbols.load(*writer);
        shared->codec.load(*writer, shared->symbols);
        shared->sets.load(*writer);
        shared->partly_timed = load_partly_timed(*writer, shared->symbols);
        {
            auto closed = writer->prepare("SELECT vid, t_to FROM version WHERE t_to > 0");
            while (closed.step()) shared->visibility.close(closed.key(0), closed.key(1));
        }
        return std::shared_ptr<Store>(std::make_shared<SqliteStore>(std::move(*lock), std::move(shared), std::move(writer), is_log_left));
    } catch (const StoreFailure& failure) {
        return Outcome(huitong::fatal(IssueCode::exception, "", "store-damaged", {std::to_string(failure.code)}));
    }
}

} // namespace huitong::store
