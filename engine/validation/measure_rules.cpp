#include "validation/measure_rules.hpp"

#include <algorithm>

namespace huitong::validation {
namespace {

fhir::Element measure_of(const Checks& checks, fhir::Element report) {
    if (!checks.strictness) return {};
    auto canonical = report.text("measure");
    canonical = canonical.substr(0, canonical.find('|'));
    for (auto other : checks.strictness->others) {
        if (other.type() == "Measure" && other.text("url") == canonical) return other;
    }
    return {};
}

/// Two CodeableConcepts that share a coding, or say the same words.
bool same_concept(fhir::Element a, fhir::Element b) {
    for (auto coding : a.children("coding")) {
        for (auto other : b.children("coding")) {
            if (coding.text("code") == other.text("code") && coding.text("system") == other.text("system")) return true;
        }
    }
    return !a.text("text").empty() && a.text("text") == b.text("text");
}

bool is_among(fhir::Element code, fhir::Element around, std::string_view name) {
    const auto all = around.children(name);
    return std::any_of(all.begin(), all.end(),
                       [&](fhir::Element one) { return one.child("code") && same_concept(code, one.child("code")); });
}

/// The group of the measure that a group of the report is about: of the same code, else the one at its place.
fhir::Element group_of(fhir::Element measure, fhir::Element group, std::size_t place) {
    std::size_t at = 0;
    fhir::Element by_place;
    for (auto candidate : measure.children("group")) {
        if (group.child("code") && candidate.child("code") && same_concept(group.child("code"), candidate.child("code"))) return candidate;
        if (at++ == place) by_place = candidate;
    }
    return by_place;
}

} // namespace

void check_measure_report(const Checks& checks, fhir::Element report, Report& issues) {
    const auto measure = measure_of(checks, report);
    if (!measure) return;
    const bool is_cohort = measure.text("scoring.coding.code") == "cohort";
    std::size_t place = 0;
    for (auto group : report.children("group")) {
        const auto defined = group_of(measure, group, place++);
        if (is_cohort && group.child("measureScore"))
            issues.error(IssueCode::structure, group.child("measureScore"), "validation-measure-score");
        if (!defined) continue;
        for (const auto* name : {"population", "stratifier"}) {
            for (auto part : group.children(name)) {
                // A population without a code is the only one; a stratifier without one cannot be told from the others.
                const auto code = part.child("code");
                const bool fits = code ? is_among(code, defined, name) : std::string_view(name) == "population";
                if (!fits) issues.error(IssueCode::structure, part, "validation-measure-part", {name});
            }
        }
    }
}

} // namespace huitong::validation
