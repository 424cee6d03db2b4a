/// The writer's thread, its queue and its groups; apply.cpp holds what one commit does.
#include "store/sqlite/writer.hpp"

#include "base/sha256.hpp"
#include "store/sqlite/sealing.hpp"

#include <algorithm>
#include <utility>

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

Writer::Writer(Shared& shared, std::unique_ptr<Connection> connection, bool is_log_left)
    : shared_(shared), connection_(std::move(connection)), rows_(*connection_, shared.symbols, interner_, shared.sets),
      is_log_to_cut_(is_log_left) {
    load_position();
    interner_.load(*connection_);
    plain_ = load_plain();
    look_at_plain();
    shared_.visibility.publish(position_.t, position_.last);
    thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
    if (!broken_) cut_log();
}

void Writer::load_position() {
    if (auto sealed = connection_->prepare("SELECT value FROM counter WHERE name = 'sealed'"); sealed.step())
        sealed_with_ = static_cast<KeyNumber>(sealed.integer(0));
    if (auto noted = connection_->prepare("SELECT value FROM counter WHERE name = 'sealing'"); noted.step())
        noted_key_ = static_cast<KeyNumber>(noted.integer(0));
    auto newest = connection_->prepare("SELECT t, last_version_key, instant, hash FROM log ORDER BY t DESC LIMIT 1");
    if (newest.step()) position_ = {newest.key(0), newest.key(1), {newest.integer(2)}, std::string(newest.text(3))};
}

void Writer::enqueue(Commit commit, Done done) {
    Job job{std::move(commit), {}, std::move(done)};
    for (const auto& write : job.commit.writes)
        job.bodies.push_back({shared_.codec.encode(write.key.type, write.body), sha256_hex(write.body)});
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() < shared_.limits->writer_queue_max && !stopping_) {
            queue_.push_back(std::move(job));
            wake_.notify_one();
            return;
        }
    }
    ++shared_.counters.refused;
    job.done(Outcome(huitong::error(IssueCode::throttled, "", "store-queue-full")));
}

void Writer::tend(std::function<void(Result<bool>)> done) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return done(false);
    tending_.push_back(std::move(done));
    wake_.notify_one();
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
            wake_.wait(lock, [this] { return stopping_ || !queue_.empty() || !tending_.empty(); });
            if (queue_.empty() && tending_.empty()) return;
            std::size_t writes = 0;
            while (!queue_.empty() && jobs.size() < kGroupCommitsMax &&
                   (jobs.empty() || writes + queue_.front().commit.writes.size() <= kGroupWritesMax)) {
                writes += queue_.front().commit.writes.size();
                jobs.push_back(std::move(queue_.front()));
                queue_.pop_front();
            }
        }
        if (!jobs.empty()) run_group(std::move(jobs));
        store_dictionary();
        look_at_plain();
        run_tending();
    }
}

void Writer::run_group(std::deque<Job> jobs) {
    std::vector<Applied> applied;
    const auto before = position_;
    closings_.clear();
    try {
        if (broken_) throw *broken_;
        commit_group(jobs, applied);
        for (const auto& closing : closings_) shared_.visibility.close(closing.key, closing.t_to);
        shared_.visibility.publish(position_.t, position_.last);
        ++shared_.counters.groups;
    } catch (const StoreFailure& failure) {
        position_ = before;
        has_expunged_ = false;
        roll_back(applied, jobs, failure);
    }
    // The group is durable: what goes wrong now no longer undoes it.
    if (std::exchange(has_expunged_, false)) after_expunge();
    std::vector<std::function<void(LogTime)>> listeners;
    {
        const std::lock_guard lock(mutex_);
        listeners = listeners_;
    }
    for (auto& [done, result] : applied) done(std::move(result));
    for (const auto& listener : listeners) listener(position_.t);
}

void Writer::commit_group(std::deque<Job>& jobs, std::vector<Applied>& applied) {
    connection_->prepare("BEGIN IMMEDIATE").run();
    const auto* keys = shared_.codec.keys();
    const auto noted = keys && keys->current() != noted_key_ ? note_key(*connection_, *keys) : noted_key_;
    while (!jobs.empty()) {
        auto job = std::move(jobs.front());
        jobs.pop_front();
        applied.push_back({std::move(job.done), Outcome()});
        applied.back().result = apply(job);
    }
    interner_.save(*connection_);
    shared_.sets.save(*connection_);
    connection_->prepare("COMMIT").run();
    noted_key_ = noted;
}

void Writer::roll_back(std::vector<Applied>& applied, std::deque<Job>& rest, const StoreFailure& failure) {
    if (failure.sync_failed()) broken_ = failure;
    try {
        connection_->execute("ROLLBACK");
    } catch (const StoreFailure&) {
        // SQLite had rolled back by itself; a full disk does that.
    }
    try {
        rows_.forget();
        shared_.symbols.load(*connection_);
        shared_.sets.load(*connection_);
        interner_.load(*connection_);
    } catch (const StoreFailure&) {
        broken_ = failure; // what is in memory can no longer be trusted
    }
    for (auto& job : applied) job.result = failure_outcome(failure);
    for (auto& job : rest) applied.push_back({std::move(job.done), failure_outcome(failure)});
    rest.clear();
}

/// In a transaction of its own: it may fail without harm, and bodies use it only when it is on the disk.
void Writer::store_dictionary() {
    if (broken_) return;
    const auto trained = shared_.codec.trained();
    if (!trained) return;
    const int id = shared_.codec.next_id();
    try {
        auto insert = connection_->prepare("INSERT INTO dictionary(id, bytes, type) VALUES(?, ?, ?)");
        insert.bind_one(1, id);
        const auto stored = shared_.codec.seal_dictionary(trained->bytes);
        insert.bind_blob(2, stored);
        insert.bind_one(3, trained->type.empty() ? 0 : shared_.symbols.intern(*connection_, trained->type));
        insert.run();
        shared_.codec.adopt(id, *trained);
        if (id == kFirstDictionary) save_plain(plain_ = position_.last);
    } catch (const StoreFailure& failure) {
        if (failure.sync_failed()) broken_ = failure;
    }
}

} // namespace huitong::store
