/// The forms of CDS Hooks: what a service catalogue, a request, an answer and a feedback must look like. Pure.
/// Issues name members as paths: "context.patientId". Source: CDS Hooks 2.0, "Discovery", "Calling a CDS Service", "CDS Service Response",
/// "Feedback".
#pragma once

#include "fhir/tree.hpp"

namespace huitong::rest {

/// Documents are read with fhir::JsonOptions::plain.
Outcome check_discovery(fhir::Element root);
/// `hook`: the one that the service answers, "" = any.
Outcome check_request(fhir::Element root, std::string_view hook);
Outcome check_response(fhir::Element root);
Outcome check_feedback(fhir::Element root);

} // namespace huitong::rest
