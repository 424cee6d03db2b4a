/// What a differential may not say of its base. Source: FHIR R4, Profiling FHIR, "Limitations of Use".
#include "fhir/snapshot_builder.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace huitong::fhir {
namespace {

std::uint32_t count_of(std::string_view text, std::uint32_t fallback) {
    if (text == "*") return kUnbounded;
    std::from_chars(text.data(), text.data() + text.size(), fallback);
    return fallback;
}

/// "CodeableConcept" of "patternCodeableConcept"; "" of every other name.
std::string_view value_type_of(std::string_view name) {
    for (const std::string_view stem : {"fixed", "pattern"}) {
        if (name.size() > stem.size() && name.starts_with(stem) && name[stem.size()] >= 'A' && name[stem.size()] <= 'Z')
            return name.substr(stem.size());
    }
    return {};
}

} // namespace

/// What the differential may not do: permit a type or more items than the base does, or say another value.
Outcome SnapshotBuilder::check(Index at, Element change) {
    const auto base = elements_.element(at);
    const auto max = count_of(base.text("max"), kUnbounded);
    const auto own_max = change.child("max") ? count_of(change.text("max"), 0) : max;
    if (own_max > max) return error(IssueCode::invalid, change.path(), "structure-cardinality", {elements_.id(at)});
    if (auto issues = check_min(at, change, own_max); issues.has_errors()) return issues;
    if (auto issues = check_slicing(at, change); issues.has_errors()) return issues;
    const auto step = last_step(change.text("path"));
    const auto slice_name = change.text("sliceName");
    const bool is_short = is_choice(elements_.path(at)) && !is_choice(step);
    if (is_short && !elements_.is_below_slice(at) && !slice_name.empty() && slice_name != step)
        return error(IssueCode::invalid, change.path(), "structure-slice-name", {std::string(step), std::string(slice_name)});
    if (auto issues = check_values(at, change); issues.has_errors()) return issues;
    return check_types(at, change);
}

/// A slice that is new may be left out whatever holds for what it slices; how many choices by type there are is settled at the end.
Outcome SnapshotBuilder::check_min(Index at, Element change, std::uint32_t max) const {
    if (!change.child("min")) return {};
    const auto min = count_of(change.text("min"), 0);
    if (min > max) return error(IssueCode::invalid, change.path(), "structure-cardinality-crossed", {elements_.id(at)});
    if (min < count_of(elements_.element(at).text("min"), 0) && !is_choice(elements_.path(at)))
        return error(IssueCode::invalid, change.path(), "structure-min", {elements_.id(at)});
    return {};
}

/// Slicing only becomes tighter: what is closed stays closed, what is ordered stays ordered.
Outcome SnapshotBuilder::check_slicing(Index at, Element change) const {
    const auto base = elements_.element(at).child("slicing");
    const auto said = change.child("slicing");
    if (!base || !said || is_choice(elements_.path(at))) return {};
    const bool opens = base.text("rules") == "closed" && said.child("rules") && said.text("rules") != "closed";
    const bool mixes = base.text("ordered") == "true" && said.text("ordered") == "false";
    if (!opens && !mixes) return {};
    return error(IssueCode::invalid, change.path(), "structure-slicing", {elements_.id(at)});
}

/// A slice that the base does not have, where its slicing is closed. Slices of slices stay inside those that are there.
bool SnapshotBuilder::is_closed_to(std::string_view id) const {
    const auto colon = id.rfind(':');
    if (colon == id.npos || colon < id.rfind('.') + 1 || id.find('/', colon) != id.npos) return false;
    const auto sliced = elements_.find(id.substr(0, colon));
    return sliced && closed_.contains(elements_.id(*sliced)) && !elements_.find(id);
}

Outcome SnapshotBuilder::check_values(Index at, Element change) const {
    const auto base = elements_.element(at);
    const auto types = (change.child("type") ? change : base).children("type");
    for (auto said : change.children()) {
        const auto fixed = said.name().starts_with("fixed") ? base.child(said.name()) : Element();
        if (fixed && fixed.has_value() && fixed.value() != said.value())
            return error(IssueCode::invalid, change.path(), "structure-fixed", {elements_.id(at)});
        auto value_type = std::string(value_type_of(said.name()));
        if (value_type.empty() || types.empty()) continue;
        if (!definitions_.find_type(value_type)) value_type[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(value_type[0])));
        const bool fits = std::any_of(types.begin(), types.end(), [&](Element type) {
            const auto code = type.text("code");
            return code.find(':') != code.npos || code == "Element" || definitions_.is_a(value_type, code) ||
                   definitions_.is_a(code, value_type);
        });
        if (!fits) return error(IssueCode::invalid, change.path(), "structure-value-type", {elements_.id(at), value_type});
    }
    return {};
}

Outcome SnapshotBuilder::check_types(Index at, Element change) {
    const auto types = elements_.element(at).children("type");
    if (types.empty()) return {};
    for (auto type : change.children("type")) {
        const auto code = type.text("code");
        const bool fits = std::any_of(types.begin(), types.end(), [&](Element permitted) {
            const auto offered = permitted.text("code");
            return code == offered || offered == "Element" || offered == "*" || offered == "Resource" || offered == "DomainResource" ||
                   (!code.empty() && definitions_.is_a(code, offered)) || offered.find(':') != offered.npos || code.find(':') != code.npos;
        });
        if (!fits) return error(IssueCode::invalid, change.path(), "structure-type", {elements_.id(at), std::string(code)});
        for (auto profile : type.children("profile")) {
            const auto profiled = tree(profile.value()).text("type");
            if (profiled.empty() || code.find(':') != code.npos || profiled == code) continue;
            if (profile.has_children()) continue; // extension profile-element: only a part of that profile is meant
            if (definitions_.is_a(profiled, code) || definitions_.is_a(code, profiled)) continue;
            return error(IssueCode::invalid, change.path(), "structure-profile-type",
                         {elements_.id(at), std::string(profiled), std::string(code)});
        }
    }
    return {};
}

/// Elements of a differential stand in the order of what they are about.
Outcome SnapshotBuilder::check_order() const {
    Index before = 0;
    for (std::size_t at = 0; at < located_.size(); ++at) {
        const auto found = elements_.find(located_[at]);
        if (found && *found < before) return error(IssueCode::invalid, differential_[at].path(), "structure-order", {located_[at]});
        before = found.value_or(before);
    }
    return {};
}

} // namespace huitong::fhir
