/// The indicators of a period as a FHIR MeasureReport, for the level above: one group an indicator, its number as a population, its
/// quotient as measureScore, a stratum a row. Every group names where its entries can be looked up. Pure. Thread: any. Source: FHIR R4,
/// MeasureReport.
#pragma once

#include "recognition/statistics.hpp"

#include <string>

namespace huitong::rest {

struct ReportFrame {
    std::string reporter;          ///< institution code of the hub or of the receiver, "" = the whole hub
    std::string start, end;        ///< FHIR dateTimes; `end` is the last moment
    std::string date;              ///< when it was counted
    std::string by;                ///< dimension of the rows, "" = one row of all
    std::string rows_url;          ///< "…/recognition/statistics/rows?from=…&to=…&by=…"
    std::uint64_t small_cells = 0; ///< numbers below it, other than 0, are left out of strata
};

std::string write_measure_report(const recognition::Statistics& statistics, const ReportFrame& frame);

} // namespace huitong::rest
