/// Every code that stands in a resource, whether something searches for it or not: reasons, answers, what is contained. Thread: any.
#pragma once

#include "fhir/tree.hpp"
#include "store/store.hpp"

namespace huitong::access {

/// As token rows, those of one concept under one name of their own, for LabelRules::add_labels.
store::IndexRows codes_in(fhir::Element resource);

} // namespace huitong::access
