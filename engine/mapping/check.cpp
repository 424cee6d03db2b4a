#include "mapping/check.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

/// What two walks wrote, together.
void merge(Writes& into, const Writes& from) {
    into.open = into.open || from.open;
    for (const auto& [name, below] : from.elements) {
        auto& own = into.elements[name];
        if (own && below) merge(*own, *below);
        else if (!own) own = below;
    }
}

/// Identifies what a group is called with: types and literal texts.
std::string key_of(const Group* group, const std::vector<Symbol>& inputs) {
    std::string out = std::to_string(reinterpret_cast<std::uintptr_t>(group));
    for (const auto& input : inputs) {
        out += input.is_target ? "|t" : "|s";
        if (input.type) out += std::string(input.type->type) + '@' + std::to_string(reinterpret_cast<std::uintptr_t>(input.type->element));
        if (input.literal) out += "='" + *input.literal;
    }
    return out;
}

} // namespace

void Checker::complain(const At& at, Severity severity, std::string rule, std::vector<std::string> arguments, const Place& place) {
    Issue issue;
    issue.severity = severity;
    issue.code = IssueCode::invalid;
    if (at.group) issue.where = at.group->name + (at.rule && !at.rule->name.empty() ? "." + at.rule->name : "");
    issue.rule = std::move(rule);
    issue.arguments = std::move(arguments);
    issue.position = TextPosition{at.map->file, place.line, place.column};
    issues_.push_back(std::move(issue));
}

Outcome Checker::take_issues() {
    const auto order = [](const Issue& a, const Issue& b) {
        const auto key = [](const Issue& one) {
            return std::tuple(std::string_view(one.position->file), one.position->line, one.position->column, std::string_view(one.rule));
        };
        return key(a) < key(b);
    };
    std::stable_sort(issues_.begin(), issues_.end(), order);
    Outcome out;
    for (auto& issue : issues_) {
        // One place may be walked with several types; it is said once.
        const bool again = !out.empty() && out.issues().back().rule == issue.rule && out.issues().back().position == issue.position;
        if (!again) out.add(std::move(issue));
    }
    issues_.clear();
    return out;
}

Symbol Checker::declared_input(const At& at, const Input& input) const {
    Symbol out;
    out.is_target = input.mode == "target";
    if (!input.type.empty()) {
        const auto type = definitions_.type_root(type_named(definitions_, *at.map, input.type));
        if (type.structure) out.type = type;
    }
    if (out.is_target) {
        out.writes = std::make_shared<Writes>();
        out.writes->at = at;
        out.writes->place = at.group->place;
        if (out.type) out.writes->type = *out.type;
    }
    return out;
}

void Checker::check(const Map::Ast& map) {
    check_head(map);
    if (map.groups.empty()) return;
    const auto& first = map.groups.front();
    const At at{&map, &first, nullptr};
    std::vector<Symbol> inputs;
    for (const auto& input : first.inputs) inputs.push_back(declared_input(at, input));
    run_group({&map, &first}, inputs);
    const bool is_library = map.groups.front().inputs.size() != 2;
    for (const auto& input : inputs) {
        if (input.writes && !is_library) require(*input.writes);
    }
    // Groups that nothing here calls are walked with what they declare.
    for (const auto& group : map.groups) {
        if (reached_.contains(&group)) continue;
        std::vector<Symbol> declared;
        for (const auto& input : group.inputs) declared.push_back(declared_input({&map, &group, nullptr}, input));
        run_group({&map, &group}, declared);
    }
}

