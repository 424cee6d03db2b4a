/// The writer's thread, its queue and its groups; apply.cpp holds what one commit does.
#include "store/sqlite/writer.hpp"

#include "base/sha256.hpp"
#include "store/sqlite/packed_fact.hpp"
#include "store/sqlite/sealing.hpp"

#include <algorithm>
#include <utility>

namespace huitong::store {
namespace {

/// A group ends here, so that one large commit does not make the small ones behind it wait for ever.
constexpr std::size_t kGroupCommitsMax = 512;
constexpr std::size_t kGroupWritesMax = 4'000;
/// And when so much time has gone: a small commit waits no longer than this for its turn. A disk that takes longer to make a group durable
/// gets groups that take as long, or it would do nothing else.
constexpr auto kGroupTime = std::chrono::milliseconds(10);

bool is_of_facts_alone(const Commit& commit) {
    return commit.writes.empty() && commit.late_rows.empty() && commit.expunges.empty() && !commit.text && !commit.occurrences;
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
    for (auto& fact : job.commit.facts) fact.value = pack_fact(std::move(fact.value));
    {
        const std::lock_guard lock(mutex_);
        if (waiting_ < shared_.limits->writer_queue_max && !stopping_) {
            (is_of_facts_alone(job.commit) ? facts_ : queue_).push_back(std::move(job));
            ++waiting_;
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

std::size_t Writer::waiting() const { return waiting_; }

void Writer::run() {
    while (true) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || waiting_ != 0 || !tending_.empty(); });
            if (waiting_ == 0 && tending_.empty()) return;
        }
        if (waiting_ != 0) run_group();
        store_dictionary();
        look_at_plain();
        run_tending();
    }
}

std::optional<Writer::Job> Writer::take_job(Group& group) {
    const auto now = std::chrono::steady_clock::now();
    if (group.commits == kGroupCommitsMax || (group.commits != 0 && now >= group.until)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const bool others_first = !queue_.empty() && !group.has_facts_alone && (group.commits == 0 ? are_others_due_ : now < group.facts_from);
    const bool takes_facts = !facts_.empty() && !others_first;
    auto& from = takes_facts ? facts_ : queue_;
    // Facts join a group under way and end it: whoever waits for them is not kept for others.
    if (from.empty() || (group.has_facts_alone && facts_.empty())) return std::nullopt;
    const auto writes = group.writes + from.front().commit.writes.size();
    if (group.commits != 0 && writes > kGroupWritesMax) return std::nullopt;
    group.writes = writes;
    group.has_facts_alone = takes_facts;
    group.has_others = group.has_others || !takes_facts;
    are_others_due_ = !group.has_others && !queue_.empty();
    ++group.commits;
    auto job = std::move(from.front());
    from.pop_front();
    --waiting_;
    return job;
}

void Writer::run_group() {
    std::vector<Applied> applied;
    const auto before = position_;
    closings_.clear();
    try {
        commit_group(applied);
        for (const auto& closing : closings_) shared_.visibility.close(closing.key, closing.t_to);
        shared_.visibility.publish(position_.t, position_.last);
        ++shared_.counters.groups;
        if (!broken_) shared_.counters.failed = 0;
    } catch (const StoreFailure& failure) {
        position_ = before;
        has_expunged_ = false;
        roll_back(applied, failure);
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

void Writer::commit_group(std::vector<Applied>& applied) {
    Group group;
    const auto begin = std::chrono::steady_clock::now();
    group.until = begin + std::max<std::chrono::steady_clock::duration>(kGroupTime, sync_time_);
    group.facts_from = are_others_due_ ? begin + kGroupTime / 2 : begin;
    auto job = take_job(group);
    if (!job) return;
    applied.push_back({std::move(job->done), Outcome()});
    if (broken_) throw StoreFailure(*broken_);
    connection_->prepare("BEGIN IMMEDIATE").run();
    const auto* keys = shared_.codec.keys();
    const auto noted = keys && keys->current() != noted_key_ ? note_key(*connection_, *keys) : noted_key_;
    applied.back().result = apply(*job);
    while ((job = take_job(group))) {
        applied.push_back({std::move(job->done), Outcome()});
        applied.back().result = apply(*job);
    }
    interner_.save(*connection_);
    shared_.sets.save(*connection_);
    const auto applied_all = std::chrono::steady_clock::now();
    connection_->prepare("COMMIT").run();
    sync_time_ = std::chrono::steady_clock::now() - applied_all;
    noted_key_ = noted;
}

void Writer::give_up(const StoreFailure& failure) {
    broken_ = failure;
    shared_.counters.failed = 1;
}

void Writer::roll_back(std::vector<Applied>& applied, const StoreFailure& failure) {
    if (failure.sync_failed()) give_up(failure);
    if (failure.disk_full() || failure.is_of_medium()) shared_.counters.failed = 1; // until a group goes through
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
        give_up(failure); // what is in memory can no longer be trusted
    }
    for (auto& job : applied) job.result = failure_outcome(failure);
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
        if (failure.sync_failed()) give_up(failure);
    }
}

} // namespace huitong::store
