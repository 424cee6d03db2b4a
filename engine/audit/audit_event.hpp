/// AuditEvents: the view of the two logs that FHIR knows. Pure: one happening, one text. Source: FHIR R4, AuditEvent; IHE Basic Audit Log
/// Patterns (Read, Query, Create, Update, Delete, each with its patients). Thread: any.
#pragma once

#include "audit/access_log.hpp"
#include "audit/write_note.hpp"
#include "store/store.hpp"

#include <map>

namespace huitong::audit {

/// Label of an event about what carries a sensitive label itself: whoever may not know of that does not learn of it here.
constexpr std::string_view kTrailOfSensitive = "TRAIL";

/// What one record of one of the logs tells.
struct Happening {
    std::string id;     ///< of the AuditEvent, behind the hub's: "log.42" or "access.1.4096", so that deriving twice makes one
    std::string record; ///< which record of which log, for whoever wants to check: "log:42", "access:1:4096"
    std::string hub;    ///< whose logs
    Instant at;
    std::string interaction; ///< "read", "update Patient", "feed" …
    int status = 200;
    std::string client, organization, practitioner, role, purpose, reason, address, request, message;
    std::vector<std::string> resources;            ///< "Observation/…"
    std::map<std::string, std::uint32_t> versions; ///< of those resources of which it is told
    std::string query;                             ///< what was asked, "" = not kept
    std::vector<std::string> patients;             ///< "Patient/…", whose data it was
    Happening() {}
};

Happening happening_of(const store::LogEntry& entry);
Happening happening_of(const AccessRecord& record, JournalPosition position);

/// A write that succeeded stands in the transaction log as well, which is told instead.
bool is_told_by_log(const AccessRecord& record);

std::string audit_event(const Happening& happening, int offset_minutes);
/// An event's text as the store keeps bodies (what search::prepare_body makes of its tree).
struct EventBody {
    std::string text;
    std::size_t meta_at = 0;
};
EventBody stored_body(const Happening& happening, std::string_view event);

constexpr std::string_view kRequestSystem = "urn:huitong:request", kMessageSystem = "urn:huitong:message";
constexpr std::string_view kClientSystem = "urn:huitong:client", kFeedSystem = "urn:huitong:feed";

} // namespace huitong::audit
