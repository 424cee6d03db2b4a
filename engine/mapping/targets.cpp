/// The tree being written: typed by the definitions, so that choices get their suffix, arrays are arrays and numbers are numbers.
#include "mapping/executor.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

bool is_number_type(std::string_view type) {
    return type == "integer" || type == "decimal" || type == "positiveInt" || type == "unsignedInt" || type == "integer64";
}

/// The FHIR type of a value that fits an element which lets several: strings fit codes, uris and dates too.
bool fits_type(const fhir::Definitions& definitions, std::string_view have, std::string_view want) {
    if (have == want || definitions.is_a(have, want)) return true;
    const auto* structure = definitions.find_type(want);
    return have == "string" && structure && structure->kind == fhir::StructureKind::primitive && want != "boolean" && !is_number_type(want);
}

} // namespace

std::string Executor::concrete_name(const fhir::TypedName& parent, const std::string& name, std::string_view type) const {
    if (parent.type.empty()) return name;
    const auto child = definitions_.child(parent, name);
    if (!child.declared || !child.declared->is_choice || child.declared->name != name + "[x]") return name;
    std::string chosen(type);
    const auto& types = child.declared->types;
    const bool exact = std::any_of(types.begin(), types.end(), [&](const auto& one) { return one.code == type; });
    if (!exact) {
        const auto fit = std::find_if(types.begin(), types.end(), [&](const auto& one) { return fits_type(definitions_, type, one.code); });
        if (fit != types.end()) chosen = fit->code;
    }
    if (chosen.empty()) return name;
    if (chosen[0] >= 'a' && chosen[0] <= 'z') chosen[0] = static_cast<char>(chosen[0] - 32);
    return name + chosen;
}

fhir::NodeIndex Executor::make_child(fhir::NodeIndex parent, const std::string& name, std::string_view type, bool reuse) {
    const auto parent_type = types_.contains(parent) ? types_[parent] : fhir::TypedName();
    const auto actual = concrete_name(parent_type, name, type);
    auto child_type = parent_type.type.empty() ? fhir::TypedName() : definitions_.child(parent_type, actual);
    const bool in_array = child_type.declared && child_type.is_array;
    if (!in_array && (reuse || child_type.declared)) {
        // One element where only one is allowed: written again, it is the same element.
        if (const auto found = output_->element(parent).child(actual)) return found.index();
    }
    const auto node = output_->add_child(parent, output_->intern(actual), in_array);
    if (!child_type.declared && !in_array) {
        // Without a definition, a second one of the same name makes both a list.
        std::vector<fhir::NodeIndex> same;
        for (const auto one : output_->element(parent).children(actual)) same.push_back(one.index());
        if (same.size() > 1) {
            for (const auto one : same) output_->node(one).in_array = true;
        }
    }
    output_->node(node).lineage = lineage_;
    if (!type.empty() && definitions_.is_resource_type(type) && (child_type.type == "Resource" || child_type.type.empty())) {
        output_->set_type(node, output_->intern(type));
        child_type = definitions_.type_root(type);
    } else if (!type.empty() && (child_type.type.empty() || child_type.type == "Element" || child_type.type == "Resource")) {
        const auto root = definitions_.type_root(type);
        if (root.structure) child_type = root;
    }
    types_[node] = child_type;
    return node;
}

fhir::NodeIndex Executor::assign_primitive(fhir::NodeIndex parent, const std::string& name, std::string_view type, std::string_view text,
                                           fhir::ValueKind kind) {
    const auto node = make_child(parent, name, type, true);
    const auto declared = types_[node].type;
    if (declared == "boolean") kind = fhir::ValueKind::boolean;
    else if (is_number_type(declared)) kind = Decimal::read(text) ? fhir::ValueKind::number : fhir::ValueKind::text;
    else if (!declared.empty()) kind = fhir::ValueKind::text;
    output_->set_value(node, kind, output_->copy(text));
    return node;
}

