/// Groups, rules and their sources. Source: FHIR R4, Mapping Language, "Execution".
#include "mapping/executor.hpp"

#include <algorithm>

namespace huitong::mapping {
void Executor::fail(const At& at, std::string rule, std::vector<std::string> arguments, const Place& place) {
    auto issue =
        error(IssueCode::processing, at.group ? at.group->name + (at.rule && !at.rule->name.empty() ? "." + at.rule->name : "") : "",
              std::move(rule), std::move(arguments));
    issue.position = TextPosition{at.map->file, place.line, place.column};
    result_.issues.add(std::move(issue));
}

fhirpath::Item Executor::item_of_value(const Value& value) const {
    if (!value.is_target()) return value.item;
    fhirpath::Item out;
    out.value = output_->element(value.target);
    const auto found = types_.find(value.target);
    if (found != types_.end()) out.type = found->second;
    return out;
}

std::string Executor::text_of_value(const Value& value) const {
    const auto item = item_of_value(value);
    if (!item.is_element()) return fhirpath::value_text(item);
    const auto element = item.element();
    if (element.has_value() || !element.has_children()) return std::string(element.value());
    // A coded value stands for its code, an identifier for its value.
    for (const std::string_view path : {"code", "value", "coding.code", "reference", "text"}) {
        if (const auto text = element.text(path); !text.empty()) return std::string(text);
    }
    return {};
}

std::string Executor::type_of_value(const Value& value) const {
    const auto item = item_of_value(value);
    // A System value that a cast gave a FHIR type keeps it.
    return item.is_element() || !item.type.type.empty() ? std::string(item.type.type) : fhirpath::type_text(item);
}

RunResult Executor::run(const Map::Ast& map, fhir::Element source) {
    if (map.groups.empty()) return std::move(result_);
    const auto& group = map.groups.front();
    source_root_ = fhirpath::item_of(&definitions_, source);
    Scope scope;
    for (const auto& [name, text] : options_.parameters) scope.set(name, text_value(text));
    const At at{&map, &group, nullptr};
    for (const auto& constant : map.constants) {
        if (auto value = evaluate(at, constant.expression, scope, nullptr)) scope.set(constant.name, std::move(*value));
    }
    for (const auto& input : group.inputs) {
        if (input.mode == "source") {
            Value value;
            value.item = source_root_;
            scope.set(input.name, std::move(value));
        } else if (output_->size() == 0) {
            const auto type = type_named(definitions_, map, input.type);
            const auto root = output_->set_root(output_->intern(type.empty() ? "Bundle" : type));
            types_[root] = definitions_.type_root(output_->node(root).type);
            Value value;
            value.target = root;
            scope.set(input.name, std::move(value));
        }
    }
    if (output_->size() == 0) {
        fail(at, "fml-arguments", {group.name, std::to_string(group.inputs.size()), "1"}, group.place);
        return std::move(result_);
    }
    run_group({&map, &group}, scope);
    prune(0);
    result_.output = output_;
    return std::move(result_);
}

void Executor::run_group(GroupFinder::Found found, const Scope& arguments) {
    if (!found.group->extends.empty()) {
        const auto parent = groups_.find_group(*found.map, found.group->extends);
        if (parent.group && parent.group != found.group) {
            Scope renamed(&arguments);
            for (std::size_t index = 0; index < std::min(parent.group->inputs.size(), found.group->inputs.size()); ++index) {
                if (const auto* value = arguments.find(found.group->inputs[index].name))
                    renamed.set(parent.group->inputs[index].name, *value);
            }
            run_group(parent, renamed);
        }
    }
    run_rules({found.map, found.group, nullptr}, found.group->rules, arguments);
}

void Executor::run_rules(const At& at, const std::vector<Rule>& rules, const Scope& scope) {
    for (const auto& rule : rules) {
        if (stopped_) return;
        run_rule({at.map, at.group, &rule}, scope);
    }
}

void Executor::run_rule(const At& at, const Scope& scope) {
    if (++steps_ > options_.steps_max) {
        stopped_ = true;
        fail(at, "fml-steps", {std::to_string(options_.steps_max)}, at.rule->place);
        return;
    }
    Scope inner(&scope);
    join_sources(at, 0, inner, {});
}

void Executor::join_sources(const At& at, std::size_t index, Scope& scope, Span span) {
    const auto& source = at.rule->sources[index];
    for (const auto& value : source_values(at, source, scope)) {
        if (stopped_) return;
        Scope bound(&scope);
        if (!source.variable.empty()) bound.set(source.variable, value);
        const Span here = value.item.is_element() && !value.is_target() ? value.item.element().source() : span;
        if (index + 1 < at.rule->sources.size()) join_sources(at, index + 1, bound, here);
        else finish_rule(at, bound, here, value);
    }
}

namespace {

/// Children of an element by name; "value" also finds "valueQuantity" where the definition makes it a choice.
void add_children(const fhir::Definitions& definitions, const fhirpath::Item& item, std::string_view name, std::vector<Value>& out) {
    if (!item.is_element()) return;
    for (const auto child : item.element().children()) {
        bool fits = child.name() == name;
        fhir::TypedName type;
        if (!item.type.type.empty()) type = definitions.child(item.type, child.name());
        if (!fits && child.name().starts_with(name) && type.declared && type.declared->is_choice) {
            fits = type.declared->name.substr(0, type.declared->name.size() - 3) == name;
        }
        if (!fits) continue;
        Value value;
        value.item.value = child;
        value.item.type = child.is_resource() ? definitions.type_root(child.type()) : type;
        value.item.keep = item.keep;
        out.push_back(std::move(value));
    }
}

void keep_listed(std::string_view mode, std::vector<Value>& values) {
    if (mode.empty() || values.empty()) return;
    if (mode == "first") values.resize(1);
    else if (mode == "last") values.erase(values.begin(), values.end() - 1);
    else if (mode == "not_first") values.erase(values.begin());
    else if (mode == "not_last") values.pop_back();
}

} // namespace

std::vector<Value> Executor::source_values(const At& at, const Source& source, const Scope& scope) {
    std::vector<Value> values;
    const auto* context = scope.find(source.context);
    if (!context) {
        fail(at, "fml-unknown-variable", {source.context}, source.place);
        return values;
    }
    values.push_back(*context);
    std::string_view rest = source.element;
    while (!rest.empty()) {
        const auto dot = rest.find('.');
        const auto step = rest.substr(0, dot);
        rest = dot == rest.npos ? std::string_view() : rest.substr(dot + 1);
        std::vector<Value> next;
        for (const auto& value : values) add_children(definitions_, item_of_value(value), step, next);
        values = std::move(next);
    }
    if (!source.type.empty()) {
        const auto type = std::string(type_named(definitions_, *at.map, source.type));
        std::erase_if(values, [&](const Value& value) {
            const auto found = type_of_value(value);
            return !found.empty() && found != type && !definitions_.is_a(found, type);
        });
    }
    std::erase_if(values, [&](const Value& value) { return !passes(at, source, value, scope); });
    if (values.empty() && source.default_value) {
        if (auto value = argument(at, *source.default_value, scope)) values.push_back(std::move(*value));
    }
    const std::string where = source.context + (source.element.empty() ? "" : "." + source.element);
    if (source.list_mode == "only_one" && values.size() > 1) fail(at, "fml-source-many", {where}, source.place);
    if (!source.min.empty() && values.size() < static_cast<std::size_t>(std::atoi(source.min.c_str())))
        fail(at, "fml-source-few", {where}, source.place);
    if (!source.max.empty() && source.max != "*" && values.size() > static_cast<std::size_t>(std::atoi(source.max.c_str())))
        fail(at, "fml-source-many", {where}, source.place);
    keep_listed(source.list_mode, values);
    return values;
}

bool Executor::passes(const At& at, const Source& source, const Value& value, const Scope& outer) {
    Scope scope(&outer);
    if (!source.variable.empty()) scope.set(source.variable, value);
    auto is_true = [&](const std::string& text) {
        const auto result = evaluate(at, text, scope, &value);
        return result && !result->is_target() && text_of_value(*result) == "true";
    };
    if (!source.where.empty() && !is_true(source.where)) return false;
    if (!source.check.empty() && !is_true(source.check)) fail(at, "fml-check", {source.check}, source.place);
    return true;
}

void Executor::finish_rule(const At& at, Scope& scope, Span span, const Value& first) {
    result_.lineage.records.push_back({at.map->url, at.group->name, at.rule->name, at.rule->place.line, span});
    lineage_ = static_cast<std::uint32_t>(result_.lineage.records.size());
    if (at.rule->is_simple()) return copy_simple(at, at.rule->targets[0], first, scope);
    for (const auto& target : at.rule->targets) write_target(at, target, scope);
    run_rules(at, at.rule->rules, scope);
    for (const auto& dependent : at.rule->dependents) call(at, dependent, scope);
}

void Executor::call(const At& at, const Dependent& dependent, const Scope& scope) {
    const auto found = groups_.find_group(*at.map, dependent.group);
    if (!found.group) return fail(at, "fml-unknown-group", {dependent.group, ""}, dependent.place);
    if (found.group->inputs.size() != dependent.arguments.size()) {
        return fail(at, "fml-arguments",
                    {dependent.group, std::to_string(found.group->inputs.size()), std::to_string(dependent.arguments.size())},
                    dependent.place);
    }
    Scope arguments;
    for (const auto& [name, text] : options_.parameters) arguments.set(name, text_value(text));
    for (const auto& constant : found.map->constants) {
        if (auto value = evaluate(at, constant.expression, arguments, nullptr)) arguments.set(constant.name, std::move(*value));
    }
    for (std::size_t index = 0; index < dependent.arguments.size(); ++index) {
        auto value = argument(at, dependent.arguments[index], scope);
        // A source that is absent gives the group nothing to do.
        if (!value) return;
        arguments.set(found.group->inputs[index].name, std::move(*value));
    }
    if (++steps_ > options_.steps_max) {
        stopped_ = true;
        return fail(at, "fml-steps", {std::to_string(options_.steps_max)}, dependent.place);
    }
    run_group(found, arguments);
}

} // namespace huitong::mapping
