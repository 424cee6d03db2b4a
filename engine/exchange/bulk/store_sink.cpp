#include "exchange/bulk/store_sink.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace huitong::exchange {
namespace {

constexpr std::size_t kCommitWrites = 1'000;    ///< resources of their own that travel together
constexpr std::size_t kCommitsUnderWayMax = 64; ///< the writer makes a group durable with one fsync
constexpr std::size_t kWritesUnderWayMax = 8'000;

/// The store is well and does not take this document; anything else ends the load.
bool is_refused_write(const Outcome& issues) {
    static constexpr std::string_view kRules[] = {"store-conflict", "store-hidden", "store-label", "store-compartment"};
    return issues.leading() && std::find(std::begin(kRules), std::end(kRules), issues.leading()->rule) != std::end(kRules);
}

} // namespace

/// What is committed together or not at all: a transaction, an entry of a batch, a resource.
struct LoadJob {
    std::shared_ptr<const ReadDocument> document; ///< keeps the resources alive for another try
    std::size_t group = 0;
    std::string file;
    std::uint32_t line = 0;
    bool ends_document = false; ///< the document counts as done with it
    store::Commit commit;
    std::size_t existing = 0; ///< conditional creates that found what they wanted
    store::LogTime prepared_at = 0;
    int tries = 0;
    Outcome issues;
};

namespace {

struct PreparedJobs final : PreparedPiece {
    std::vector<LoadJob> jobs;
};

access::Caller local_caller(std::string actor) {
    access::Caller out;
    out.local_admin = true;
    out.client_id = std::move(actor);
    return out;
}

} // namespace

StoreSink::StoreSink(const interaction::Services& services, std::string actor) : StoreSink(services, local_caller(std::move(actor))) {}

StoreSink::StoreSink(const interaction::Services& services, access::Caller caller) : services_(services), limits_(*services.limits) {
    limits_.bundle_entries_max = ~std::uint32_t{0};
    services_.limits = &limits_;
    request_.caller = std::move(caller);
    request_.write_check = interaction::WriteCheck::tolerant;
}

StoreSink::~StoreSink() { wait_for(0); }

void StoreSink::prepare_job(LoadJob& job) const {
    job.prepared_at = services_.store->now();
    auto prepared = interaction::prepare_entries(services_, request_, job.document->groups[job.group]);
    job.issues = prepared ? Outcome() : prepared.error();
    if (!prepared) return;
    job.commit = std::move(prepared->commit);
    job.commit.reason = "load";
    job.existing = 0;
    for (const auto& entry : prepared->entries) job.existing += entry.existing;
}

void StoreSink::prepare(LoadPiece& piece) {
    auto prepared = std::make_unique<PreparedJobs>();
    for (auto& item : piece.items) {
        if (item.issues.has_errors()) continue;
        auto read = read_document(services_, std::move(item.document.text));
        if (!read) {
            item.issues = read.error();
            continue;
        }
        if (auto refused = accept ? accept(read->tree->root()) : Outcome(); refused.has_errors()) {
            item.issues = std::move(refused);
            continue;
        }
        const auto document = std::make_shared<const ReadDocument>(std::move(*read));
        for (std::size_t group = 0; group < document->groups.size(); ++group) {
            LoadJob job;
            job.document = document;
            job.group = group;
            job.file = item.file;
            job.line = item.document.line;
            job.ends_document = group + 1 == document->groups.size();
            prepare_job(job);
            prepared->jobs.push_back(std::move(job));
        }
    }
    piece.prepared = std::move(prepared);
}

void StoreSink::finish(LoadPiece piece) {
    for (const auto& item : piece.items) {
        if (!item.issues.has_errors()) continue;
        ++counts.refused;
        if (refuse) refuse(item);
    }
    auto* prepared = static_cast<PreparedJobs*>(piece.prepared.get());
    if (!prepared) return;
    for (auto& job : prepared->jobs) {
        if (broken_.empty()) finish_job(std::move(job));
    }
}

