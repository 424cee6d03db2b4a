#include "fhir/snapshot.hpp"

#include "fhir/snapshot_builder.hpp"

#include <algorithm>

namespace huitong::fhir {
namespace {

constexpr std::string_view kBase = "http://hl7.org/fhir/StructureDefinition/Base";
constexpr std::size_t kElementsMax = 10'000; ///< a differential that unfolds more than this is refused; the largest of R4 has 600

} // namespace

SnapshotBuilder::SnapshotBuilder(const Definitions& definitions, Element structure, DifferentialOrder order)
    : definitions_(definitions), structure_(structure), order_(order), is_profile_(structure.text("derivation") == "constraint") {
    for (auto change : structure.child("differential").children("element")) differential_.push_back(change);
}

/// Fills the list with the base's elements under the structure's own root.
Outcome SnapshotBuilder::start() {
    const auto base = structure_.text("baseDefinition");
    if (!base.empty() && base == structure_.text("url"))
        return error(IssueCode::invalid, "StructureDefinition.baseDefinition", "structure-base-circle", {std::string(base)});
    const auto first = differential_.front().text("path");
    const auto own_root = first.substr(0, first.find('.'));
    const auto inherited = elements_of(tree(base));
    if (inherited.empty() && (base.empty() || base == kBase)) { // Base has no elements and is not in R4
        elements_.insert_copy(0, differential_.front(), std::string(own_root), std::string(own_root));
        return {};
    }
    if (inherited.empty())
        return error(IssueCode::not_found, "StructureDefinition.baseDefinition", "structure-base-unknown", {std::string(base)});
    const auto old_root = inherited.front().text("path");
    const auto root = is_profile_ ? old_root : own_root;
    elements_.insert(0, inherited, old_root, root, root);
    for (Index at = 0; at < elements_.size(); ++at) {
        note_base(at);
        if (elements_.element(at).text("slicing.rules") == "closed" && !is_choice(elements_.path(at))) closed_.insert(elements_.id(at));
        // What is derived anew has copies of all that it refers to.
        const auto reference = std::string(elements_.element(at).text("contentReference"));
        if (reference.starts_with("#" + std::string(old_root) + "."))
            elements_.set_text(at, "contentReference", "#" + std::string(root) + reference.substr(old_root.size() + 1));
    }
    return {};
}

/// Each element says what it is in the type that first had it.
void SnapshotBuilder::note_base(Index at) {
    const auto element = elements_.element(at);
    if (element.child("base")) return;
    auto& document = elements_.document();
    const auto base = document.add_child(element.index(), "base", false);
    const auto add = [&](const char* name, std::string_view text, ValueKind kind) {
        document.set_value(document.add_child(base, name, false), kind, document.copy(text));
    };
    const std::string min(element.text("min"));
    const std::string max(element.text("max"));
    add("path", elements_.path(at), ValueKind::text);
    add("min", min.empty() ? "0" : min, ValueKind::number);
    add("max", max.empty() ? "*" : max, ValueKind::text);
}

Outcome SnapshotBuilder::build() {
    if (auto issues = start(); issues.has_errors()) return issues;
    for (now_ = 0; now_ < differential_.size(); ++now_) {
        const auto change = differential_[now_];
        const auto id = id_of(change);
        if (is_closed_to(id)) return error(IssueCode::invalid, change.path(), "structure-slicing-closed", {id});
        auto at = locate(id);
        if (!at && !is_profile_) {
            const auto dot = id.rfind('.');
            const auto parent = dot == id.npos ? std::nullopt : locate(std::string_view(id).substr(0, dot));
            if (parent) at = declare(*parent, change, id);
        }
        if (at && is_profile_ && !is_path_of(*at, change.text("path"))) at.reset();
        if (elements_.size() > kElementsMax)
            return error(IssueCode::too_costly, change.path(), "structure-too-large", {std::to_string(kElementsMax)});
        if (!at) return error(IssueCode::invalid, change.path(), "structure-differential", {id});
        note_place(*at, change.text("path"));
        if (auto issues = apply(*at, change); issues.has_errors()) return issues;
    }
    finish_choices();
    return order_ == DifferentialOrder::as_base ? check_order() : Outcome();
}

/// What was met below that path belongs to another element from now on.
void SnapshotBuilder::note_place(Index at, std::string_view path) {
    const auto below = std::string(path) + ".";
    auto stale = last_ids_.lower_bound(below);
    while (stale != last_ids_.end() && stale->first.starts_with(below)) stale = last_ids_.erase(stale);
    last_ids_[std::string(path)] = elements_.id(at);
    located_.push_back(elements_.id(at));
}

Outcome SnapshotBuilder::apply(Index at, Element change) {
    if (is_profile_) {
        if (auto issues = check(at, change); issues.has_errors()) return issues;
    }
    note_choice(at, change);
    adopt_profile(at, change);
    merge_element(elements_, at, change);
    return {};
}

/// A new element of a logical model or of a type that is defined anew.
SnapshotBuilder::Index SnapshotBuilder::declare(Index parent, Element change, const std::string& id) {
    const auto path = elements_.path(parent) + "." + std::string(last_step(change.text("path")));
    const auto at = elements_.insert_copy(elements_.end_of(parent, false), change, id, path);
    note_base(at);
    return at;
}

/// An element that is an extension with a definition of its own is what the root of that definition is, in its place.
bool SnapshotBuilder::adopt_profile(Index at, Element change) {
    std::vector<Element> types;
    for (auto type : change.children("type")) types.push_back(type);
    if (types.size() != 1 || at == 0) return false;
    const auto code = std::string(types.front().text("code"));
    const auto profile = types.front().text("profile");
    if (profile.empty() || code != "Extension") return false;
    const auto elements = elements_of(tree(profile));
    if (elements.empty() || elements.front().text("path") != code) return false;
    const auto old = elements_.element(at);
    const auto slice_name = std::string(old.text("sliceName"));
    elements_.replace(at, elements.front());
    for (const auto* name : {"base", "slicing", "type"}) elements_.take(at, name, old);
    elements_.remove(at, "sliceName");
    if (!slice_name.empty()) elements_.set_text(at, "sliceName", slice_name);
    return true;
}

/// Members in the order of ElementDefinition, which XML needs.
void SnapshotBuilder::write(Document& out, NodeIndex snapshot) const {
    const auto* type = definitions_.find_type("ElementDefinition");
    std::vector<std::string_view> order;
    for (const auto index : type ? type->root().children : std::vector<std::uint32_t>()) {
        auto name = type->elements[index].name;
        order.push_back(is_choice(name) ? stem_of(name) : name);
    }
    const auto is_choice_of = [](std::string_view name, std::string_view stem) {
        return name.size() > stem.size() && name.starts_with(stem) && name[stem.size()] >= 'A' && name[stem.size()] <= 'Z';
    };
    const auto rank = [&](std::string_view name) {
        const auto exact = std::find(order.begin(), order.end(), name);
        if (exact != order.end()) return exact - order.begin();
        return std::find_if(order.begin(), order.end(), [&](std::string_view stem) { return is_choice_of(name, stem); }) - order.begin();
    };
    for (Index at = 0; at < elements_.size(); ++at) {
        const auto node = out.add_child(snapshot, "element", true);
        std::vector<Element> children;
        for (auto child : elements_.element(at).children()) children.push_back(child);
        std::stable_sort(children.begin(), children.end(), [&](Element a, Element b) { return rank(a.name()) < rank(b.name()); });
        for (const auto& child : children) out.graft(node, child.name(), child.node().in_array, child);
    }
}

Parsed<DocumentPtr> make_snapshot(const Definitions& definitions, Element structure, DifferentialOrder order) {
    Parsed<DocumentPtr> out;
    out.value = std::make_shared<Document>();
    auto& document = *out.value;
    document.set_root(document.intern("StructureDefinition"));
    if (!structure.child("differential") || !structure.child("differential").child("element")) {
        out.issues.add(error(IssueCode::required, "StructureDefinition", "structure-no-snapshot", {std::string(structure.text("url"))}));
        return out;
    }
    SnapshotBuilder builder(definitions, structure, order);
    out.issues = builder.build();
    if (out.issues.has_errors()) return out;
    for (auto child : structure.children()) {
        if (child.name() == "snapshot") continue;
        if (child.name() == "differential") builder.write(document, document.add_child(0, "snapshot", false));
        document.graft(0, child.name(), child.node().in_array, child);
    }
    return out;
}

} // namespace huitong::fhir