fhir::NodeIndex Executor::assign(fhir::NodeIndex parent, const std::string& name, const Value& value) {
    const auto type = type_of_value(value);
    const auto item = item_of_value(value);
    if (!item.is_element()) {
        const bool is_number = std::holds_alternative<std::int64_t>(item.value) || std::holds_alternative<Decimal>(item.value);
        const auto kind = std::holds_alternative<bool>(item.value) ? fhir::ValueKind::boolean
                          : is_number                              ? fhir::ValueKind::number
                                                                   : fhir::ValueKind::text;
        if (!std::holds_alternative<fhirpath::Quantity>(item.value))
            return assign_primitive(parent, name, type, fhirpath::value_text(item), kind);
        const auto& quantity = std::get<fhirpath::Quantity>(item.value);
        return assign(parent, name,
                      complex_value("Quantity", {{"value", quantity.value.text()},
                                                 {"unit", quantity.unit},
                                                 {"system", "http://unitsofmeasure.org"},
                                                 {"code", quantity.unit}}));
    }
    const auto element = item.element();
    const auto parent_type = types_.contains(parent) ? types_[parent] : fhir::TypedName();
    const auto target =
        parent_type.type.empty() ? fhir::TypedName() : definitions_.child(parent_type, concrete_name(parent_type, name, type));
    const auto* structure = target.type.empty() ? nullptr : definitions_.find_type(target.type);
    const bool wants_primitive = structure && structure->kind == fhir::StructureKind::primitive;
    if (element.has_value() && (wants_primitive || !element.has_children() || type.empty())) {
        return assign_primitive(parent, name, type.empty() ? "string" : std::string_view(type), element.value(), element.kind());
    }
    // A source tree's field with components, written to a primitive: its whole text.
    if (wants_primitive) return assign_primitive(parent, name, "string", text_of_value(value), fhir::ValueKind::text);
    const auto actual = concrete_name(parent_type, name, type);
    if (!target.is_array && target.declared) {
        if (const auto old = output_->element(parent).child(actual)) output_->remove_child(parent, old.index());
    }
    // The subtree may belong to the tree being written, so it is copied through a document of its own.
    fhir::Document copy;
    copy.set_root("copy");
    const auto detached = copy.graft(0, "value", false, element);
    const auto node = output_->graft(parent, output_->intern(actual), target.is_array, copy.element(detached));
    output_->node(node).lineage = lineage_;
    adopt_types(node, element.is_resource() ? definitions_.type_root(element.type()) : target.type.empty() ? item.type : target);
    return node;
}

void Executor::adopt_types(fhir::NodeIndex node, const fhir::TypedName& type) {
    types_[node] = type;
    output_->node(node).lineage = lineage_;
    if (type.type.empty()) return;
    for (const auto child : output_->element(node).children()) {
        adopt_types(child.index(), child.is_resource() ? definitions_.type_root(child.type()) : definitions_.child(type, child.name()));
    }
}

void Executor::write_target(const At& at, const Target& target, Scope& scope) {
    if (target.context.empty()) {
        auto value = transform(at, target, scope);
        if (value && !target.variable.empty()) scope.set(target.variable, std::move(*value));
        return;
    }
    const auto* context = scope.find(target.context);
    if (!context || !context->is_target()) return fail(at, "fml-unknown-variable", {target.context}, target.place);
    const auto parent = context->target;
    Value written;
    if (target.element.empty()) {
        written = *context;
    } else if (target.transform.empty() || target.transform == "create") {
        const auto shared = std::pair(target.list_rule, parent);
        if (!target.list_rule.empty() && shared_.contains(shared)) {
            written.target = shared_[shared];
        } else {
            const auto type =
                target.transform == "create" && !target.parameters.empty() ? argument_text(at, target, 0, scope) : std::string();
            written.target = make_child(parent, target.element, type, false);
            if (!target.list_rule.empty()) shared_[shared] = written.target;
        }
    } else {
        auto value = transform(at, target, scope);
        if (!value) return;
        written.target = assign(parent, target.element, *value);
    }
    if (!target.variable.empty()) scope.set(target.variable, std::move(written));
}

void Executor::copy_simple(const At& at, const Target& target, const Value& value, const Scope& scope) {
    const auto* context = scope.find(target.context);
    if (!context || !context->is_target()) return fail(at, "fml-unknown-variable", {target.context}, target.place);
    const auto source_type = type_of_value(value);
    if (!target.element.empty() && !source_type.empty()) {
        const auto parent_type = types_.contains(context->target) ? types_[context->target] : fhir::TypedName();
        const auto target_type = parent_type.type.empty() ? std::string_view() : definitions_.child(parent_type, target.element).type;
        auto found = groups_.find_default(*at.map, source_type, target_type);
        if (!found.group) found = groups_.find_default(*at.map, source_type, "");
        if (found.group && found.group->inputs.size() == 2) {
            Value created;
            created.target = make_child(context->target, target.element,
                                        target_type.empty() ? std::string_view(found.group->inputs[1].type) : std::string_view(), false);
            Scope arguments;
            arguments.set(found.group->inputs[0].name, value);
            arguments.set(found.group->inputs[1].name, std::move(created));
            if (++steps_ > options_.steps_max) {
                stopped_ = true;
                return fail(at, "fml-steps", {std::to_string(options_.steps_max)}, target.place);
            }
            return run_group(found, arguments);
        }
    }
    if (!target.element.empty()) assign(context->target, target.element, value);
}

void Executor::prune(fhir::NodeIndex node) {
    std::vector<fhir::NodeIndex> empty;
    for (const auto child : output_->element(node).children()) {
        prune(child.index());
        const bool has_content = child.has_children() || (child.has_value() && !child.value().empty());
        if (!has_content) empty.push_back(child.index());
    }
    for (const auto child : empty) output_->remove_child(node, child);
}

} // namespace huitong::mapping
