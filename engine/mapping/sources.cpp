/// What a rule reads: the values of its sources, filtered and listed. Source: FHIR R4, StructureMap, "rule.source".
#include "mapping/executor.hpp"

namespace huitong::mapping {
namespace {

void keep_listed(std::string_view mode, std::vector<Value>& values) {
    if (mode.empty() || values.empty()) return;
    if (mode == "first") values.erase(values.begin() + 1, values.end());
    else if (mode == "last") values.erase(values.begin(), values.end() - 1);
    else if (mode == "not_first") values.erase(values.begin());
    else if (mode == "not_last") values.pop_back();
}

} // namespace

/// Children by name; "value" also finds "valueQuantity" where the definition makes it a choice.
void Executor::add_children(const Value& parent, std::string_view name, std::vector<Value>& out) {
    const auto node_item = parent.is_target() ? item_of_value(parent) : fhirpath::Item();
    const auto& item = parent.is_target() ? node_item : parent.item;
    if (!item.is_element() || !item.element()) return;
    const bool is_typed = item.type.structure != nullptr;
    for (const auto child : item.element().children()) {
        const auto written = child.name();
        if (!written.starts_with(name)) continue;
        const auto type = is_typed ? definitions_.child(item.type, written) : fhir::TypedName();
        const bool is_choice = type.declared && type.declared->is_choice && type.declared->name.size() == name.size() + 3;
        if (written.size() != name.size() && !is_choice) continue;
        if (coverage_) coverage_->touch(child);
        Value value;
        value.item.value = child;
        value.item.type = child.is_resource() ? definitions_.type_root(child.type()) : type;
        value.item.keep = item.keep;
        value.span = &child.document() == output_.get() ? parent.span : child.source();
        out.push_back(std::move(value));
    }
}

std::vector<Value> Executor::source_values(const At& at, const Source& source, Scope& scope) {
    std::vector<Value> values;
    const auto* context = scope.find(source.context);
    if (!context) {
        fail(at, "fml-unknown-variable", {source.context}, source.place);
        return values;
    }
    if (source.element.empty() && !context->is_nothing()) values.push_back(*context);
    bool is_first = true;
    for (std::string_view rest = source.element; !rest.empty(); is_first = false) {
        const auto dot = rest.find('.');
        const auto name = rest.substr(0, dot);
        rest = dot == rest.npos ? std::string_view() : rest.substr(dot + 1);
        std::vector<Value> next;
        if (is_first) add_children(*context, name, next);
        for (const auto& value : values) add_children(value, name, next);
        values = std::move(next);
    }
    if (!source.type.empty()) {
        const auto type = type_named(definitions_, *at.map, source.type);
        std::erase_if(values, [&](const Value& value) {
            const auto found = type_of_value(value);
            return !found.empty() && found != type && !definitions_.is_a(found, type);
        });
    }
    if (!source.where.empty()) std::erase_if(values, [&](const Value& value) { return !passes(at, source, value, scope); });
    if (values.empty() && source.default_value) {
        if (auto value = argument(at, *source.default_value, scope)) values.push_back(std::move(*value));
    }
    check_cardinality(at, source, values.size());
    keep_listed(source.list_mode, values);
    if (source.check.empty()) return values;
    for (const auto& value : values) {
        const auto outer = scope.size();
        if (!source.variable.empty()) scope.lend(source.variable, value);
        if (!holds(at, source.check, scope, value)) fail(at, "fml-check", {source.check.text}, source.check.place);
        scope.shrink(outer);
    }
    return values;
}

bool Executor::passes(const At& at, const Source& source, const Value& value, Scope& scope) {
    const auto outer = scope.size();
    if (!source.variable.empty()) scope.lend(source.variable, value);
    const bool out = holds(at, source.where, scope, value);
    scope.shrink(outer);
    return out;
}

void Executor::check_cardinality(const At& at, const Source& source, std::size_t count) {
    const auto limit = [](const std::string& text) { return static_cast<std::size_t>(std::strtoul(text.c_str(), nullptr, 10)); };
    const bool is_bounded = !source.max.empty() && source.max != "*";
    const bool too_many = (source.list_mode == "only_one" && count > 1) || (is_bounded && count > limit(source.max));
    const bool too_few = !source.min.empty() && count < limit(source.min);
    if (!too_many && !too_few) return;
    fail(at, too_many ? "fml-source-many" : "fml-source-few", {source.context + (source.element.empty() ? "" : "." + source.element)},
         source.place);
}

} // namespace huitong::mapping
