/// Bulk import as the interactions see it: jobs that load NDJSON files. Implemented in exchange/bulk.
/// Source: the proposal "Bulk Data Import by manifest" beside Bulk Data Access 2.0.0.
#pragma once

#include "interaction/bulk_jobs.hpp"

namespace huitong::interaction {

struct ImportInput {
    std::string type, url;
};

struct ImportOrder : BulkOrder {
    std::vector<ImportInput> inputs;
};

/// Threads: any.
class BulkImports {
public:
    virtual ~BulkImports() = default;
    /// The job's id. Issues: import-url (a file that is not in the folder for it), bulk-jobs-max (throttled), bulk-failed.
    virtual Result<std::string> start(ImportOrder order) = 0;
    virtual BulkJobs& jobs() = 0;
};

} // namespace huitong::interaction
