/// The tree being written: typed by the definitions, so that choices get their suffix, arrays are arrays and numbers are numbers.
#include "mapping/executor.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

bool is_number_type(std::string_view type) {
    return type == "integer" || type == "decimal" || type == "positiveInt" || type == "unsignedInt" || type == "integer64";
}

/// Whether a value of type `have` may stand where `want` is asked: strings fit codes, uris and dates too.
bool fits_type(const fhir::Definitions& definitions, std::string_view have, std::string_view want) {
    if (have == want || definitions.is_a(have, want)) return true;
    if (have == "integer") return is_number_type(want);
    const auto* structure = definitions.find_type(want);
    return have == "string" && structure && structure->kind == fhir::StructureKind::primitive && want != "boolean" && !is_number_type(want);
}

/// Where the text of a simple value goes in a complex type; "" when it cannot be told.
std::string_view text_element(std::string_view type) {
    if (type == "Reference") return "reference";
    if (type == "CodeableConcept" || type == "Annotation") return "text";
    if (type == "Quantity" || type == "SimpleQuantity") return "value";
    if (type == "Identifier" || type == "ContactPoint") return "value";
    return {};
}

} // namespace

fhir::TypedName& Executor::type_at(fhir::NodeIndex node) {
    if (node >= types_.size()) types_.resize(std::max<std::size_t>(output_->size(), node + 1));
    return types_[node];
}

Executor::Child Executor::child_of(fhir::NodeIndex parent, std::string_view name, std::string_view type) {
    const auto parent_type = type_at(parent);
    Child out{output_->intern(name), {}};
    if (!parent_type.structure) return out;
    out.type = definitions_.child(parent_type, name);
    const auto* declared = out.type.declared;
    if (!declared || !declared->is_choice || declared->name.size() != name.size() + 3) return out;
    auto chosen = type;
    const auto& types = declared->types;
    if (std::none_of(types.begin(), types.end(), [&](const auto& one) { return one.code == type; })) {
        const auto fit = std::find_if(types.begin(), types.end(), [&](const auto& one) { return fits_type(definitions_, type, one.code); });
        if (fit != types.end()) chosen = fit->code;
    }
    if (chosen.empty()) return out;
    std::string concrete(name);
    concrete += static_cast<char>(chosen[0] >= 'a' && chosen[0] <= 'z' ? chosen[0] - 32 : chosen[0]);
    concrete += chosen.substr(1);
    out.name = output_->intern(concrete);
    out.type = definitions_.child(parent_type, concrete);
    return out;
}

fhir::NodeIndex Executor::make_child(fhir::NodeIndex parent, std::string_view name, std::string_view type) {
    return make_child(parent, child_of(parent, name, type), type);
}

fhir::NodeIndex Executor::make_child(fhir::NodeIndex parent, Child child, std::string_view type) {
    const bool in_array = child.type.declared && child.type.is_array;
    if (child.type.declared && !in_array) {
        // One element where only one is allowed: written again, it is the same element.
        if (const auto found = output_->element(parent).child(child.name)) return found.index();
    }
    const auto node = output_->add_child(parent, child.name, in_array);
    if (!child.type.declared) {
        // Without a definition, a second one of the same name makes both a list.
        std::vector<fhir::NodeIndex> same;
        for (const auto one : output_->element(parent).children(child.name)) same.push_back(one.index());
        for (const auto one : same) output_->node(one).in_array = same.size() > 1;
    }
    output_->node(node).lineage = lineage();
    const bool open = child.type.type.empty() || child.type.type == "Element" || child.type.type == "Resource";
    if (!type.empty() && open && definitions_.is_resource_type(type)) {
        output_->set_type(node, output_->intern(type));
        child.type = definitions_.type_root(type);
    } else if (!type.empty() && open) {
        if (const auto root = definitions_.type_root(type); root.structure) child.type = root;
    }
    type_at(node) = child.type;
    return node;
}

/// A node without a place yet.
fhir::NodeIndex Executor::make_loose(std::string_view type) {
    const auto node = output_->add_child(0, output_->intern("loose"), false);
    output_->remove_child(0, node);
    if (definitions_.is_resource_type(type)) output_->set_type(node, output_->intern(type));
    output_->node(node).lineage = lineage();
    type_at(node) = definitions_.type_root(type);
    loose_.push_back(node);
    return node;
}

fhir::NodeIndex Executor::attach(fhir::NodeIndex parent, std::string_view name, fhir::NodeIndex loose) {
    const auto child = child_of(parent, name, type_at(loose).type);
    // A new last child shows where the tree wants it; the loose node takes its links.
    const auto place = output_->add_child(parent, child.name, child.type.declared && child.type.is_array);
    auto& node = output_->node(loose);
    node.name = child.name;
    node.in_array = output_->node(place).in_array;
    node.parent = parent;
    node.next_sibling = fhir::kNoNode;
    auto& above = output_->node(parent);
    if (above.first_child == place) above.first_child = loose;
    for (auto at = above.first_child; at != fhir::kNoNode; at = output_->node(at).next_sibling) {
        if (output_->node(at).next_sibling == place) output_->node(at).next_sibling = loose;
    }
    above.last_child = loose;
    std::erase(loose_, loose);
    return loose;
}