void StoreSink::finish_job(LoadJob job) {
    if (job.issues.has_errors()) {
        // It may have needed what was under way when it was prepared.
        flush();
        if (services_.store->now() != job.prepared_at) prepare_job(job);
        if (job.issues.has_errors()) return refuse_job(job, job.issues);
    }
    const bool is_alone = job.document->is_transaction || !job.commit.guards.empty();
    if (is_alone && !waiting_.empty()) send(std::move(waiting_));
    waiting_writes_ += job.commit.writes.size();
    waiting_.push_back(std::move(job));
    if (is_alone || waiting_writes_ >= kCommitWrites) send(std::move(waiting_));
}

void StoreSink::send(std::vector<LoadJob> jobs) {
    waiting_.clear();
    waiting_writes_ = 0;
    store::Commit commit = std::move(jobs.front().commit);
    for (std::size_t index = 1; index < jobs.size(); ++index) {
        auto& writes = jobs[index].commit.writes;
        std::move(writes.begin(), writes.end(), std::back_inserter(commit.writes));
    }
    // A transaction whose every entry exists already has nothing to commit.
    if (commit.writes.empty()) {
        count_written(jobs, {});
        return;
    }
    while (under_way_ != 0 && (under_way_ >= kCommitsUnderWayMax || writes_under_way_ + commit.writes.size() > kWritesUnderWayMax))
        wait_for(under_way_ - 1);
    ++under_way_;
    writes_under_way_ += commit.writes.size();
    auto shared = std::make_shared<std::vector<LoadJob>>(std::move(jobs));
    boost::asio::co_spawn(io_, StoreSink::commit(this, std::move(shared), std::move(commit)), boost::asio::detached);
    io_.restart();
    io_.poll(); // up to where it waits for the writer: the order of the commits is the order of the calls
}

boost::asio::awaitable<void> StoreSink::commit(StoreSink* sink, std::shared_ptr<std::vector<LoadJob>> jobs, store::Commit commit) {
    const auto writes = commit.writes.size();
    auto result = co_await sink->services_.store->commit(std::move(commit));
    --sink->under_way_;
    sink->writes_under_way_ -= writes;
    sink->take_result(std::move(*jobs), std::move(result));
}

void StoreSink::take_result(std::vector<LoadJob> jobs, Result<store::CommitReceipt> result) {
    if (result) return count_written(jobs, *result);
    const auto issues = result.error();
    const bool is_refusal = is_refused_write(issues);
    // Only one of those that travelled together is to blame: each is tried alone.
    if (interaction::is_guard_conflict(issues) || (is_refusal && jobs.size() > 1)) {
        for (auto& job : jobs) again_.push_back(std::move(job));
    } else if (is_refusal) {
        refuse_job(jobs.front(), issues);
    } else if (broken_.empty()) {
        broken_ = issues;
    }
}

void StoreSink::count_written(std::vector<LoadJob>& jobs, const store::CommitReceipt& receipt) {
    for (const auto& write : receipt.writes) ++(write.unchanged ? counts.unchanged : counts.written);
    for (auto& job : jobs) {
        counts.unchanged += job.existing;
        counts.resources += job.document->groups[job.group].size();
        counts.documents += job.ends_document;
        job.document.reset();
    }
}

void StoreSink::wait_for(std::size_t commits_left) {
    while (under_way_ > commits_left) {
        io_.restart();
        io_.run_one();
    }
}

void StoreSink::flush() {
    if (!waiting_.empty()) send(std::move(waiting_));
    wait_for(0);
    while (!again_.empty() && broken_.empty()) {
        auto jobs = std::move(again_);
        again_.clear();
        for (auto& job : jobs) {
            prepare_job(job);
            if (!job.issues.has_errors() && ++job.tries > interaction::kGuardRetriesMax)
                job.issues = error(IssueCode::conflict, "", "store-guard", {""});
            if (job.issues.has_errors()) {
                refuse_job(job, job.issues);
                continue;
            }
            std::vector<LoadJob> one;
            one.push_back(std::move(job));
            send(std::move(one));
            wait_for(0);
        }
    }
}

void StoreSink::refuse_job(const LoadJob& job, Outcome issues) {
    ++counts.refused;
    counts.documents += job.ends_document;
    if (!refuse) return;
    LoadItem item;
    item.file = job.file;
    item.document.line = job.line;
    item.issues = std::move(issues);
    refuse(item);
}

} // namespace huitong::exchange
