/// Groups and rules. Source: FHIR R4, Mapping Language, "Execution".
#include "mapping/executor.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

constexpr std::uint32_t kDepthMax = 200; ///< groups and rules inside each other; recursion must not reach the end of the stack

} // namespace

std::string Executor::where_of(const At& at) {
    if (!at.group) return {};
    return at.group->name + (at.rule && !at.rule->name.empty() ? "." + at.rule->name : "");
}

void Executor::fail(const At& at, std::string rule, std::vector<std::string> arguments, const Place& place) {
    auto issue = error(IssueCode::processing, where_of(at), std::move(rule), std::move(arguments));
    issue.position = TextPosition{at.map->file, place.line, place.column};
    result_.issues.add(std::move(issue));
}

/// Settings and constants: what every group of a map sees besides its inputs.
const Scope& Executor::globals_of(const Map::Ast& map) {
    auto& scope = globals_[&map];
    if (scope) return *scope;
    scope = std::make_unique<Scope>();
    for (const auto name : kSettings) scope->set(name, {});
    for (const auto& [name, text] : options_.parameters) scope->set(name, text_value(text));
    const At at{&map, nullptr, nullptr};
    for (const auto& constant : map.constants) {
        const auto& formula = constant.expression;
        auto value = evaluate_one(at, &formula, formula.text, formula.place, *scope, nullptr);
        scope->set(constant.name, value ? std::move(*value) : Value());
    }
    return *scope;
}

RunResult Executor::run(const Map::Ast& map, fhir::Element source) {
    if (map.groups.empty()) return std::move(result_);
    const auto& group = map.groups.front();
    const At at{&map, &group, nullptr};
    if (options_.coverage) {
        coverage_.emplace(source.document());
        evaluation_.watched = &coverage_->source();
        evaluation_.touched = &coverage_->touched();
    }
    Value root;
    root.item = fhirpath::item_of(&definitions_, source);
    root.span = source.source();
    evaluation_.resource = root.item;
    evaluation_.root_resource = root.item;
    Scope scope(&globals_of(map));
    for (const auto& input : group.inputs) {
        if (input.mode == "source") {
            scope.lend(input.name, root);
        } else if (output_->size() == 0) {
            const auto type = type_named(definitions_, map, input.type);
            Value target;
            target.target = output_->set_root(output_->intern(type.empty() ? "Bundle" : type));
            type_at(target.target) = definitions_.type_root(output_->node(target.target).type);
            scope.set(input.name, std::move(target));
        }
    }
    if (output_->size() == 0) {
        fail(at, "fml-no-target", {group.name}, group.place);
        return std::move(result_);
    }
    run_group({&map, &group}, scope);
    prune(0);
    result_.output = output_;
    for (const auto loose : loose_) {
        auto issue = warning(IssueCode::processing, "", "fml-loose", {std::string(type_at(loose).type)});
        issue.position = TextPosition{map.file, 0, 0};
        result_.issues.add(std::move(issue));
    }
    if (coverage_) result_.unread_paths = coverage_->unread_paths();
    return std::move(result_);
}

bool Executor::step(const At& at, const Place& place) {
    if (stopped_) return false;
    const bool too_deep = depth_ > kDepthMax;
    if (++steps_ <= options_.steps_max && !too_deep) return true;
    stopped_ = true;
    fail(at, too_deep ? "fml-depth" : "fml-steps", {std::to_string(too_deep ? kDepthMax : options_.steps_max)}, place);
    result_.issues.issues().back().code = IssueCode::too_costly;
    return false;
}

void Executor::run_group(Linked::Found found, const Scope& arguments) {
    if (!step({found.map, found.group, nullptr}, found.group->place)) return;
    ++depth_;
    if (!found.group->extends.empty()) {
        const auto parent = linked_.find_group(*found.map, found.group->extends);
        if (parent.group && parent.group != found.group) {
            Scope renamed(&globals_of(*parent.map));
            for (std::size_t index = 0; index < std::min(parent.group->inputs.size(), found.group->inputs.size()); ++index) {
                if (const auto* value = arguments.find(found.group->inputs[index].name))
                    renamed.lend(parent.group->inputs[index].name, *value);
            }
            run_group(parent, renamed);
        }
    }
    run_rules({found.map, found.group, nullptr}, found.group->rules, arguments);
    --depth_;
}

void Executor::run_rules(const At& at, const std::vector<Rule>& rules, const Scope& scope) {
    ++depth_;
    for (const auto& rule : rules) {
        const At here{at.map, at.group, &rule};
        if (!step(here, rule.place)) break;
        Scope inner(&scope);
        join_sources(here, 0, inner, {});
    }
    --depth_;
}

/// Every combination of the values of a rule's sources.
void Executor::join_sources(const At& at, std::size_t index, Scope& scope, Span span) {
    const auto& source = at.rule->sources[index];
    const auto values = source_values(at, source, scope);
    for (const auto& value : values) {
        if (stopped_) return;
        const auto outer = scope.size();
        if (!source.variable.empty()) scope.lend(source.variable, value);
        const auto here = value.span.end > value.span.begin ? value.span : span;
        if (index + 1 < at.rule->sources.size()) join_sources(at, index + 1, scope, here);
        else finish_rule(at, scope, here, value);
        scope.shrink(outer);
    }
}

/// The record of the rule that writes, made when it first writes something.
std::uint32_t Executor::lineage() {
    if (lineage_ == 0) {
        result_.lineage.records.push_back({rule_.map->url, rule_.group->name, rule_.rule->name, rule_.rule->place.line, rule_span_});
        lineage_ = static_cast<std::uint32_t>(result_.lineage.records.size());
    }
    return lineage_;
}

void Executor::finish_rule(const At& at, Scope& scope, Span span, const Value& first) {
    rule_ = at;
    rule_span_ = span;
    lineage_ = 0;
    if (coverage_ && coverage_->fire(at.rule))
        result_.fired.push_back({at.map->url, at.group->name, at.rule->name, at.rule->place.line, span});
    if (at.rule->is_simple()) return copy_simple(at, at.rule->targets[0], first, scope);
    for (const auto& target : at.rule->targets) write_target(at, target, scope);
    run_rules(at, at.rule->rules, scope);
    for (const auto& dependent : at.rule->dependents) call(at, dependent, scope);
}

void Executor::call(const At& at, const Dependent& dependent, const Scope& scope) {
    const auto found = linked_.find_group(*at.map, dependent.group);
    if (!found.group)
        return fail(at, "fml-unknown-group", {dependent.group, nearest_name(dependent.group, linked_.group_names(*at.map))},
                    dependent.place);
    const auto& inputs = found.group->inputs;
    if (inputs.size() != dependent.arguments.size()) {
        return fail(at, "fml-arguments", {dependent.group, std::to_string(inputs.size()), std::to_string(dependent.arguments.size())},
                    dependent.place);
    }
    Scope arguments(&globals_of(*found.map));
    for (std::size_t index = 0; index < inputs.size(); ++index) {
        const auto& parameter = dependent.arguments[index];
        if (parameter.kind == Parameter::Kind::variable) {
            const auto* held = scope.find(parameter.value);
            if (!held) return fail(at, "fml-unknown-variable", {parameter.value}, parameter.place);
            if (held->is_nothing()) return;
            arguments.lend(inputs[index].name, *held);
            continue;
        }
        auto value = argument(at, parameter, scope);
        // A source that is absent gives the group nothing to do.
        if (!value) return;
        arguments.set(inputs[index].name, std::move(*value));
    }
    run_group(found, arguments);
}

} // namespace huitong::mapping
