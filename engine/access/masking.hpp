/// Masked answers: names, numbers of people, telephones and addresses covered, the rest as it is. For callers who need to know what is
/// there and not whose (`masked = true` at a client), and for records that carry the security label MASK.
///
/// 王秀英 → 王**, 990102195603140724 → 9****************4, 13900000000 → 139****0000, an address → its province and city; mail addresses,
/// photographs, attachments and narratives go. Whom a reference to a person names is covered too. Free texts elsewhere stay: they are what
/// a clinician reads, but for strings in extensions of a person. Thread: any; pure. Source: HL7 v3 ActCode MASK, ObservationValue MASKED.
#pragma once

#include "access/caller.hpp"
#include "fhir/definitions.hpp"

namespace huitong::access {

inline constexpr std::string_view kMaskLabel = "MASK";

/// Whether records with the label are covered for this caller: not for residents who read their own, behind broken glass, and the owner
/// of the directory.
bool sees_masked(const Caller& caller);
/// `body`: JSON of a resource or Bundle. Covers every resource when the caller is a masked one, else those that carry the label.
std::string mask(std::string body, const Caller& caller, const fhir::Definitions& definitions);

} // namespace huitong::access
