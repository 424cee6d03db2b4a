/// The access log: who read, searched, asked or was refused, durable before the answer leaves. Writes are in the transaction log; both are
/// chained by hashes. If the access log cannot be written, no health data is served (503). Records name resources, never their content;
/// what was asked is sealed.
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
    std::string reason;                  ///< of a break-glass
    std::vector<std::string> resources;  ///< "Observation/01h…" given out or written
    std::vector<std::uint32_t> versions; ///< beside `resources`: which version, 0 = not told; empty: none is
    std::string query;                   ///< what was asked, "GET Patient?name=…"; on the disk sealed, in Base64
    std::string part;                    ///< "2/3" of what one record could not hold, "" = whole
    AccessRecord() {}
};

/// One record names at most so many resources; what is more goes into further records of the same request. Nothing is left out.
constexpr std::size_t kRecordResourcesMax = 1'000;

std::string write_record(const AccessRecord& record);
/// nullopt: not a record.
std::optional<AccessRecord> read_record(std::string_view text);

/// Keys of queries; nullptr: none.
struct QueryKeys {
    std::shared_ptr<const KeyRing> sealing; ///< seals and opens
    std::shared_ptr<const KeyRing> older;   ///< opens what `sealing` does not: queries from before the directory got its keys
};

class AccessLog {
public:
    /// Queries hold what people look for, so they are kept sealed, or not at all. Issues: journal-….
    static Result<std::unique_ptr<AccessLog>> open(const std::string& directory, QueryKeys keys = {});
    /// The query of a record as it was asked; "" when it has none, or its key is not there.
    std::string query_of(const AccessRecord& record) const;
    /// Completes when the record, or all parts of it, are durable; gives the place of the last. `record` is not needed after the call.
    boost::asio::awaitable<Result<JournalPosition>> append(const AccessRecord& record);
    /// The same for threads that are no coroutine: blocks.
    Result<JournalPosition> append_and_wait(const AccessRecord& record);
    const Journal& journal() const { return *journal_; }
    /// Records that name the resource, newest last, at most `count`.
    Result<std::vector<AccessRecord>> about(std::string_view resource, std::size_t count) const;

private:
    AccessLog(std::unique_ptr<Journal> journal, QueryKeys keys) : journal_(std::move(journal)), keys_(std::move(keys)) {}
    std::vector<std::string> texts_of(const AccessRecord& record) const;
    boost::asio::awaitable<Result<JournalPosition>> append_all(std::vector<std::string> records);
    std::unique_ptr<Journal> journal_;
    QueryKeys keys_;
};

} // namespace huitong::audit
