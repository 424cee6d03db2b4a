/// A steward's decision as part of the shared record: a Provenance for each of the two Patients, so that the decision stands in the
/// transaction log, has its AuditEvent, and is found from either record. Source: FHIR R4, Provenance. Thread: any.
#pragma once

#include "identity/identity.hpp"
#include "search/search.hpp"

namespace huitong::identity {

/// The commit of a decision: its facts and the two Provenances.
store::Commit decision_commit(store::Store& store, const search::Registry& registry, const Linked& decided, const std::string& patient_a,
                              const std::string& patient_b, Linker::Saying saying, const std::string& who, const std::string& why,
                              Instant at);

} // namespace huitong::identity
