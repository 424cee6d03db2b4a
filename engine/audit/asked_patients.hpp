/// Which patients a question names, whatever it found: an empty answer tells something of them too. Thread: any.
/// Source: IHE Basic Audit Log Patterns, "Patient Query" (an event for the requested patient where nothing came back).
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace huitong::audit {

/// Ids of Patients in "GET Condition?patient=1,2&code=…": in the path, in `patient` and `subject`, in `_id` of Patients, in arguments of
/// GraphQL. Of whom a chain tells (`patient.name`) stands in no question. The ids may be anybody's, or nobody's.
std::set<std::string> asked_patients(std::string_view query);

} // namespace huitong::audit
