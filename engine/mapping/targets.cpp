/// What a rule writes: variables, new elements, values. Source: FHIR R4, StructureMap, "rule.target".
#include "mapping/executor.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

/// Puts a node before the first sibling of its name.
void move_first(fhir::Document& document, fhir::NodeIndex parent, fhir::NodeIndex node) {
    const auto name = document.node(node).name;
    auto before = fhir::kNoNode;
    auto first = document.node(parent).first_child;
    while (first != fhir::kNoNode && document.node(first).name != name) before = std::exchange(first, document.node(first).next_sibling);
    if (first == node || first == fhir::kNoNode) return;
    document.remove_child(parent, node);
    document.node(node).next_sibling = first;
    if (before == fhir::kNoNode) document.node(parent).first_child = node;
    else document.node(before).next_sibling = node;
}

} // namespace

void Executor::write_target(const At& at, const Target& target, Scope& scope) {
    const auto name_it = [&](Value value) {
        if (!target.variable.empty()) scope.set(target.variable, std::move(value));
    };
    if (target.context.empty()) {
        if (target.transform == "create") {
            Value made;
            made.target = make_loose(type_named(definitions_, *at.map, argument_text(at, target, 0, scope)));
            return name_it(std::move(made));
        }
        auto value = one_transform(at, target, scope);
        return name_it(value ? std::move(*value) : Value());
    }
    const auto* context = scope.find(target.context);
    if (!context) return fail(at, "fml-unknown-variable", {target.context}, target.place);
    if (context->is_nothing()) return name_it({});
    if (!context->is_target()) return fail(at, "fml-not-target", {target.context}, target.place);
    const auto parent = context->target;
    Value written;
    written.target = parent;
    if (target.element.empty()) return name_it(std::move(written));
    if (target.transform.empty() || target.transform == "create") {
        written.target = create(at, parent, target, scope);
        return name_it(std::move(written));
    }
    const auto values = transform(at, target, scope);
    if (values.empty()) return name_it({});
    const auto type = values.size() > 1 ? child_of(parent, target.element, type_of_value(values.front())).type : fhir::TypedName();
    if (values.size() > 1 && type.declared && !type.is_array) {
        fail(at, "fml-several", {target.context + "." + target.element}, target.place);
        return name_it({});
    }
    for (const auto& value : values) written.target = assign(parent, target.element, value);
    const bool goes_first = std::find(target.list_modes.begin(), target.list_modes.end(), "first") != target.list_modes.end();
    if (goes_first) move_first(*output_, parent, written.target);
    name_it(std::move(written));
}

fhir::NodeIndex Executor::create(const At& at, fhir::NodeIndex parent, const Target& target, const Scope& scope) {
    const auto shared = std::pair(std::string_view(target.list_rule), parent);
    if (!target.list_rule.empty()) {
        if (const auto found = shared_.find(shared); found != shared_.end()) return found->second;
    }
    const auto type = target.parameters.empty() ? std::string() : argument_text(at, target, 0, scope);
    const auto made = make_child(parent, target.element, type_named(definitions_, *at.map, type));
    if (!target.list_rule.empty()) shared_[shared] = made;
    if (std::find(target.list_modes.begin(), target.list_modes.end(), "first") != target.list_modes.end())
        move_first(*output_, parent, made);
    return made;
}

/// `src.a -> tgt.a`: the default group of the two types when there is one, else a copy.
void Executor::copy_simple(const At& at, const Target& target, const Value& value, const Scope& scope) {
    const auto* context = scope.find(target.context);
    if (!context) return fail(at, "fml-unknown-variable", {target.context}, target.place);
    if (context->is_nothing()) return;
    if (!context->is_target()) return fail(at, "fml-not-target", {target.context}, target.place);
    if (target.element.empty()) return;
    const auto parent = context->target;
    const auto source_type = type_of_value(value);
    if (!source_type.empty()) {
        const auto target_type = child_of(parent, target.element, "").type.type;
        auto found = linked_.find_default(*at.map, source_type, target_type);
        if (!found.group) found = linked_.find_default(*at.map, source_type, "");
        if (found.group) {
            Value created;
            const auto declared = type_named(definitions_, *found.map, found.group->inputs[1].type);
            created.target = make_child(parent, target.element, target_type.empty() ? declared : std::string_view());
            Scope arguments(&globals_of(*found.map));
            arguments.set(found.group->inputs[0].name, value);
            arguments.set(found.group->inputs[1].name, std::move(created));
            return run_group(found, arguments);
        }
    }
    assign(parent, target.element, value);
}

} // namespace huitong::mapping
