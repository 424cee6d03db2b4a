/// Jobs that answer later, as the interactions see them: an export, an import. Implemented in exchange/bulk.
/// Source: FHIR R4, "Asynchronous Request Pattern"; Bulk Data Access 2.0.0.
#pragma once

#include "interaction/interaction.hpp"

namespace huitong::interaction {

/// What every job is ordered with.
struct BulkOrder {
    std::string request; ///< the URL that was asked, for the manifest
    access::Caller caller;
};

struct BulkStatus {
    bool done = false;
    std::uint64_t resources = 0; ///< so far
    std::string manifest;        ///< JSON, when done
    Instant expires{};
    Outcome failure;
};

/// Threads: any. A job belongs to callers that see what whoever ordered it sees; to others it does not exist.
class BulkJobs {
public:
    virtual ~BulkJobs() = default;
    /// Issue: bulk-unknown (not found).
    virtual Result<BulkStatus> status(const std::string& job, const access::Caller& caller) = 0;
    /// What a job has written to the store stays. Issue: bulk-unknown.
    virtual Outcome cancel(const std::string& job, const access::Caller& caller) = 0;
    /// A file of a job that is done. Issue: bulk-unknown.
    virtual Result<std::shared_ptr<FileBody>> file(const std::string& job, const std::string& name, const access::Caller& caller) = 0;
};

} // namespace huitong::interaction
