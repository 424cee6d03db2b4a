/// What was asked, in the events of the trail: for auditors alone. A search for a name or a number tells it to whoever reads the event, and
/// a resident's event may tell what a doctor looked for beside him. Thread: any; pure.
#pragma once

#include "access/caller.hpp"

namespace huitong::access {

/// The scope with which AuditEvents come with `entity.query`.
inline constexpr std::string_view kAuditorScope = "huitong/audit-queries";

/// The owner of the directory, open mode, or the scope; never a token that is bound to a patient.
bool reads_queries(const Caller& caller);
/// `body`: JSON of a resource or Bundle; as it is for those who read queries, else without `entity.query` of AuditEvents.
std::string without_queries(std::string body, const Caller& caller);

} // namespace huitong::access