void Checker::check_head(const Map::Ast& map) {
    const At at{&map, nullptr, nullptr};
    const Place top{0, 1, 1};
    for (const auto& uses : map.uses) {
        const bool writes = uses.mode == "target" || uses.mode == "produced";
        if (writes && !definitions_.find_structure(uses.url) && !definitions_.find_type(uses.url.substr(uses.url.find_last_of('/') + 1)))
            complain(at, Severity::warning, "fml-unknown-structure", {uses.url}, top);
    }
    for (const auto& import : map.imports) {
        if (!linked_.has_import(import)) complain(at, Severity::error, "fml-unknown-import", {import}, top);
    }
    std::set<std::string_view> names;
    for (const auto& group : map.groups) {
        const At here{&map, &group, nullptr};
        if (!names.insert(group.name).second) complain(here, Severity::error, "fml-group-twice", {group.name}, group.place);
        if (!group.extends.empty() && !linked_.find_group(map, group.extends).group)
            complain(here, Severity::error, "fml-unknown-group", {group.extends, nearest_name(group.extends, linked_.group_names(map))},
                     group.place);
        for (const auto& input : group.inputs) {
            if (input.type.empty() || input.mode != "target") continue;
            if (!definitions_.find_type(type_named(definitions_, map, input.type)))
                complain(here, Severity::warning, "fml-unknown-type", {input.type}, group.place);
        }
    }
}

/// Walks a group once for each way it is called, and adds what it writes to its targets.
void Checker::run_group(Linked::Found found, std::vector<Symbol>& inputs) {
    reached_.insert(found.group);
    const auto [walked, is_new] = walked_.try_emplace(key_of(found.group, inputs));
    if (is_new) {
        std::vector<Symbol> own = inputs;
        for (auto& input : own) {
            if (!input.is_target) continue;
            input.writes = std::make_shared<Writes>();
            if (input.type) input.writes->type = *input.type;
        }
        for (const auto& input : own) walked->second.push_back(input.writes);
        walk_group(found, std::move(own));
    }
    const auto& summary = walked_.at(key_of(found.group, inputs));
    for (std::size_t index = 0; index < inputs.size() && index < summary.size(); ++index) {
        if (inputs[index].writes && summary[index] && inputs[index].writes != summary[index]) merge(*inputs[index].writes, *summary[index]);
    }
}

void Checker::walk_group(Linked::Found found, std::vector<Symbol> inputs) {
    const At at{found.map, found.group, nullptr};
    Symbols symbols;
    for (const auto name : kSettings) symbols.emplace_back(name, Symbol());
    for (const auto& constant : found.map->constants) {
        Symbol value;
        formula(at, &constant.expression, constant.expression.place, symbols, std::nullopt, &value);
        symbols.emplace_back(constant.name, std::move(value));
    }
    for (std::size_t index = 0; index < inputs.size() && index < found.group->inputs.size(); ++index)
        symbols.emplace_back(found.group->inputs[index].name, inputs[index]);
    if (!found.group->extends.empty()) {
        const auto parent = linked_.find_group(*found.map, found.group->extends);
        if (parent.group && parent.group != found.group) run_group(parent, inputs);
    }
    rules(at, found.group->rules, symbols);
}

/// What the definition asks for and no rule writes.
void Checker::require(const Writes& writes) {
    if (writes.open || !writes.type.element || !writes.type.structure) return;
    const auto root = writes.type.element->children.empty() ? definitions_.type_root(writes.type.type) : writes.type;
    if (!root.element) return;
    for (const auto index : root.element->children) {
        const auto& element = root.structure->elements[index];
        if (element.min == 0 || !element.slice_name.empty()) continue;
        const auto stem = element.is_choice ? element.name.substr(0, element.name.size() - 3) : element.name;
        const bool is_written = std::any_of(writes.elements.begin(), writes.elements.end(), [&](const auto& one) {
            return one.first == stem || (element.is_choice && one.first.starts_with(stem));
        });
        if (!is_written)
            complain(writes.at, Severity::warning, "fml-required-unwritten", {std::string(writes.type.type), std::string(stem)},
                     writes.place);
    }
    for (const auto& [name, below] : writes.elements) {
        if (below) require(*below);
    }
}

} // namespace huitong::mapping