fhir::NodeIndex Executor::assign_text(fhir::NodeIndex parent, const Child& child, std::string_view type, std::string_view text,
                                      fhir::ValueKind kind, Span span) {
    const auto node = make_child(parent, child, type);
    const auto declared = type_at(node).type;
    if (declared == "boolean") kind = fhir::ValueKind::boolean;
    else if (is_number_type(declared)) kind = Decimal::read(text) ? fhir::ValueKind::number : fhir::ValueKind::text;
    else if (!declared.empty()) kind = fhir::ValueKind::text;
    output_->set_value(node, kind, output_->copy(text));
    output_->node(node).lineage = lineage();
    output_->node(node).source = span;
    return node;
}

fhir::NodeIndex Executor::assign(fhir::NodeIndex parent, std::string_view name, const Value& value) {
    if (value.is_target() && std::find(loose_.begin(), loose_.end(), value.target) != loose_.end())
        return attach(parent, name, value.target);
    auto type = type_of_value(value);
    const auto node_item = value.is_target() ? item_of_value(value) : fhirpath::Item();
    const auto& item = value.is_target() ? node_item : value.item;
    if (const auto* quantity = std::get_if<fhirpath::Quantity>(&item.value)) {
        return assign(parent, name,
                      complex_value("Quantity", {{"value", quantity->value.text()},
                                                 {"unit", quantity->unit},
                                                 {"system", "http://unitsofmeasure.org"},
                                                 {"code", quantity->unit}}));
    }
    const bool has_text = !item.is_element() || item.element().has_value();
    if (has_text && type.empty()) type = "string";
    const auto child = child_of(parent, name, type);
    // What has elements of its own in its parent (a backbone) stands for no type.
    const auto* structure = child.type.structure && child.type.element == &child.type.structure->root() ? child.type.structure : nullptr;
    const bool wants_text = structure && structure->kind == fhir::StructureKind::primitive;
    const bool wants_tree = structure && structure->kind == fhir::StructureKind::complex;
    if (wants_tree && (has_text || type != child.type.type)) {
        // A text becomes the text of a concept, a coding its coding, an identifier that of a reference.
        const auto part = has_text                                                   ? text_element(child.type.type)
                          : type == "Coding" && child.type.type == "CodeableConcept" ? std::string_view("coding")
                          : type == "Identifier" && child.type.type == "Reference"   ? std::string_view("identifier")
                                                                                     : std::string_view();
        if (!part.empty()) {
            const auto node = make_child(parent, child, type);
            assign(node, part, value);
            return node;
        }
    }
    if (!item.is_element()) {
        const bool is_number = std::holds_alternative<std::int64_t>(item.value) || std::holds_alternative<Decimal>(item.value);
        const auto kind = std::holds_alternative<bool>(item.value) ? fhir::ValueKind::boolean
                          : is_number                              ? fhir::ValueKind::number
                                                                   : fhir::ValueKind::text;
        return assign_text(parent, child, type, fhirpath::value_text(item), kind, value.span);
    }
    const auto element = item.element();
    if (element.has_value() && (wants_text || !element.has_children() || item.type.type.empty()))
        return assign_text(parent, child, type, element.value(), element.kind(), value.span);
    // A coded value or an identifier, written to a text: what it stands for.
    if (wants_text) return assign_text(parent, child, "string", text_of_value(value), fhir::ValueKind::text, value.span);
    return assign_tree(parent, child, item, value.span);
}

fhir::NodeIndex Executor::assign_tree(fhir::NodeIndex parent, const Child& child, const fhirpath::Item& item, Span span) {
    if (child.type.declared && !child.type.is_array) {
        if (const auto old = output_->element(parent).child(child.name)) output_->remove_child(parent, old.index());
    }
    auto element = item.element();
    fhir::Document copy;
    if (&element.document() == output_.get()) {
        // What belongs to the tree being written is copied through a document of its own: graft must not read what it grows.
        copy.set_root("copy");
        element = copy.element(copy.graft(0, "value", false, element));
    }
    const auto node = output_->graft(parent, child.name, child.type.is_array, element);
    const bool is_resource = item.element().is_resource();
    adopt(node, is_resource ? definitions_.type_root(element.type()) : child.type.type.empty() ? item.type : child.type, span);
    return node;
}

void Executor::adopt(fhir::NodeIndex node, const fhir::TypedName& type, Span span) {
    type_at(node) = type;
    output_->node(node).lineage = lineage();
    if (output_->node(node).source == Span()) output_->node(node).source = span;
    for (const auto child : output_->element(node).children()) {
        const auto child_type = child.is_resource() ? definitions_.type_root(child.type())
                                : type.type.empty() ? fhir::TypedName()
                                                    : definitions_.child(type, child.name());
        adopt(child.index(), child_type, span);
    }
}

/// Takes out what stayed empty.
void Executor::prune(fhir::NodeIndex node) {
    for (auto at = output_->node(node).first_child; at != fhir::kNoNode;) {
        const auto next = output_->node(at).next_sibling;
        prune(at);
        const auto child = output_->element(at);
        if (!child.has_children() && (!child.has_value() || child.value().empty())) output_->remove_child(node, at);
        at = next;
    }
}

} // namespace huitong::mapping
