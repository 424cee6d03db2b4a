/// A report and its results, where one of them does not name the other: whoever sends results row by row lists none in the report, and each
/// result names its report by the number (extension `report`, fhir-profiles/shared-record.md).
/// Thread: that of the view.
#pragma once

#include "fhir/tree.hpp"
#include "store/store.hpp"

namespace huitong::exchange {

/// The reports that a result belongs to: the one that it names, else those that list it.
std::vector<store::ResourceKey> reports_of(store::ReadView& view, const store::Version& observation);

/// The results that name the report, oldest first; of its patient's newest `kRowsMax` observations.
constexpr std::size_t kRowsMax = 2'000;
std::vector<store::ResourceKey> rows_of(store::ReadView& view, fhir::Element report);

} // namespace huitong::exchange
