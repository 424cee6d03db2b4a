/// Questions of the services as feeds::Query: what is asked for by which of a few names, whatever the interaction calls it.
/// Thread: any; pure. Source: HL7 V3, query by parameter (QUQI), PRPA_MT201306UV02 and the services' own parameter lists.
#pragma once

#include "adapters/v3/message.hpp"

namespace huitong::adapters::v3 {

/// Below the root of the parameters each `field` has a `path` and a `value`: identifier, name, gender, patient, number (of what is asked
/// for), type, visit, order, class, system, code, department, practitioner, kind, from, to; a number has its `root` too; `count`. Nothing
/// beside queryByParameter is read. Empty ones are not asked. Issue: v3-query-empty.
Parsed<huitong::feeds::Query> read_query(const Received& request, const huitong::feeds::SourceId& source);

} // namespace huitong::adapters::v3
