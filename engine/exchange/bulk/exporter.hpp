/// Bulk export: jobs that write what their caller may see as NDJSON files below the data directory, one file a type, all of one position of
/// the log. They yield between pages of some hundred resources; no read lasts longer. A job that a restart interrupts goes on at the type
/// it was at. Source: Bulk Data Access 2.0.0.
#pragma once

#include "exchange/bulk/export_bounds.hpp"
#include "exchange/bulk/job_queue.hpp"
#include "interaction/bulk_export.hpp"

namespace huitong::exchange {

struct ExportSettings {
    std::vector<DataClass> classes;
    std::string deidentify_key_file; ///< made at the first de-identified export
    /// One name for all records of the same person.
    std::function<std::string(const std::string& patient)> person_of = [](const std::string& patient) { return patient; };
};

class Exporter final : public interaction::BulkExports, private JobKind {
public:
    static constexpr std::int64_t kKeepSeconds = 24 * 3'600; ///< after the end

    /// `services` outlives the exporter.
    Exporter(const interaction::Services& services, std::string folder, ExportSettings settings = {})
        : services_(services), settings_(std::move(settings)), queue_(services, *this, std::move(folder), kKeepSeconds) {}

    Result<std::string> start(interaction::ExportOrder order) override;
    interaction::BulkJobs& jobs() override { return queue_; }

private:
    struct Job;
    Outcome run(BulkJob& job) override;
    std::string manifest_of(const BulkJob& job) const override;
    bool has_file(const BulkJob& job, std::string_view name) const override;
    void write_record(const BulkJob& job, JsonWriter& json) const override;
    std::shared_ptr<BulkJob> read_record(fhir::Element record) const override;

    Instant instant_of(store::LogTime t) const;
    Outcome write_type(Job& job, const std::string& type);
    std::vector<std::string> types_of(const interaction::ExportOrder& order) const;
    /// The line of a version, "" when nothing of it is given out.
    std::string line_of(const Job& job, store::ReadView& view, const store::Version& version) const;
    Result<store::VersionKeys> keys_of(const Job& job, const std::string& type);
    std::vector<std::string> patients_of(const Job& job, store::ReadView& view);

    const interaction::Services& services_;
    ExportSettings settings_;
    JobQueue queue_; ///< last: its thread works with what stands above
};

} // namespace huitong::exchange
