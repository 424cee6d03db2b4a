/// Residents: people who read their own record, or a child's, signed in themselves or through a residents' portal. A doctor or clerk whose
/// token is bound to one patient (`launch/patient`) is none: what labels and Consents keep from staff they keep from him too. Thread: any.
#pragma once

#include "access/caller.hpp"

namespace huitong::access {

inline bool is_resident(const Caller& caller) { return caller.is_resident && !caller.patient_id.empty(); }

} // namespace huitong::access
