#include "fhir/snapshot.hpp"

#include "fhir/structure_reader.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace huitong::fhir {
namespace {

constexpr std::string_view kBase = "http://hl7.org/fhir/StructureDefinition/Base";
constexpr std::size_t kElementsMax = 20000; ///< a differential that unfolds more than this is refused

std::string_view last_step(std::string_view dotted) { return dotted.substr(dotted.rfind('.') + 1); }

/// A structure of one element, the root of the differential.
StructureDefinition bare_root(Element differential) {
    StructureDefinition out;
    const auto path = differential.child("element").text("path");
    ElementDefinition root;
    root.path = root.id = root.name = path.substr(0, path.find('.'));
    out.elements.push_back(std::move(root));
    return out;
}

class SnapshotBuilder {
public:
    SnapshotBuilder(const Definitions& definitions, StructureDefinition& out, Document& keeper)
        : definitions_(definitions), elements_(out.elements), out_(out), keeper_(keeper) {}

    Outcome build(Element differential);

private:
    using Index = std::size_t;
    std::string id_of(Element change);
    std::optional<Index> locate(std::string_view id);
    std::optional<Index> child(Index parent, std::string_view step);
    std::optional<Index> declare(Index parent, std::string_view step, Element change);
    std::optional<Index> find(const std::string& id) const;
    Index slice(Index sliced, std::string_view name, std::string_view type);
    bool unfold(Index at);
    void insert_below(Index at, const std::vector<ElementDefinition>& from, std::string_view old_id, std::string_view old_path);
    Index end_of(Index at, bool with_slices) const;
    void merge(Index at, Element change);
    const StructureDefinition* type_of(const ElementDefinition& element) const;
    std::string_view keep(const std::string& text) { return keeper_.intern(text); }

