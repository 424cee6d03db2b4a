/// Bulk export as the interactions see it: jobs that write NDJSON beside the store. Implemented in exchange/bulk.
/// Source: Bulk Data Access 2.0.0, "Bulk Data Export Operation".
#pragma once

#include "interaction/interaction.hpp"

namespace huitong::interaction {

struct ExportOrder {
    std::string request; ///< the URL that was asked, for the manifest
    access::Caller caller;
    std::vector<std::string> types; ///< empty = all
    bool patients_only = false;     ///< Patient/$export and Group/…/$export: the compartments of patients only
    std::string group;              ///< members of that Group only
    std::optional<Instant> since;
    std::vector<std::pair<std::string, std::string>> filters; ///< `_typeFilter`: type and search; several of one type are alternatives
};

struct ExportStatus {
    bool done = false;
    std::uint64_t written = 0; ///< resources so far
    std::string manifest;      ///< JSON, when done
    Instant expires{};
    Outcome failure;
};

/// Threads: any. A job belongs to the client that ordered it; to others it does not exist.
class BulkExports {
public:
    virtual ~BulkExports() = default;
    /// The job's id. Issue: export-jobs-max (throttled).
    virtual Result<std::string> start(ExportOrder order) = 0;
    /// Issue: export-unknown (not found).
    virtual Result<ExportStatus> status(const std::string& job, const access::Caller& caller) = 0;
    virtual Outcome cancel(const std::string& job, const access::Caller& caller) = 0;
    /// A finished file, whole. Issue: export-unknown.
    virtual Result<std::string> file(const std::string& job, const std::string& name, const access::Caller& caller) = 0;
};

} // namespace huitong::interaction
