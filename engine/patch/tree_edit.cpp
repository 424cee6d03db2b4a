#include "patch/tree_edit.hpp"

#include "fhirpath/fhirpath.hpp"

namespace huitong::patch {
namespace {

using fhir::kNoNode;
using fhir::NodeIndex;
using fhir::ValueKind;

/// The `value[x]` of a part, or its resource; no element: the value is made of parts.
fhir::Element value_of(fhir::Element part) {
    for (const auto child : part.children()) {
        if (child.name().starts_with("value") || child.name() == "resource") return child;
    }
    return {};
}

ValueKind kind_of(std::string_view type) {
    if (type == "boolean") return ValueKind::boolean;
    if (type == "decimal" || type == "integer" || type == "positiveInt" || type == "unsignedInt") return ValueKind::number;
    return ValueKind::text;
}

} // namespace

fhir::TypedName Tree::type_of(NodeIndex node) const { return fhirpath::item_of(&definitions, document.element(node)).type; }

void place_behind(fhir::Document& document, NodeIndex child, NodeIndex previous) {
    const auto parent = document.node(child).parent;
    document.remove_child(parent, child);
    auto& above = document.node(parent);
    auto& link = previous == kNoNode ? above.first_child : document.node(previous).next_sibling;
    document.node(child).next_sibling = link;
    link = child;
    if (document.node(child).next_sibling == kNoNode) above.last_child = child;
}

NodeIndex last_of(const fhir::Document& document, NodeIndex parent, std::string_view name) {
    auto out = kNoNode;
    for (const auto child : document.element(parent).children(name)) out = child.index();
    return out;
}

void remove_element(fhir::Document& document, NodeIndex node) {
    for (auto at = node; at != kNoNode && at != 0;) {
        const auto parent = document.node(at).parent;
        document.remove_child(parent, at);
        const auto left = document.element(parent);
        if (left.has_children() || left.has_value() || left.is_resource()) return;
        at = parent;
    }
}

std::string child_name(const Tree& tree, NodeIndex parent, std::string_view name, fhir::Element part) {
    const auto type = tree.definitions.child(tree.type_of(parent), name);
    if (!type.declared) return {};
    const auto declared = type.declared->name;
    if (!type.declared->is_choice || declared.substr(0, declared.size() - 3) != name) return std::string(name);
    const auto value = value_of(part);
    return value && value.name().starts_with("value") ? std::string(name).append(value.name().substr(5)) : std::string();
}

Result<NodeIndex> make_child(const Tree& tree, NodeIndex parent, std::string_view name, fhir::Element part, const std::string& where) {
    const auto full = child_name(tree, parent, name, part);
    if (full.empty()) return Outcome(error(IssueCode::structure, where, "patch-element", {std::string(name)}));
    const auto type = tree.definitions.child(tree.type_of(parent), full);
    auto& document = tree.document;
    if (const auto value = value_of(part)) {
        const auto made = document.graft(parent, full, type.is_array, value);
        auto& node = document.node(made);
        if (node.kind == ValueKind::text || node.kind == ValueKind::number || node.kind == ValueKind::boolean)
            node.kind = kind_of(type.type);
        return made;
    }
    if (part.children("part").empty()) return Outcome(error(IssueCode::invalid, where, "patch-form", {"value"}));
    const auto made = document.add_child(parent, document.intern(full), type.is_array);
    for (const auto member : part.children("part")) { // depth is bounded by the reader of the patch
        auto inner = make_child(tree, made, member.text("name"), member, where);
        if (!inner) return inner.error();
    }
    return made;
}

} // namespace huitong::patch
