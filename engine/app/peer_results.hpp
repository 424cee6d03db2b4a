/// The question of a v2 peer for the reports of a person (QBP^Q11, profile Z91), as a search over all records of that person.
#pragma once

#include "app/peer_questions.hpp"
#include "identity/identity.hpp"

namespace huitong::app {

constexpr std::string_view kFindResults = "find-results";
constexpr std::string_view kResultTypes[] = {"DiagnosticReport", "Observation"}; ///< what it shows beside the Patient

/// A page of reports, newest first, with their results and patients, as the caller may see them; the page's `next`. At most a hundred
/// reports and two thousand results. Issues: query-unknown-number, those of search.
Parsed<FoundResources> find_results(const interaction::Services& services, const identity::Linker& linker, fhir::Element asked,
                                    const access::Caller& caller);

} // namespace huitong::app
