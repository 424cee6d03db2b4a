/// The question of a v2 peer for the reports of a person (QBP^Q11, profile Z91), as a search over all records of that person.
#pragma once

#include "app/peer_questions.hpp"
#include "identity/identity.hpp"

namespace huitong::app {

constexpr std::string_view kFindResults = "find-results";
constexpr std::string_view kResultTypes[] = {"DiagnosticReport", "Observation"}; ///< what it shows beside the Patient

/// A Patient that matches `criteria` (a number of one institution) and that the caller may see. Issues: query-unknown-number,
/// query-number-of-several (records that nobody has linked have it: which person is meant cannot be told), those of search.
Result<std::string> patient_of_number(const interaction::Services& services, const identity::Linker& linker, const access::Caller& caller,
                                      const std::string& criteria);

/// A page of reports, newest first, with their results and patients, as the caller may see them; the page's `next`. At most a hundred
/// reports and two thousand results. Issues: those of patient_of_number and of search.
Parsed<FoundResources> find_results(const interaction::Services& services, const identity::Linker& linker, fhir::Element asked,
                                    const access::Caller& caller);

} // namespace huitong::app
