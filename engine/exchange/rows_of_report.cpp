#include "exchange/rows_of_report.hpp"

#include "fhir/json.hpp"

#include <algorithm>
#include <set>

namespace huitong::exchange {
namespace {

constexpr std::string_view kReport = "https://huitong.example/fhir/StructureDefinition/report";
constexpr std::size_t kBodiesAtOnce = 200;

using Number = std::pair<std::string, std::string>; ///< system and value

Number number_in(fhir::Element identifier) { return {std::string(identifier.text("system")), std::string(identifier.text("value"))}; }

/// Of the report that an observation names; empty when it names none.
Number named_report(fhir::Element observation) {
    for (const auto extension : observation.children("extension")) {
        if (extension.text("url") == kReport) return number_in(extension["valueReference"]["identifier"]);
    }
    return {};
}

} // namespace

std::vector<store::ResourceKey> reports_of(store::ReadView& view, const store::Version& observation) {
    const auto body = fhir::read_json(observation.body);
    const auto [system, value] = body.value ? named_report(body.value->root()) : Number();
    if (!value.empty()) {
        auto named = view.resource_keys(view.tokens("DiagnosticReport", "identifier", system, value));
        if (!named.empty()) return named;
    }
    return view.resource_keys(view.references("DiagnosticReport", "result", "Observation", observation.key.id));
}

std::vector<store::ResourceKey> rows_of(store::ReadView& view, fhir::Element report) {
    constexpr std::string_view kPatient = "Patient/";
    const auto subject = report.text("subject.reference");
    if (!subject.starts_with(kPatient)) return {};
    std::set<Number> numbers;
    for (const auto identifier : report.children("identifier")) {
        if (!identifier.text("system").empty()) numbers.insert(number_in(identifier));
    }
    auto keys = view.compartment(std::string(subject.substr(kPatient.size())), "Observation");
    if (keys.size() > kRowsMax) keys.erase(keys.begin(), keys.end() - static_cast<std::ptrdiff_t>(kRowsMax));
    std::vector<store::ResourceKey> out;
    for (std::size_t at = 0; at < keys.size(); at += kBodiesAtOnce) {
        const auto end = std::min(at + kBodiesAtOnce, keys.size());
        const store::VersionKeys some(keys.begin() + static_cast<std::ptrdiff_t>(at), keys.begin() + static_cast<std::ptrdiff_t>(end));
        const auto read = view.versions(some);
        if (!read) break;
        for (const auto& version : *read) {
            const auto body = fhir::read_json(version.body);
            if (body.value && numbers.contains(named_report(body.value->root()))) out.push_back(version.key);
        }
    }
    return out;
}

} // namespace huitong::exchange
