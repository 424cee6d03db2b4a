/// Choices that are sliced by type: a differential says little of them and means much.
/// Source: FHIR R4, Profiling FHIR, "Limitations of Use" and "Slicing": a slice a type, the discriminator is the type of the value itself.
#include "fhir/snapshot_builder.hpp"

#include <algorithm>
#include <cctype>

namespace huitong::fhir {

bool is_type_suffix(std::string_view suffix, std::string_view type) {
    return !type.empty() && suffix.size() == type.size() && suffix.substr(1) == type.substr(1) &&
           std::toupper(static_cast<unsigned char>(suffix[0])) == std::toupper(static_cast<unsigned char>(type[0]));
}

std::string_view type_of_suffix(Element element, std::string_view suffix) {
    for (auto type : element.children("type")) {
        if (is_type_suffix(suffix, type.text("code"))) return type.text("code");
    }
    return {};
}

/// True when the differential has one element about that path, which is the one in hand: neither before nor behind it, as long as what
/// stands there is below the same parent, is another.
bool SnapshotBuilder::is_said_alone(std::string_view path) const {
    const auto parent = path.substr(0, path.rfind('.') + 1);
    const auto name = last_step(path);
    const auto is_about = [&](Element change) {
        const auto step = change.text("path").substr(parent.size());
        if (!is_choice(name)) return step == name;
        const auto stem = stem_of(name);
        return step.starts_with(stem) && step.find('.') == step.npos && step.size() > stem.size() &&
               (is_choice(step) || (step[stem.size()] >= 'A' && step[stem.size()] <= 'Z'));
    };
    std::size_t found = 0;
    for (auto at = now_; at < differential_.size() && differential_[at].text("path").starts_with(parent); ++at)
        found += is_about(differential_[at]) ? 1 : 0;
    for (auto at = now_; at > 0 && differential_[at - 1].text("path").starts_with(parent); --at)
        found += is_about(differential_[at - 1]) ? 1 : 0;
    return found <= 1;
}

void SnapshotBuilder::note_choice(Index at, Element change) {
    if (!is_choice(elements_.path(at))) return;
    const auto& id = elements_.id(at);
    const bool is_slice = last_step(id).find(':') != std::string_view::npos;
    const bool shorthand = !is_choice(change.text("path"));
    if (shorthand && !is_slice) return; // only a narrowing
    auto& said = choices_[is_slice ? id.substr(0, id.rfind(':')) : id];
    if (said.said++ == 0) said.shorthand = shorthand;
    if (!is_slice) return;
    std::vector<std::string> types;
    const auto source = change.child("type") ? change : elements_.element(at);
    for (auto type : source.children("type")) types.emplace_back(type.text("code"));
    said.slices.push_back(id);
    said.types.push_back(types.size() == 1 ? types.front() : std::string());
    if (const auto min = change.text("min"); !min.empty() && min != "0") said.required_type = said.types.back();
}

void SnapshotBuilder::finish_choices() {
    for (const auto& [id, said] : choices_) {
        if (const auto at = elements_.find(id)) finish_choice(*at, said);
    }
}

/// The slicing of the choice is by type; it is closed when each type that is permitted has a slice. A slice that must be there leaves only
/// its type. The value of an extension has only the types that were named.
void SnapshotBuilder::finish_choice(Index at, const ChoiceSlices& said) {
    const bool by_type = std::none_of(said.types.begin(), said.types.end(), [](const std::string& type) { return type.empty(); });
    const auto path = elements_.element(at).text("slicing.discriminator.path");
    if (said.slices.empty() || !by_type || (!said.shorthand && said.said < 2) || (!path.empty() && path != "$this")) return;
    if (!said.required_type.empty()) {
        elements_.set_text(at, "min", "1", ValueKind::number);
        elements_.keep_types(at, {said.required_type});
    }
    const auto types = elements_.element(at).children("type");
    const bool all_sliced = std::all_of(types.begin(), types.end(), [&](Element type) {
        return std::find(said.types.begin(), said.types.end(), type.text("code")) != said.types.end();
    });
    const bool narrows = !all_sliced && said.shorthand && elements_.path(at).find("xtension.value") != std::string::npos;
    if (narrows) elements_.keep_types(at, said.types);
    const bool closed =
        all_sliced || narrows || elements_.element(at).text("max") == "0" || elements_.element(at).text("slicing.rules") == "closed";
    elements_.remove(at, "slicing");
    make_slicing(at);
    const auto rules = elements_.element(at).child("slicing").child("rules");
    elements_.document().set_value(rules.index(), ValueKind::text, closed ? "closed" : "open");
    for (const auto& id : said.slices) {
        const auto slice = said.said > 2 ? elements_.find(id) : std::nullopt;
        if (slice) elements_.set_text(*slice, "min", "0", ValueKind::number);
    }
}

} // namespace huitong::fhir
