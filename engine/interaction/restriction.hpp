/// Writes that are kept like others: what came out of a document that says of itself that it is very restricted (access/labels.hpp), and a
/// Binary like what its securityContext names.
#pragma once

#include "interaction/parts.hpp"

namespace huitong::interaction {

/// Labels what is written together with such a document into the same record, and reports of labelled results, in the bodies too: a label
/// that stands there goes wherever the body goes, into the next version, into corrections of it, to other hubs.
void restrict_what_came_out(const Services& services, const access::Caller& caller, std::vector<store::Write>& writes);

/// A Bundle that is kept has the labels that its entries carry, and belongs to the one patient of whom they all are. False: it speaks of no
/// patient.
bool keep_like_content(fhir::Element bundle, store::Write& write);
/// A Binary belongs to the patient of what its securityContext names, and has that one's labels; `writes`: of the same commit, which may
/// hold what is named. Source: FHIR R4, Binary.securityContext.
void keep_like_context(const Services& services, const std::vector<store::Write>& writes, store::Write& binary);

} // namespace huitong::interaction
