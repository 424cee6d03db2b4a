/// Does a stored interval [low, high) fit a date condition? Source: FHIR R4, Search, "prefixes".
#pragma once

#include "store/store.hpp"

namespace huitong::store {

bool fits(const IndexView::DateCondition& when, std::int64_t low, std::int64_t high);

} // namespace huitong::store
