/// What other structures give to a snapshot: the base, the types and profiles that are unfolded, the targets of content references.
#include "fhir/json.hpp"
#include "fhir/snapshot_builder.hpp"

#include <algorithm>

namespace huitong::fhir {
namespace {

constexpr std::string_view kCore = "http://hl7.org/fhir/StructureDefinition/";

/// "4.0" asks for any 4.0.x.
bool is_version(std::string_view known, std::string_view asked) {
    return asked.empty() || known == asked || (known.starts_with(asked) && known[asked.size()] == '.');
}

/// What a core definition refers to is of its own version, and is written so.
void pin_references(Document& document, std::string_view version) {
    const auto snapshot = document.root().child("snapshot");
    if (!snapshot || version.empty()) return;
    for (auto element : snapshot.children("element")) {
        for (auto type : element.children("type")) {
            for (auto canonical : type.children()) {
                const auto url = canonical.value();
                const bool refers = canonical.name() == "profile" || canonical.name() == "targetProfile";
                if (!refers || !url.starts_with(kCore) || url.find('|') != url.npos) continue;
                document.set_value(canonical.index(), ValueKind::text, document.copy(std::string(url) + "|" + std::string(version)));
            }
        }
    }
}

} // namespace

Element SnapshotBuilder::tree(std::string_view canonical) {
    const auto bar = canonical.find('|');
    const auto url = canonical.substr(0, bar);
    auto& read = read_[std::string(url)];
    if (!read) {
        const auto text = definitions_.resource_json("StructureDefinition", url);
        if (text.empty()) return {};
        read = read_json(std::string(text)).value;
        if (url.starts_with(kCore)) pin_references(*read, read->root().text("version"));
    }
    const auto asked = bar == canonical.npos ? std::string_view() : canonical.substr(bar + 1);
    return is_version(read->root().text("version"), asked) ? read->root() : Element();
}

std::vector<Element> SnapshotBuilder::elements_of(Element structure) const {
    std::vector<Element> out;
    if (!structure || !structure.child("snapshot")) return out;
    for (auto element : structure.child("snapshot").children("element")) out.push_back(element);
    return out;
}

/// Gives an element the children of what it refers to, of the element it slices, or of its type.
bool SnapshotBuilder::unfold(Index at) {
    const auto size = elements_.size();
    const auto note_children = [&] {
        for (auto added = at + 1; added < at + 1 + elements_.size() - size; ++added) note_base(added);
        return elements_.size() > size;
    };
    if (const auto reference = elements_.element(at).text("contentReference"); !reference.empty())
        return unfold_reference(at, reference) && note_children();
    const std::string id = elements_.id(at);
    if (unfold_as_outer_slice(at)) return note_children();
    if (const auto colon = id.rfind(':'); colon != id.npos && last_step(id).find(':') != std::string::npos) {
        const auto sliced = elements_.find(id.substr(0, colon));
        if (sliced && !is_choice(elements_.path(*sliced)) && elements_.copy_below(*sliced, at)) return note_children();
    }
    return unfold_type(at) && note_children();
}

/// What slice "a" says below itself holds for its slice "a/b" too.
bool SnapshotBuilder::unfold_as_outer_slice(Index at) {
    const auto& id = elements_.id(at);
    const auto slash = id.rfind('/');
    if (slash == id.npos || slash < id.rfind('.') + 1 || slash < id.rfind(':') + 1) return false;
    const auto outer = elements_.find(std::string_view(id).substr(0, slash));
    if (!outer) return false;
    std::vector<Element> below;
    for (auto index = *outer + 1; index < elements_.end_of(*outer, false); ++index) below.push_back(elements_.element(index));
    elements_.insert(at + 1, below, elements_.id(*outer), std::string(id), std::string(elements_.path(at)));
    return !below.empty();
}

/// The target stands in the structure that the reference names, else in the one that the element comes from.
bool SnapshotBuilder::unfold_reference(Index at, std::string_view reference) {
    const std::string url(reference.substr(0, reference.find('#')));
    const std::string target(reference.substr(reference.find('#') + 1));
    auto elements = elements_of(url.empty() ? elements_.origin(at).document().root() : tree(url));
    if (elements.empty()) elements = differential_; // a structure of its own refers to what it declares
    elements_.remove(at, "contentReference");
    std::vector<Element> below;
    for (const auto& element : elements) {
        const auto id = id_of_element(element);
        if (id == target && element.child("type")) elements_.take(at, "type", element);
        if (id.starts_with(target) && id.size() > target.size() && id[target.size()] == '.') below.push_back(element);
    }
    elements_.insert(at + 1, below, target, elements_.id(at), elements_.path(at));
    return !below.empty();
}

/// Several types have in common what every Element has.
bool SnapshotBuilder::unfold_type(Index at) {
    std::vector<Element> types;
    for (auto type : elements_.element(at).children("type")) types.push_back(type);
    if (types.empty()) return false;
    const auto first = types.front().text("code");
    const bool same = std::all_of(types.begin(), types.end(), [&](Element type) { return type.text("code") == first; });
    const auto code = same ? first : std::string_view("Element");
    std::vector<Element> below;
    const auto profile = types.front().child("profile");
    // With the extension profile-element a part of the profile is meant, which is not this type.
    if (types.size() == 1 && profile && !profile.has_children()) below = elements_of(tree(profile.value()));
    if (below.empty()) below = elements_of(tree(code.find(':') == code.npos ? std::string(kCore) + std::string(code) : std::string(code)));
    if (below.size() < 2) return false;
    const std::string root(below.front().text("path"));
    below.erase(below.begin());
    elements_.insert(at + 1, below, root, elements_.id(at), elements_.path(at));
    return true;
}

} // namespace huitong::fhir
