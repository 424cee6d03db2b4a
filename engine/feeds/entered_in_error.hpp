/// Resources that were never true, or are no longer what counts. Source: FHIR R4, Life cycle ("entered-in-error"). Thread: any; pure.
#pragma once

#include "fhir/tree.hpp"

namespace huitong::feeds {

/// The same resource entered in error: by `status`; Condition and AllergyIntolerance by `verificationStatus`, without a clinical status
/// (con-5, ait-2). Its texts live in `resource`'s document.
fhir::DocumentPtr entered_in_error(fhir::Element resource);
bool is_entered_in_error(fhir::Element resource);
/// The same resource with another `status`.
fhir::DocumentPtr with_status(fhir::Element resource, std::string_view status);

} // namespace huitong::feeds
