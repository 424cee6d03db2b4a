/// A MeasureReport against its Measure: populations and stratifiers are those of the measure, and a cohort has no score.
/// Source: FHIR R4, MeasureReport; Measure, "scoring".
#pragma once

#include "validation/checks.hpp"

namespace huitong::validation {

/// With the Measure that is among Strictness::others; without it nothing is said.
void check_measure_report(const Checks& checks, fhir::Element report, Report& issues);

} // namespace huitong::validation
