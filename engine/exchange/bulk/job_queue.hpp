/// Jobs of one kind, each with a folder for its record and its files. One thread works on one after the other; what is done is kept for a
/// while, and what a restart interrupts goes on: the record says how far it was. Thread: any.
#pragma once

#include "base/json_writer.hpp"
#include "interaction/bulk_jobs.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace huitong::exchange {

struct BulkJob {
    virtual ~BulkJob() = default;
    std::string id, folder, request;
    access::Caller caller;
    interaction::BulkStatus status;
    Instant at{};           ///< when it was ordered
    bool cancelled = false; ///< by its client
    std::stop_source stop;  ///< by its client or by the end of the program
};

/// What the kinds differ in. All but `run` are called with the queue's lock.
class JobKind {
public:
    /// The work, on the queue's thread. It ends early, with whatever outcome, when the job is stopped.
    virtual Outcome run(BulkJob& job) = 0;
    virtual std::string manifest_of(const BulkJob& job) const = 0;
    virtual bool has_file(const BulkJob& job, std::string_view name) const = 0;
    /// Members of the record beside those of every job, and a job with them read.
    virtual void write_record(const BulkJob& job, JsonWriter& json) const = 0;
    virtual std::shared_ptr<BulkJob> read_record(fhir::Element record) const = 0;

protected:
    ~JobKind() = default;
};

class JobQueue final : public interaction::BulkJobs {
public:
    static constexpr std::size_t kJobsMax = 64;          ///< waiting and running, of all clients
    static constexpr std::size_t kJobsPerClientMax = 16; ///< of one, so that nobody keeps the others out

    /// Takes up what is in the folder. `services` and `kind` outlive it.
    JobQueue(const interaction::Services& services, JobKind& kind, std::string folder, std::int64_t keep_seconds);
    ~JobQueue() override;

    /// The job's id. Issues: bulk-jobs-max, bulk-failed.
    Result<std::string> add(std::shared_ptr<BulkJob> job, interaction::BulkOrder order);
    Result<interaction::BulkStatus> status(const std::string& job, const access::Caller& caller) override;
    Outcome cancel(const std::string& job, const access::Caller& caller) override;
    Result<std::shared_ptr<FileBody>> file(const std::string& job, const std::string& name, const access::Caller& caller) override;

    /// For `run`: guards what others see of a job.
    std::mutex& mutex() { return mutex_; }
    /// Makes durable how far a job is. Issue: bulk-failed.
    Outcome keep(const BulkJob& job) const;

private:
    using JobPtr = std::shared_ptr<BulkJob>;
    JobPtr find(const std::string& id, const access::Caller& caller);
    void take_up(const std::string& folder);
    void work(const std::stop_token& stop);
    void finish(BulkJob& job, Outcome issues);
    /// Issue: bulk-jobs-max. With the lock.
    Outcome check_room(const std::string& client) const;
    void drop_old();

    const interaction::Services& services_;
    JobKind& kind_;
    std::string folder_;
    std::int64_t keep_seconds_;
    std::mutex mutex_; ///< of everything below
    std::condition_variable_any changed_;
    std::map<std::string, JobPtr> jobs_;
    std::deque<JobPtr> waiting_;
    std::jthread thread_;
};

/// A number that a record holds, as text or as a number.
std::uint64_t record_number(fhir::Element record, std::string_view name);

} // namespace huitong::exchange
