/// Bulk import: jobs that load NDJSON files of one folder, which the operator fills; nothing is fetched from anywhere else. One thread
/// works on one job after the other, one file after the other. Every resource has its id and is written under it, so that a file which a
/// restart interrupted is simply read again: what is there already changes nothing. Jobs are known for `kKeepSeconds` after their end.
/// Source: the proposal "Bulk Data Import by manifest" beside Bulk Data Access 2.0.0.
#pragma once

#include "exchange/bulk/loader.hpp"
#include "interaction/bulk_import.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace huitong::exchange {

class Importer final : public interaction::BulkImports {
public:
    static constexpr std::size_t kJobsMax = 16; ///< waiting and running
    static constexpr std::int64_t kKeepSeconds = 7 * 24 * 3'600;

    /// `services` outlives the importer; `folder` keeps the jobs, `source` holds the files ("" = none may be named).
    Importer(const interaction::Services& services, std::string folder, std::string source);
    ~Importer() override;

    Result<std::string> start(interaction::ImportOrder order) override;
    Result<interaction::ImportStatus> status(const std::string& job, const access::Caller& caller) override;
    Outcome cancel(const std::string& job, const access::Caller& caller) override;
    Result<std::string> file(const std::string& job, const std::string& name, const access::Caller& caller) override;

private:
    struct Input {
        std::string type, url, path;
        std::uint64_t written = 0, unchanged = 0, refused = 0;
        bool done = false;
    };
    struct Job {
        std::string id, folder;
        std::string request;
        access::Caller caller;
        std::vector<Input> inputs;
        interaction::ImportStatus status;
        Instant at{}, expires{};
        bool cancelled = false;
        std::stop_source stop;
    };
    using JobPtr = std::shared_ptr<Job>;

    Result<std::string> path_of(const std::string& url) const;
    JobPtr find(const std::string& id, const access::Caller& caller);
    void work(const std::stop_token& stop);
    Outcome run(Job& job);
    Outcome load_input(Job& job, std::size_t index);
    std::string manifest_of(const Job& job) const;
    void take_up(const std::string& folder);
    static bool keep_record(const Job& job);
    void drop_old();

    const interaction::Services& services_;
    std::string folder_, source_;
    std::mutex mutex_; ///< of everything below
    std::condition_variable_any changed_;
    std::map<std::string, JobPtr> jobs_;
    std::deque<JobPtr> waiting_;
    std::jthread thread_;
};

} // namespace huitong::exchange
