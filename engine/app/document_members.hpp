/// What of a bundle a document may say: of one person, and only what holds.
#pragma once

#include "base/outcome.hpp"
#include "fhir/tree.hpp"

namespace huitong::app {

/// The report or stay that comes first with what is its own: the patient and the visit that it names; of a report its results and their
/// members, its orders; of a stay its diagnoses, procedures, orders for the time after it and reports. What belongs to another person or to
/// nobody who is named is not in it, nor what is not final, was denied or entered in error.
/// Issues: document-status, document-incomplete (no patient).
Parsed<fhir::DocumentPtr> document_members(fhir::Element bundle);

} // namespace huitong::app
