/// Which parameters of a type say what was found and when: the rows of *the* query of this product (patient, code, date).
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace huitong::search {

struct TimelineParameters {
    std::string_view type, code, date;
};

inline constexpr TimelineParameters kTimelines[] = {
    {"Observation", "code", "date"},
    {"DiagnosticReport", "code", "date"},
    {"Condition", "code", "recorded-date"},
    {"Procedure", "code", "date"},
    {"MedicationRequest", "code", "authoredon"},
    {"ServiceRequest", "code", "authored"},
    {"ImagingStudy", "modality", "started"},
    {"Encounter", "class", "date"},
    {"Immunization", "vaccine-code", "date"},
    {"Specimen", "type", "collected"},
    {"DocumentReference", "type", "date"},
};

/// nullptr: the type has no timeline.
inline const TimelineParameters* timeline_of(std::string_view type) {
    const auto* found = std::find_if(std::begin(kTimelines), std::end(kTimelines), [&](const auto& row) { return row.type == type; });
    return found == std::end(kTimelines) ? nullptr : found;
}

} // namespace huitong::search
