/// What a run wrote, element by element, with the rule and the source bytes of each: `map run --trace` and `huitong trace` tell it.
#pragma once

#include "mapping/mapping.hpp"

#include <functional>

namespace huitong::mapping {

/// One value of the outcome. Views live as long as the outcome and the lineage.
struct Written {
    std::string path; ///< "Observation.code.coding[0].code"
    fhir::Element element;
    const RuleRecord& record;
};

/// Calls `visit` for every value below `from` (and itself) that a rule wrote, in document order; `path` is how `from` is called.
void visit_written(const Lineage& lineage, fhir::Element from, const std::string& path, const std::function<void(const Written&)>& visit);

} // namespace huitong::mapping
