/// Bulk import: jobs that load NDJSON files of one folder, which the operator fills, or fetched from places that the operator lists; from
/// nowhere else. Every resource has its id and is written under it, so that a file which a restart interrupted is simply read again: what
/// is there already changes nothing. What was fetched lies in the job's folder until it is read.
/// Source: the proposal "Bulk Data Import by manifest" beside Bulk Data Access 2.0.0.
#pragma once

#include "exchange/bulk/fetcher.hpp"
#include "exchange/bulk/job_queue.hpp"
#include "interaction/bulk_import.hpp"

namespace huitong::exchange {

class Importer final : public interaction::BulkImports, private JobKind {
public:
    static constexpr std::int64_t kKeepSeconds = 7 * 24 * 3'600; ///< after the end

    /// `services` outlives the importer; `folder` keeps the jobs, `source` holds the files ("" = none may be named).
    Importer(const interaction::Services& services, std::string folder, std::string source, FetchSettings fetching = {})
        : services_(services), source_(std::move(source)), sources_(fetching.sources), fetcher_(std::move(fetching)),
          queue_(services, *this, std::move(folder), kKeepSeconds) {}

    Result<std::string> start(interaction::ImportOrder order) override;
    interaction::BulkJobs& jobs() override { return queue_; }

private:
    struct Job;
    Outcome run(BulkJob& job) override;
    std::string manifest_of(const BulkJob& job) const override;
    bool has_file(const BulkJob& job, std::string_view name) const override;
    void write_record(const BulkJob& job, JsonWriter& json) const override;
    std::shared_ptr<BulkJob> read_record(fhir::Element record) const override;

    Result<std::string> path_of(const std::string& url) const;
    /// Path of the input's file, fetched when it must be; "" = told in the input's errors, or stopped.
    Result<std::string> bring(Job& job, std::size_t index);
    Outcome load_input(Job& job, std::size_t index);
    Outcome load_file(Job& job, std::size_t index, const std::string& path);

    const interaction::Services& services_;
    std::string source_;
    std::vector<std::string> sources_;
    Fetcher fetcher_; ///< of the queue's thread
    JobQueue queue_;  ///< last: its thread works with what stands above
};

} // namespace huitong::exchange
