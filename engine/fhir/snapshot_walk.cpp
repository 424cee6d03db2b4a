/// Where an element of a differential belongs: by its id when that fits its path, else by its path, its slice name and what stood before.
#include "fhir/snapshot_builder.hpp"

#include <algorithm>

namespace huitong::fhir {

/// The id that was last met at a path, or at the nearest path above it that was met, with the steps in between.
std::optional<std::string> SnapshotBuilder::id_above(std::string_view path) const {
    for (auto known = path; !known.empty(); known = known.substr(0, known.rfind('.'))) {
        if (const auto found = last_ids_.find(known); found != last_ids_.end())
            return found->second + std::string(path.substr(known.size()));
        if (known.find('.') == known.npos) break;
    }
    return std::nullopt;
}

/// The given id when it fits the path, else one made of the path, the slice name and the slices met before.
std::string SnapshotBuilder::id_of(Element change) {
    const auto path = change.text("path");
    const auto id = change.text("id");
    const auto slice_name = std::string(change.text("sliceName"));
    const auto slice_fits = slice_name.empty() ? last_step(id).find(':') == id.npos : last_step(id).ends_with(":" + slice_name);
    const bool as_deep = std::count(id.begin(), id.end(), '.') == std::count(path.begin(), path.end(), '.');
    const auto dot = path.rfind('.');
    const auto above = id_above(path.substr(0, std::min(dot, path.size())));
    // An id may speak of a slice that nobody has named: then the path decides.
    const auto parent = id.substr(0, std::min(id.rfind('.'), id.size()));
    const bool known_slices =
        parent.find(':') == parent.npos || parent.find("[x]:") != parent.npos || elements_.find(parent) || !above || *above == parent;
    if (slice_fits && as_deep && known_slices && id.substr(0, id.find('.')) == path.substr(0, path.find('.'))) return std::string(id);
    if (dot == path.npos) return std::string(path);
    auto out = above.value_or(std::string(path.substr(0, dot)));
    out += path.substr(dot);
    return slice_name.empty() ? out : out + ":" + slice_name;
}

std::optional<SnapshotBuilder::Index> SnapshotBuilder::locate(std::string_view id) {
    Index at = 0;
    const auto first = id.find('.');
    if (id.substr(0, first) != elements_.path(0)) return std::nullopt;
    for (auto begin = first; begin != id.npos;) {
        const auto end = id.find('.', begin + 1);
        const auto next = child(at, id.substr(begin + 1, end == id.npos ? end : end - begin - 1));
        if (!next) return std::nullopt;
        at = *next;
        begin = end;
    }
    return at;
}

/// The child of that step ("identifier", "identifier:mrn", "value[x]:valueQuantity", "valueQuantity"); unfolds and slices on the way.
std::optional<SnapshotBuilder::Index> SnapshotBuilder::child(Index parent, std::string_view step) {
    const auto prefix = elements_.id(parent) + ".";
    if (const auto found = elements_.find(prefix + std::string(step))) return found;
    const bool has_children = parent + 1 < elements_.size() && elements_.id(parent + 1).starts_with(prefix);
    if (!has_children && !unfold(parent)) return std::nullopt;
    if (const auto found = elements_.find(prefix + std::string(step))) return found;
    const auto colon = step.find(':');
    const auto unsliced = step.substr(0, colon);
    if (colon == step.npos || !elements_.find(prefix + std::string(unsliced))) return choice_child(parent, unsliced);
    const auto sliced = *elements_.find(prefix + std::string(unsliced));
    const auto name = step.substr(colon + 1);
    if (is_only_named(sliced, unsliced)) return name_slice(sliced, name);
    if (!is_choice(unsliced) || !name.starts_with(stem_of(unsliced))) return slice(sliced, name, {});
    return slice(sliced, name, type_of_suffix(elements_.origin(sliced), name.substr(stem_of(unsliced).size())));
}

/// A lone element with a slice name, where nothing is sliced, only gives the element that name: the reference generator reads it so.
/// Extensions are sliced by their URL whether that is said or not, and so is what is below a slice not.
bool SnapshotBuilder::is_only_named(Index at, std::string_view written) const {
    const bool is_extension = written == "extension" || written == "modifierExtension";
    return last_step(differential_[now_].text("path")) == written && (!is_extension || elements_.is_below_slice(at)) &&
           !elements_.element(at).child("slicing") && !differential_[now_].child("slicing") && is_said_alone(elements_.path(at));
}

SnapshotBuilder::Index SnapshotBuilder::name_slice(Index at, std::string_view name) {
    elements_.rename(at, elements_.id(at) + ":" + std::string(name));
    elements_.set_text(at, "sliceName", name);
    if (!elements_.path(at).ends_with("xtension.value[x]")) elements_.set_text(at, "min", "0", ValueKind::number);
    return at;
}

/// "valueQuantity" is short for the slice valueQuantity of value[x].
/// Below a slice it says only which type value[x] has, as long as nothing else is said of value[x]: the reference generator reads it so.
std::optional<SnapshotBuilder::Index> SnapshotBuilder::choice_child(Index parent, std::string_view step) {
    const auto prefix = elements_.id(parent) + ".";
    for (Index at = parent + 1; at < elements_.end_of(parent, false); ++at) {
        const auto own = std::string(last_step(elements_.path(at)));
        if (!is_choice(own) || elements_.id(at) != prefix + own) continue;
        const auto stem = stem_of(own);
        if (!step.starts_with(stem) || step.size() == stem.size()) continue;
        if (const auto found = elements_.find(prefix + own + ":" + std::string(step))) return found;
        const auto type = type_of_suffix(elements_.origin(at), step.substr(stem.size()));
        if (type.empty()) continue;
        const bool only_narrows =
            elements_.is_below_slice(at) && !elements_.element(at).child("slicing") && is_said_alone(elements_.path(at));
        if (!only_narrows) return slice(at, step, type);
        elements_.keep_types(at, {std::string(type)});
        const auto name = differential_[now_].text("sliceName");
        return name.empty() || last_step(differential_[now_].text("path")) != step ? at : name_slice(at, name);
    }
    return std::nullopt;
}

void SnapshotBuilder::make_slicing(Index at) {
    const auto element = elements_.element(at);
    if (element.child("slicing")) return;
    auto& document = elements_.document();
    const auto slicing = document.add_child(element.index(), "slicing", false);
    const auto discriminate = [&](const char* type, const char* path) {
        const auto node = document.add_child(slicing, "discriminator", true);
        document.set_value(document.add_child(node, "type", false), ValueKind::text, type);
        document.set_value(document.add_child(node, "path", false), ValueKind::text, path);
    };
    const auto name = last_step(elements_.path(at));
    if (is_choice(name)) discriminate("type", "$this");
    else if (name == "extension" || name == "modifierExtension") discriminate("value", "url");
    document.set_value(document.add_child(slicing, "ordered", false), ValueKind::boolean, "false");
    document.set_value(document.add_child(slicing, "rules", false), ValueKind::text, "open");
}

/// A new slice behind those that are there. It may be left out, whatever holds for what it slices; the value of an extension may not.
SnapshotBuilder::Index SnapshotBuilder::slice(Index sliced, std::string_view name, std::string_view type) {
    make_slicing(sliced);
    const auto id = elements_.id(sliced) + ":" + std::string(name);
    const auto path = elements_.path(sliced);
    auto from = elements_.origin(sliced);
    // "a/b" is a slice of slice "a": it stands on that one.
    if (const auto slash = name.rfind('/'); slash != name.npos) {
        const auto outer = elements_.find(elements_.id(sliced) + ":" + std::string(name.substr(0, slash)));
        if (outer) from = elements_.element(*outer);
    }
    const auto at = elements_.insert_copy(elements_.end_of(sliced, true), from, id, path, elements_.origin(sliced));
    note_base(at);
    elements_.remove(at, "slicing");
    elements_.set_text(at, "sliceName", name);
    if (!path.ends_with("xtension.value[x]")) elements_.set_text(at, "min", "0", ValueKind::number);
    if (!type.empty()) elements_.keep_types(at, {std::string(type)});
    return at;
}

/// "Observation.value[x]" or, with a type that is offered, "Observation.valueQuantity".
bool SnapshotBuilder::is_path_of(Index at, std::string_view written) const {
    const auto own = last_step(elements_.path(at));
    const auto step = last_step(written);
    if (own == step || !is_choice(own)) return own == step;
    const auto stem = stem_of(own);
    return step.starts_with(stem) && !type_of_suffix(elements_.origin(at), step.substr(stem.size())).empty();
}

} // namespace huitong::fhir
