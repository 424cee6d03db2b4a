/// What was found of a document's signatures, as children of its tree's root: the pipeline keeps it in the Provenance.
///
/// `_signed` is verified (all that are there are), not-verified or unsigned. Each `_signature` has `state`, `reason` (the rule), `format`,
/// `method`, `signer`, `issuer`, `certificate`, `when` and `data` (Base64). Thread: any.
#pragma once

#include "fhir/tree.hpp"
#include "signature/signature.hpp"

namespace huitong::adapters::cda {

/// The reasons become issues (warnings), once each.
Outcome add_signatures(fhir::Document& document, const std::vector<signature::Finding>& findings);

} // namespace huitong::adapters::cda
