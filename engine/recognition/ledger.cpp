#include "recognition/ledger.hpp"

#include "recognition/ledger_text.hpp"

#include <future>
#include <set>

namespace huitong::recognition {
namespace {

/// Appends taken into one commit.
constexpr std::size_t kBatchJobsMax = 64;

LedgerEntry entry_of(const std::string& key, const std::string& value) {
    auto read = audit::read_entry(key, value);
    LedgerEntry out;
    out.sequence = read.sequence;
    out.hash = std::move(read.hash);
    out.previous = std::move(read.previous);
    out.json = std::move(read.text);
    return out;
}

/// What could not be read (the store said so by an exception) refuses one word, not the ledger.
Result<LedgerBatch> prepared(const Ledger::Prepare& prepare, std::uint64_t first_sequence) {
    try {
        return prepare(first_sequence);
    } catch (const store::ReadFailure&) {
        return Outcome(fatal(IssueCode::exception, "", "store-failed", {"read"}));
    }
}

} // namespace

const audit::FactChain& ledger_chain() {
    static const audit::FactChain chain{"ledger", "recognition-ledger", "recognition-ledger-head", "head"};
    return chain;
}

Ledger::Ledger(store::Store& store) : store_(store) {
    auto head = audit::read_head(store, ledger_chain());
    last_ = head.sequence;
    head_ = std::move(head.hash);
    durable_ = last_;
    thread_ = std::thread([this] { run(); });
}

Ledger::~Ledger() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Ledger::append(std::string subject, Prepare prepare, Done done) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back({std::move(subject), std::move(prepare), std::move(done)});
    }
    wake_.notify_one();
}

Result<std::uint64_t> Ledger::append_and_wait(std::string subject, Prepare prepare) {
    auto promise = std::make_shared<std::promise<Result<std::uint64_t>>>();
    auto future = promise->get_future();
    append(std::move(subject), std::move(prepare), [promise](Result<std::uint64_t> result) { promise->set_value(std::move(result)); });
    return future.get();
}

void Ledger::run() {
    for (;;) {
        std::deque<Job> jobs;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            std::set<std::string> subjects;
            // A second word about the same match waits for the next commit: it must see the state that the first one makes.
            while (!queue_.empty() && jobs.size() < kBatchJobsMax) {
                auto& next = queue_.front();
                if (!next.subject.empty() && !subjects.insert(next.subject).second) break;
                jobs.push_back(std::move(next));
                queue_.pop_front();
            }
        }
        write(std::move(jobs));
    }
}

void Ledger::write(std::deque<Job> jobs) {
    store::Commit commit;
    commit.reason = "recognition";
    auto sequence = last_;
    auto head = head_;
    std::vector<std::pair<Done, Result<std::uint64_t>>> results;
    for (auto& job : jobs) {
        auto batch = prepared(job.prepare, sequence + 1);
        if (!batch) {
            results.emplace_back(std::move(job.done), batch.error());
            continue;
        }
        results.emplace_back(std::move(job.done), sequence + 1);
        for (auto& json : batch->entries) {
            audit::FactEntry entry;
            entry.hash = audit::chained_hash(head, json);
            entry.previous = head;
            entry.text = std::move(json);
            store::FactWrite fact;
            fact.table = ledger_chain().table;
            fact.key = sequence_key(++sequence);
            fact.value = audit::write_entry(entry);
            commit.facts.push_back(std::move(fact));
            head = std::move(entry.hash);
        }
        for (auto& fact : batch->facts) commit.facts.push_back(std::move(fact));
    }
    if (sequence != last_) {
        store::FactWrite fact;
        fact.table = ledger_chain().head_table;
        fact.key = ledger_chain().head_key;
        fact.value = audit::write_head({sequence, head});
        commit.facts.push_back(std::move(fact));
    }
    Outcome failure;
    if (!commit.facts.empty()) {
        const auto written = store_.commit_and_wait(std::move(commit));
        if (!written) failure = written.error();
    }
    if (failure.empty()) {
        last_ = sequence;
        head_ = head;
        const std::lock_guard lock(mutex_);
        durable_ = sequence;
    }
    for (auto& [done, result] : results) {
        if (result && !failure.empty()) result = failure;
        done(std::move(result));
    }
}

std::uint64_t Ledger::decision_of(const std::string& match) const {
    const auto state = match.empty() ? std::nullopt : store_.fact(kMatchTable, match);
    return state ? read_state(*state).decided : 0;
}

std::optional<LedgerEntry> Ledger::entry(std::uint64_t sequence) const {
    const auto key = sequence_key(sequence);
    const auto value = store_.fact(ledger_chain().table, key);
    if (!value) return std::nullopt;
    return entry_of(key, *value);
}

std::vector<LedgerEntry> Ledger::entries(std::uint64_t after, std::size_t count) const {
    std::vector<LedgerEntry> out;
    for (const auto& [key, value] : store_.facts(ledger_chain().table, sequence_key(after + 1), ":", count))
        out.push_back(entry_of(key, value));
    return out;
}

std::uint64_t Ledger::last() const {
    const std::lock_guard lock(mutex_);
    return durable_;
}

Outcome Ledger::verify() const {
    return audit::walk_chain(store_, ledger_chain(), [](const audit::FactEntry&) {});
}

} // namespace huitong::recognition
