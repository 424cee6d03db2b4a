/// Bulk export: jobs that write what their caller may see as NDJSON files below the data directory, one file a type, all of one position of
/// the log. One thread works on one job after the other and yields between pages of some hundred resources; no read lasts longer.
/// Jobs and files are gone `kKeepSeconds` after the end. A job that a restart interrupts goes on at the type it was at, of the same
/// position of the log. Source: Bulk Data Access 2.0.0.
#pragma once

#include "interaction/bulk_export.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace huitong::exchange {

class Exporter final : public interaction::BulkExports {
public:
    static constexpr std::size_t kJobsMax = 16; ///< waiting and running
    static constexpr std::int64_t kKeepSeconds = 24 * 3'600;

    /// `services` outlives the exporter. Takes up what is in the folder: finished jobs are kept, the others go on.
    Exporter(const interaction::Services& services, std::string folder);
    ~Exporter() override;

    Result<std::string> start(interaction::ExportOrder order) override;
    Result<interaction::ExportStatus> status(const std::string& job, const access::Caller& caller) override;
    Outcome cancel(const std::string& job, const access::Caller& caller) override;
    Result<std::string> file(const std::string& job, const std::string& name, const access::Caller& caller) override;

private:
    struct Job {
        std::string id, folder;
        interaction::ExportOrder order;
        interaction::ExportStatus status;
        std::vector<std::pair<std::string, std::uint64_t>> files; ///< type, resources in it
        std::size_t types_done = 0;
        store::LogTime t = 0;
        Instant at{};
        bool cancelled = false;
    };
    using JobPtr = std::shared_ptr<Job>;

    JobPtr find(const std::string& id, const access::Caller& caller);
    void work(const std::stop_token& stop);
    Outcome run(Job& job, const std::stop_token& stop);
    Outcome write_type(Job& job, const std::string& type, const std::stop_token& stop);
    Result<store::VersionKeys> keys_of(const Job& job, const std::string& type);
    std::vector<std::string> patients_of(const Job& job, store::ReadView& view);
    std::string manifest_of(const Job& job) const;
    void take_up(const std::string& folder);
    static bool keep_record(const Job& job);
    void drop_old();

    const interaction::Services& services_;
    std::string folder_;
    std::mutex mutex_; ///< of everything below
    std::condition_variable_any changed_;
    std::map<std::string, JobPtr> jobs_;
    std::deque<JobPtr> waiting_;
    std::jthread thread_;
};

} // namespace huitong::exchange
