/// Bulk import as the interactions see it: jobs that load NDJSON files. Implemented in exchange/bulk.
/// Source: the proposal "Bulk Data Import by manifest" beside Bulk Data Access 2.0.0.
#pragma once

#include "interaction/interaction.hpp"

namespace huitong::interaction {

struct ImportInput {
    std::string type, url;
};

struct ImportOrder {
    std::string request; ///< the URL that was asked, for the manifest
    access::Caller caller;
    std::vector<ImportInput> inputs;
};

struct ImportStatus {
    bool done = false;
    std::uint64_t taken = 0; ///< resources so far
    std::string manifest;    ///< JSON, when done
    Outcome failure;
};

/// Threads: any. A job belongs to the client that ordered it; to others it does not exist.
class BulkImports {
public:
    virtual ~BulkImports() = default;
    /// The job's id. Issues: import-url (a file that is not in the folder for it), import-jobs-max (throttled).
    virtual Result<std::string> start(ImportOrder order) = 0;
    /// Issue: import-unknown (not found).
    virtual Result<ImportStatus> status(const std::string& job, const access::Caller& caller) = 0;
    /// What was loaded stays. Issue: import-unknown.
    virtual Outcome cancel(const std::string& job, const access::Caller& caller) = 0;
    /// Why resources of an input were refused: OperationOutcomes, one a line. Issue: import-unknown.
    virtual Result<std::string> file(const std::string& job, const std::string& name, const access::Caller& caller) = 0;
};

} // namespace huitong::interaction
