/// Questions of V3 peers (adapters/v3/query.hpp) about other things than persons, as searches.
#pragma once

#include "feeds/adapter.hpp"
#include "interaction/interaction.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace huitong::app {

/// Types that such questions are about, beside Patient.
constexpr std::string_view kAskedTypes[] = {
    "DocumentReference", "Encounter",    "ServiceRequest", "MedicationRequest", "Task", "Appointment",
    "Organization",      "Practitioner", "CodeSystem",     "Schedule",          "Slot"};

/// "find-documents" is about DocumentReference; a question that is not of this kind, about Patient.
std::string_view asked_type(std::string_view query);

/// A number as a search wants it: with the system of citizens' numbers or cards when its root says so; any other number is one of the
/// asking institution's own, of that `kind` ("patient", "order").
std::string numbered(std::string_view organization, std::string_view kind, std::string_view root, std::string_view number);

struct FoundResources {
    fhir::DocumentPtr bundle;           ///< what was found, the patients that it is about, the slots of schedules
    std::vector<std::string> resources; ///< all of it, for the access log
    std::string total = "0";
};
/// Issues: query-field, those of search.
Parsed<FoundResources> find_resources(const interaction::Services& services, const feeds::Query& query, const access::Caller& caller);

} // namespace huitong::app