    const Definitions& definitions_;
    std::vector<ElementDefinition>& elements_;
    StructureDefinition& out_;
    Document& keeper_;
    std::map<std::string, std::string, std::less<>> last_ids_; ///< path → id of the element that was last met there
};

Outcome SnapshotBuilder::build(Element differential) {
    const auto* base = definitions_.find_structure(out_.base);
    // Logical models of later versions stand on Base, which has no elements and is not in R4.
    const auto bare = bare_root(differential);
    if (!base && (out_.base.empty() || out_.base == kBase)) base = &bare;
    if (!base || base->elements.empty())
        return error(IssueCode::not_found, "StructureDefinition.baseDefinition", "structure-base-unknown", {std::string(out_.base)});
    elements_ = base->elements;
    const auto root = std::string(base->root().path);
    const auto first_path = differential.child("element").text("path");
    const auto own_root = out_.is_profile ? root : std::string(first_path.substr(0, first_path.find('.')));
    for (auto& element : elements_) {
        element.children.clear();
        element.parent = 0;
        if (element.id.empty()) element.id = element.path;
        if (own_root == root) continue;
        element.id = keep(own_root + std::string(element.id.substr(root.size())));
        element.path = keep(own_root + std::string(element.path.substr(root.size())));
    }
    elements_.front().name = elements_.front().path;
    for (auto change : differential.children("element")) {
        const auto id = id_of(change);
        auto at = locate(id);
        if (!at && !out_.is_profile) {
            const auto dot = id.rfind('.');
            const auto parent = dot == id.npos ? std::nullopt : locate(id.substr(0, dot));
            if (parent) at = declare(*parent, last_step(id), change);
        }
        if (!at || elements_.size() > kElementsMax) return error(IssueCode::invalid, change.path(), "structure-differential", {id});
        last_ids_[std::string(change.text("path"))] = elements_[*at].id;
        merge(*at, change);
    }
    link_children(elements_);
    return {};
}

/// The given id when it fits the path, else one made of the path, the slice name and the slices met before.
std::string SnapshotBuilder::id_of(Element change) {
    const auto path = change.text("path");
    const auto id = change.text("id");
    const auto slice_name = std::string(change.text("sliceName"));
    const auto slice_fits = slice_name.empty() ? last_step(id).find(':') == id.npos : last_step(id).ends_with(":" + slice_name);
    const bool as_deep = std::count(id.begin(), id.end(), '.') == std::count(path.begin(), path.end(), '.');
    if (slice_fits && as_deep && id.substr(0, id.find('.')) == path.substr(0, path.find('.'))) return std::string(id);
    const auto dot = path.rfind('.');
    if (dot == path.npos) return std::string(path);
    const auto above = last_ids_.find(path.substr(0, dot));
    auto out = above == last_ids_.end() ? std::string(path.substr(0, dot)) : above->second;
    out += path.substr(dot);
    return slice_name.empty() ? out : out + ":" + slice_name;
}

std::optional<SnapshotBuilder::Index> SnapshotBuilder::find(const std::string& id) const {
    for (Index at = 0; at < elements_.size(); ++at) {
        if (elements_[at].id == id) return at;
    }
    return std::nullopt;
}

std::optional<SnapshotBuilder::Index> SnapshotBuilder::locate(std::string_view id) {
    Index at = 0;
    const auto first = id.find('.');
    if (id.substr(0, first) != elements_.front().path) return std::nullopt;
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
    const auto prefix = std::string(elements_[parent].id) + ".";
    if (const auto found = find(prefix + std::string(step))) return found;
    const bool has_children = parent + 1 < elements_.size() && elements_[parent + 1].id.starts_with(prefix);
    if (!has_children && !unfold(parent)) return std::nullopt;
    if (const auto found = find(prefix + std::string(step))) return found;
    const auto colon = step.find(':');
    if (colon != step.npos) {
        const auto sliced = child(parent, step.substr(0, colon));
        if (!sliced) return std::nullopt;
        const auto name = step.substr(colon + 1);
        const auto stem = std::string(step.substr(0, step.find('[')));
        const bool names_type = elements_[*sliced].is_choice && name.starts_with(stem);
        return slice(*sliced, name, names_type ? name.substr(stem.size()) : std::string_view());
    }
    // "valueQuantity" is short for the slice valueQuantity of value[x].
    for (Index at = parent + 1; at < elements_.size() && elements_[at].id.starts_with(prefix); ++at) {
        const auto& element = elements_[at];
        const auto stem = element.is_choice ? element.name.substr(0, element.name.size() - 3) : std::string_view();
        if (stem.empty() || element.id.size() != prefix.size() + element.name.size() || !step.starts_with(stem)) continue;
        const auto name = std::string(element.name) + ":" + std::string(step);
        if (const auto found = find(prefix + name)) return found;
        return slice(at, step, step.substr(stem.size()));
    }
    return std::nullopt;
}

SnapshotBuilder::Index SnapshotBuilder::end_of(Index at, bool with_slices) const {
    const auto id = std::string(elements_[at].id);
    auto end = at + 1;
    const auto belongs = [&](std::string_view other) {
        return other.starts_with(id) && other.size() > id.size() && (other[id.size()] == '.' || (with_slices && other[id.size()] == ':'));
    };
    while (end < elements_.size() && belongs(elements_[end].id)) ++end;
    return end;
}

SnapshotBuilder::Index SnapshotBuilder::slice(Index sliced, std::string_view name, std::string_view type) {
    auto& base = elements_[sliced];
    if (base.slicing.rules.empty()) {
        base.slicing.rules = "open";
        if (base.is_choice) base.slicing.discriminators.push_back({"type", "$this"});
        else if (base.name == "extension" || base.name == "modifierExtension") base.slicing.discriminators.push_back({"value", "url"});
    }
    auto made = base;
    made.id = keep(std::string(base.id) + ":" + std::string(name));
    made.slice_name = keep(std::string(name));
    made.slicing = {};
    made.min = 0;
    if (!type.empty()) {
        // "valueString" may stand for string or for a type with a capital.
        std::erase_if(made.types, [&](const TypeReference& one) {
            return one.code.size() != type.size() || one.code.substr(1) != type.substr(1) || std::toupper(one.code[0]) != type[0];
        });
        if (made.types.empty()) made.types = base.types;
    }
    const auto at = end_of(sliced, true);
    elements_.insert(elements_.begin() + static_cast<std::ptrdiff_t>(at), std::move(made));
    return at;
}

const StructureDefinition* SnapshotBuilder::type_of(const ElementDefinition& element) const {
    if (element.types.empty()) return nullptr;
    const auto& first = element.types.front();
    for (const auto& type : element.types) {
        if (type.code != first.code) return nullptr;
    }
    if (element.types.size() == 1 && first.profiles.size() == 1) {
        if (const auto* profile = definitions_.find_structure(first.profiles.front())) return profile;
    }
    return definitions_.find_type(first.code);
}

/// Gives an element the children of what it refers to, of the element it slices, or of its type.
bool SnapshotBuilder::unfold(Index at) {
    const auto copy_subtree = [&](Index from) {
        const std::vector<ElementDefinition> subtree(elements_.begin() + static_cast<std::ptrdiff_t>(from + 1),
                                                     elements_.begin() + static_cast<std::ptrdiff_t>(end_of(from, false)));
        if (subtree.empty()) return false;
        insert_below(at, subtree, std::string(elements_[from].id), std::string(elements_[from].path));
        return true;
    };
    if (const auto reference = elements_[at].content_reference; !reference.empty()) {
        const auto from = find(std::string(reference));
        elements_[at].content_reference = {};
        return from && copy_subtree(*from);
    }
    if (!elements_[at].slice_name.empty()) {
        const auto id = elements_[at].id;
        const auto sliced = find(std::string(id.substr(0, id.rfind(':'))));
        const bool narrowed = sliced && elements_[*sliced].is_choice;
        if (sliced && !narrowed && copy_subtree(*sliced)) return true;
    }
    const auto* type = type_of(elements_[at]);
    if (!type || type->elements.size() < 2) return false;
    const std::vector<ElementDefinition> subtree(type->elements.begin() + 1, type->elements.end());
    insert_below(at, subtree, type->root().path, type->root().path);
    return true;
}

void SnapshotBuilder::insert_below(Index at, const std::vector<ElementDefinition>& from, std::string_view old_id,
                                   std::string_view old_path) {
    auto copies = from;
    for (auto& copy : copies) {
        const auto id = copy.id.empty() ? copy.path : copy.id;
        copy.id = keep(std::string(elements_[at].id) + std::string(id.substr(old_id.size())));
        copy.path = keep(std::string(elements_[at].path) + std::string(copy.path.substr(old_path.size())));
        copy.children.clear();
        copy.parent = 0;
    }
    elements_.insert(elements_.begin() + static_cast<std::ptrdiff_t>(at + 1), copies.begin(), copies.end());
}

/// A new element of a logical model or of a resource that is defined anew.
std::optional<SnapshotBuilder::Index> SnapshotBuilder::declare(Index parent, std::string_view step, Element change) {
    auto made = read_element(change, keeper_);
    made.id = keep(std::string(elements_[parent].id) + "." + std::string(step));
    const auto at = end_of(parent, false);
    elements_.insert(elements_.begin() + static_cast<std::ptrdiff_t>(at), std::move(made));
    return at;
}

void SnapshotBuilder::merge(Index at, Element change) {
    const auto said = read_element(change, keeper_);
    auto& element = elements_[at];
    if (!said.slice_name.empty() && element.id.ends_with(said.slice_name)) element.slice_name = said.slice_name;
    if (change.child("min")) element.min = said.min;
    if (change.child("max")) element.max = said.max;
    if (change.child("type")) element.types = said.types;
    if (change.child("contentReference")) element.content_reference = said.content_reference;
    if (change.child("binding")) {
        element.binding = said.binding;
        if (!said.value_set.empty()) element.value_set = said.value_set;
    }
    for (const auto& constraint : said.constraints) {
        std::erase_if(element.constraints, [&](const Constraint& old) { return old.key == constraint.key; });
        element.constraints.push_back(constraint);
    }
    if (!said.fixed.empty() || !said.pattern.empty()) {
        element.fixed = said.fixed;
        element.pattern = said.pattern;
        element.fixed_type = said.fixed_type;
    }
    if (!said.max_length.empty()) element.max_length = said.max_length;
    if (!said.short_text.empty()) element.short_text = said.short_text;
    if (change.child("slicing")) {
        auto slicing = said.slicing;
        if (slicing.discriminators.empty()) slicing.discriminators = element.slicing.discriminators;
        if (slicing.rules.empty()) slicing.rules = "open";
        element.slicing = std::move(slicing);
    }
    element.is_modifier = element.is_modifier || said.is_modifier;
    element.must_support = element.must_support || said.must_support;
}

} // namespace

Outcome fill_snapshot(const Definitions& definitions, Element differential, StructureDefinition& out, Document& keeper) {
    return SnapshotBuilder(definitions, out, keeper).build(differential);
}

} // namespace huitong::fhir
