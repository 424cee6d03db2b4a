/// The access log: who read, searched, asked or was refused, durable before the answer leaves. Writes are in the transaction log; both are
/// chained by hashes. If the access log cannot be written, no health data is served (503). Records name resources, never their content.
/// Source: design "two chained logs"; FHIR R4, AuditEvent (the derived view).
#pragma once

#include "base/instant.hpp"
#include "base/journal.hpp"

#include <vector>

namespace huitong::audit {

struct AccessRecord {
    Instant at;
    std::string client, organization, practitioner, role, purpose, address, request_id;
    std::string interaction; ///< "read", "search-type", "cds-hook", "sign-in" …
    std::string type, id;    ///< as asked for
    int status = 200;
    std::vector<std::string> resources; ///< "Observation/01h…" given out or written
    AccessRecord() {}
};

std::string write_record(const AccessRecord& record);
/// nullopt: not a record.
std::optional<AccessRecord> read_record(std::string_view text);

class AccessLog {
public:
    /// Issues: journal-….
    static Result<std::unique_ptr<AccessLog>> open(const std::string& directory);
    /// Completes when the record is durable.
    boost::asio::awaitable<Result<JournalPosition>> append(const AccessRecord& record) { return journal_->append(write_record(record)); }
    /// The same for threads that are no coroutine: blocks.
    Result<JournalPosition> append_and_wait(const AccessRecord& record) { return journal_->append_and_wait(write_record(record)); }
    const Journal& journal() const { return *journal_; }
    /// Records that name the resource, newest last, at most `count`.
    Result<std::vector<AccessRecord>> about(std::string_view resource, std::size_t count) const;

private:
    explicit AccessLog(std::unique_ptr<Journal> journal) : journal_(std::move(journal)) {}
    std::unique_ptr<Journal> journal_;
};

} // namespace huitong::audit
