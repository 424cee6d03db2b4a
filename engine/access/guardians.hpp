/// Whether a resident may act for another one: a parent or guardian for a minor, as the record says it.
///
/// A RelatedPerson of the minor must be active, valid on the day, related as parent or guardian (v3-RoleCode PRN, MTH, FTH, NMTH, NFTH,
/// GUARD, or GB/T 4761 codes of father and mother), and carry a citizen number of the resident's own Patient that holds on the day (not
/// of use old or temp). On the eighteenth birthday it ends, and with the minor's death; without a birth date nobody acts. Thread: one view.
/// Source: FHIR R4, RelatedPerson; Civil Code of the PRC, articles 17, 27.
#pragma once

#include "store/store.hpp"

#include <string>

namespace huitong::access {

inline constexpr int kMajorityYears = 18;

/// `day`: "2026-11-28". False also when one of the two is not there.
bool is_guardian(store::ReadView& view, const std::string& resident, const std::string& minor, const std::string& day);

} // namespace huitong::access
