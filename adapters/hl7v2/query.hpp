/// Queries over MLLP: a QBP as feeds::Query, what was found as RSP. The hub answers Q22 (find persons), Q23 (numbers of a person) and
/// Q11 with a profile of its own, Z91 (reports of a person, docs/guides/feeds-hl7v2.md).
/// Thread: any; pure. Source: HL7 v2.5.1, §5.3 (query by parameter), §5.5 (QAK, QPD, RCP), §2.10.2 (continuation); IHE ITI TF-2, 3.9, 3.21.
#pragma once

#include "adapters/hl7v2/ack.hpp"

namespace huitong::adapters::hl7v2 {

/// The tree of a QBP as a query. Its name is "find-persons", "person-numbers" or "find-results"; parameters below the root: `field` with
/// `path` ("PID.5.1") and `value` of a Q22; `number` with `value` and `authority` of the others; each wanted `domain` of a Q23; each wanted
/// `item`, `from` and `until` of a Q11; `count` (RCP-2); `page` (DSC-1).
/// Issues: v2-segment-missing, v2-event, v2-required.
Parsed<feeds::Query> read_query(huitong::fhir::Element message, const feeds::SourceId& source);

/// The RSP. `found`: root with `total`, `next` (page that follows, if any) and a `message` whose groups QUERY_RESPONSE are the answer.
/// With errors AE, else AA; QAK-2 is OK, NF or AE.
std::string write_response(const Envelope& envelope, huitong::fhir::Element asked, const Parsed<huitong::fhir::DocumentPtr>& found,
                           const AckStamp& stamp);

} // namespace huitong::adapters::hl7v2
