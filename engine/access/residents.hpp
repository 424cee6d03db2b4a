/// Residents: people who read their own record, or a child's. A doctor whose token is bound to one patient (`launch/patient`) is none: what
/// labels and Consents keep from doctors they keep from him too. Thread: any.
#pragma once

#include "access/caller.hpp"

namespace huitong::access {

inline bool is_resident(const Caller& caller) { return !caller.patient_id.empty() && caller.practitioner.empty(); }

} // namespace huitong::access
