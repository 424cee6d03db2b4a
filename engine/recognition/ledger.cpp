#include "recognition/ledger.hpp"

#include "base/sha256.hpp"

#include <fmt/format.h>

#include <future>
#include <set>

namespace huitong::recognition {
namespace {

constexpr auto kTable = "recognition-ledger";
constexpr auto kHeadTable = "recognition-ledger-head";
constexpr auto kHeadKey = "head";
/// Appends taken into one commit.
constexpr std::size_t kBatchJobsMax = 64;
/// Entries read at once when the chain is walked.
constexpr std::size_t kWalkCount = 256;

std::string chained(const std::string& previous, const std::string& json) { return sha256_hex(previous + '\n' + json); }

LedgerEntry read_entry(const std::string& key, const std::string& value) {
    LedgerEntry out;
    out.sequence = std::strtoull(key.c_str(), nullptr, 10);
    const auto first = value.find('\n');
    const auto second = first == value.npos ? first : value.find('\n', first + 1);
    if (second == value.npos) return out;
    out.hash = value.substr(0, first);
    out.previous = value.substr(first + 1, second - first - 1);
    out.json = value.substr(second + 1);
    return out;
}

} // namespace

std::string sequence_key(std::uint64_t sequence) { return fmt::format("{:016}", sequence); }

Ledger::Ledger(store::Store& store) : store_(store) {
    if (const auto head = store.fact(kHeadTable, kHeadKey)) {
        const auto space = head->find(' ');
        last_ = std::strtoull(head->c_str(), nullptr, 10);
        head_ = head->substr(space + 1);
    }
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
        auto batch = job.prepare(sequence + 1);
        if (!batch) {
            results.emplace_back(std::move(job.done), batch.error());
            continue;
        }
        results.emplace_back(std::move(job.done), sequence + 1);
        for (auto& json : batch->entries) {
            const auto hash = chained(head, json);
            store::FactWrite fact;
            fact.table = kTable;
            fact.key = sequence_key(++sequence);
            fact.value = hash + '\n' + head + '\n' + json;
            commit.facts.push_back(std::move(fact));
            head = hash;
        }
        for (auto& fact : batch->facts) commit.facts.push_back(std::move(fact));
    }
    if (sequence != last_) {
        store::FactWrite fact;
        fact.table = kHeadTable;
        fact.key = kHeadKey;
        fact.value = std::to_string(sequence) + ' ' + head;
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

std::optional<LedgerEntry> Ledger::entry(std::uint64_t sequence) const {
    const auto key = sequence_key(sequence);
    const auto value = store_.fact(kTable, key);
    if (!value) return std::nullopt;
    return read_entry(key, *value);
}

std::vector<LedgerEntry> Ledger::entries(std::uint64_t after, std::size_t count) const {
    std::vector<LedgerEntry> out;
    for (const auto& [key, value] : store_.facts(kTable, sequence_key(after + 1), ":", count)) out.push_back(read_entry(key, value));
    return out;
}

std::uint64_t Ledger::last() const {
    const std::lock_guard lock(mutex_);
    return durable_;
}

Outcome Ledger::verify() const {
    std::string head;
    std::uint64_t expected = 1;
    for (;;) {
        const auto read = entries(expected - 1, kWalkCount);
        for (const auto& entry : read) {
            if (entry.sequence != expected || entry.previous != head || entry.hash != chained(head, entry.json))
                return error(IssueCode::security, "", "recognition-ledger-broken", {std::to_string(expected)});
            head = entry.hash;
            ++expected;
        }
        if (read.size() < kWalkCount) break;
    }
    // Entries taken from the end leave the head behind.
    const auto kept = store_.fact(kHeadTable, kHeadKey);
    if (kept.value_or("0 ") != std::to_string(expected - 1) + ' ' + head)
        return error(IssueCode::security, "", "recognition-ledger-broken", {std::to_string(expected)});
    return {};
}

} // namespace huitong::recognition
