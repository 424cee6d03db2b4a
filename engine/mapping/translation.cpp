/// Codes through concept maps; what no map translates is a gap, never an error. Source: FHIR R4, StructureMap, transform `translate`.
#include "mapping/executor.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

/// A map says on purpose that there is no counterpart.
bool is_refused(const terminology::Match& match) { return match.equivalence == "unmatched" || match.equivalence == "disjoint"; }

/// Matches of a concept map that stands in the text of the map ("#id").
std::vector<terminology::Match> embedded_matches(const Map::Ast& map, std::string_view id, const terminology::Coding& coding) {
    std::vector<terminology::Match> out;
    for (const auto& one : map.concept_maps) {
        if (one.id != id) continue;
        for (const auto& row : one.rows) {
            if (row.source_code != coding.code ||
                (!coding.system.empty() && !row.source_system.empty() && row.source_system != coding.system))
                continue;
            terminology::Match match;
            match.target.system = row.target_system;
            match.target.code = row.target_code;
            match.equivalence = row.equivalence;
            match.map_url = map.url + "#" + one.id;
            out.push_back(std::move(match));
        }
    }
    return out;
}

} // namespace

terminology::Coding Executor::coding_of(const Value& value) const {
    terminology::Coding out;
    const auto item = item_of_value(value);
    if (!item.is_element()) {
        out.code = fhirpath::value_text(item);
        return out;
    }
    auto element = item.element();
    if (element.child("coding")) element = element.child("coding");
    if (element.child("code")) {
        out = {std::string(element.text("system")), std::string(element.text("version")), std::string(element.text("code")),
               std::string(element.text("display"))};
    } else if (element.child("c1")) { // a coded v2 field
        out.code = element.text("c1");
        out.display = element.text("c2");
    } else {
        out.code = element.value();
    }
    return out;
}

std::optional<Value> Executor::translate(const At& at, const Target& target, const Scope& scope) {
    if (target.parameters.size() < 2) {
        fail(at, "fml-transform", {target.transform}, target.place);
        return std::nullopt;
    }
    const auto value = argument(at, target.parameters[0], scope);
    const auto map_url = argument_text(at, target, 1, scope);
    const auto form = target.parameters.size() > 2 ? argument_text(at, target, 2, scope) : "code";
    if (!value) return std::nullopt;
    const auto coding = coding_of(*value);
    if (coding.code.empty()) return std::nullopt;
    const auto matches = map_url.starts_with('#') ? embedded_matches(*at.map, std::string_view(map_url).substr(1), coding)
                         : terminology_           ? terminology_->translate(map_url, coding)
                                                  : std::vector<terminology::Match>();
    const auto found = std::find_if(matches.begin(), matches.end(), [](const auto& match) { return !is_refused(match); });
    if (found != matches.end()) {
        auto out = translated(*found, form);
        if (out) out->span = value->span;
        return out;
    }
    if (matches.empty()) {
        const auto item = item_of_value(*value);
        const auto where = value->is_target() || !item.is_element() || item.keep ? std::string() : item.element().path();
        result_.gaps.push_back({coding.system, coding.code, coding.display, map_url, where});
    }
    return std::nullopt;
}

std::optional<Value> Executor::translated(const terminology::Match& match, std::string_view form) const {
    const auto& target = match.target;
    if (target.code.empty()) return std::nullopt;
    if (form == "system") return text_value(target.system);
    if (form == "display") return text_value(target.display);
    if (form == "coding" || form == "Coding")
        return complex_value("Coding",
                             {{"system", target.system}, {"version", target.version}, {"code", target.code}, {"display", target.display}});
    if (form == "CodeableConcept")
        return complex_value("CodeableConcept",
                             {{"coding.system", target.system}, {"coding.code", target.code}, {"coding.display", target.display}});
    Value out = text_value(target.code);
    out.item.type.type = "code";
    return out;
}

} // namespace huitong::mapping
