/// A CDS Hooks request as a question. Thread: any; elements are valid while the hook lives.
#pragma once

#include "rest/recognition/desk.hpp"

#include <map>

namespace huitong::rest {

struct Hook {
    fhir::DocumentPtr document;
    recognition::Question question;
    std::map<std::string, fhir::Element> drafts; ///< by the order's id: "ServiceRequest/draft-1"
    Hook() {}
};

/// Reads the body of a call. Who the patient is comes from the prefetched Patient's identifiers, else those of an order's subject, else
/// context.patientId as an id of this hub or the receiver's own number. The class of the visit comes from the prefetched Encounter, else
/// from the hub's record of it. Only ServiceRequests are looked at, with order-select the selected ones. Issues: json-…, cds-….
Result<Hook> read_hook(std::string body, std::string_view hook, const Asker& asker, const recognition::Service& service);

} // namespace huitong::rest
