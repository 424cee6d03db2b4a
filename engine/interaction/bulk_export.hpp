/// Bulk export as the interactions see it: jobs that write NDJSON beside the store. Implemented in exchange/bulk.
/// Source: Bulk Data Access 2.0.0, "Bulk Data Export Operation".
#pragma once

#include "interaction/bulk_jobs.hpp"

namespace huitong::interaction {

struct ExportOrder : BulkOrder {
    std::vector<std::string> types; ///< empty = all
    bool patients_only = false;     ///< Patient/$export and Group/…/$export: the compartments of patients only
    std::string group;              ///< members of that Group only
    std::optional<Instant> since;
    std::vector<std::string> elements; ///< `_elements`: "Patient.gender" of one type, "identifier" of each; empty = the whole
    bool deidentified = false;         ///< copies of access/deidentify.hpp instead of the resources
    std::vector<std::pair<std::string, std::string>> filters; ///< `_typeFilter`: type and search; several of one type are alternatives
};

/// Threads: any.
class BulkExports {
public:
    virtual ~BulkExports() = default;
    /// The job's id. Issues: bulk-jobs-max (throttled), bulk-failed, export-destination and export-identified (a data class of the
    /// configuration does not let it go there, or not with names; both forbidden), deidentify-key.
    virtual Result<std::string> start(ExportOrder order) = 0;
    virtual BulkJobs& jobs() = 0;
};

} // namespace huitong::interaction
