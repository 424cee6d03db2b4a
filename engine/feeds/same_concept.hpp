/// Whether two codes may be of one thing. Thread: any.
#pragma once

#include "fhir/tree.hpp"

namespace huitong::feeds {

/// Two CodeableConcepts have a coding in common, by system and code. One that is absent or has no coding may be anything: true.
bool may_be_same_concept(fhir::Element one, fhir::Element other);

} // namespace huitong::feeds
