/// Rules of the static check: what they read, and whom they call.
#include "mapping/check.hpp"

#include <algorithm>

namespace huitong::mapping {

const Symbol* Checker::find(const Symbols& symbols, std::string_view name) const {
    for (auto at = symbols.rbegin(); at != symbols.rend(); ++at) {
        if (at->first == name) return &at->second;
    }
    return nullptr;
}

void Checker::unknown_variable(const At& at, const std::string& name, const Place& place, const Symbols& symbols) {
    std::vector<std::string_view> names;
    for (const auto& [known, symbol] : symbols) names.push_back(known);
    complain(at, Severity::error, "fml-unknown-variable", {name, nearest_name(name, names)}, place);
}

/// A place may be walked several times: a walk that knows the type of a variable says more than one that does not.
void Checker::sight(const At& at, const Place& place, const Symbols& symbols, const std::optional<fhir::TypedName>& input) {
    if (!sightings_) return;
    auto& sighting = (*sightings_)[at.map][place.offset];
    if (!sighting.input) sighting.input = input;
    if (sighting.variables.size() != symbols.size()) sighting.variables.assign(symbols.size(), {});
    for (std::size_t index = 0; index < symbols.size(); ++index) {
        auto& known = sighting.variables[index];
        known.name = symbols[index].first;
        if (!known.type) known.type = symbols[index].second.type;
        known.is_target = symbols[index].second.is_target;
    }
}

void Checker::rules(const At& at, const std::vector<Rule>& all, Symbols& symbols) {
    for (const auto& one : all) {
        const auto outer = symbols.size();
        auto outer_created = std::exchange(created_, {});
        const At here{at.map, at.group, &one};
        rule(here, symbols);
        for (const auto& writes : created_) require(*writes);
        created_ = std::move(outer_created);
        symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(outer), symbols.end());
    }
}

void Checker::rule(const At& at, Symbols& symbols) {
    for (const auto& one : at.rule->sources) source(at, one, symbols);
    for (const auto& one : at.rule->targets) target(at, one, symbols);
    auto created = std::exchange(created_, {});
    rules(at, at.rule->rules, symbols);
    created_ = std::move(created);
    for (const auto& one : at.rule->dependents) dependent(at, one, symbols);
}

std::optional<fhir::TypedName> Checker::child_of(const At& at, const fhir::TypedName& parent, const std::string& name, const Place& place,
                                                 bool is_target) {
    if (!parent.structure || parent.type == "Resource" || parent.type == "DomainResource" || parent.type == "Element") return std::nullopt;
    auto found = definitions_.child(parent, name);
    if (found.declared) return found;
    const auto root = parent.element && !parent.element->children.empty() ? parent : definitions_.type_root(parent.type);
    if (!root.element || !root.structure) return std::nullopt;
    std::vector<std::string_view> names;
    for (const auto index : root.element->children) {
        const auto& element = root.structure->elements[index];
        names.push_back(element.is_choice ? element.name.substr(0, element.name.size() - 3) : element.name);
    }
    // A primitive has a value, whatever the definitions list.
    if (!is_target && name == "value" && root.structure->kind == fhir::StructureKind::primitive) return std::nullopt;
    complain(at, Severity::error, "fml-unknown-element", {name, std::string(parent.type), nearest_name(name, names)}, place);
    return std::nullopt;
}

std::optional<fhir::TypedName> Checker::source_type(const At& at, const Source& source, const Symbol& context) {
    auto type = context.type;
    for (std::string_view rest = source.element; type && !rest.empty();) {
        const auto dot = rest.find('.');
        const std::string name(rest.substr(0, dot));
        rest = dot == rest.npos ? std::string_view() : rest.substr(dot + 1);
        type = child_of(at, *type, name, source.place, false);
        // A choice may be any of its types until one is named.
        if (type && type->declared->is_choice && type->declared->types.size() > 1 && name.size() + 3 == type->declared->name.size())
            type.reset();
    }
    if (source.type.empty()) return type;
    const auto named = definitions_.type_root(type_named(definitions_, *at.map, source.type));
    if (!named.structure) {
        complain(at, Severity::warning, "fml-unknown-type", {source.type}, source.place);
        return std::nullopt;
    }
    return named;
}

void Checker::source(const At& at, const Source& source, Symbols& symbols) {
    sight(at, source.place, symbols);
    const auto* context = find(symbols, source.context);
    if (!context) {
        unknown_variable(at, source.context, source.place, symbols);
        if (!source.variable.empty()) symbols.emplace_back(source.variable, Symbol());
        return;
    }
    Symbol value = source.element.empty() ? *context : Symbol();
    value.type = source_type(at, source, *context);
    if (source.default_value) argument(at, *source.default_value, symbols);
    const auto input = value.type;
    if (!source.variable.empty()) symbols.emplace_back(source.variable, std::move(value));
    for (const auto* one : {&source.where, &source.check}) {
        if (!one->empty()) formula(at, one, one->place, symbols, input);
    }
}

void Checker::formula(const At& at, const void* key, const Place& place, const Symbols& symbols,
                      const std::optional<fhir::TypedName>& input, Symbol* result) {
    sight(at, place, symbols, input);
    const auto& compiled = linked_.compiled(key);
    if (!compiled.expression) return complain(at, Severity::error, "fml-fhirpath", {""}, place);
    fhirpath::CheckInput known;
    known.input = input;
    known.polymorphic_names = true;
    for (const auto& name : compiled.variables) {
        const auto* symbol = find(symbols, name);
        known.variables.emplace_back(name, symbol ? symbol->type : std::nullopt);
    }
    auto inferred = compiled.expression->infer(definitions_, known);
    for (auto& issue : inferred.issues.issues()) {
        // The expression's own line and column become those of the map; the marks put before variables do not count.
        auto here = place;
        if (issue.position && issue.position->line == 1) here.column += compiled.column_in_map(issue.position->column) - 1;
        else if (issue.position) here.line += issue.position->line - 1, here.column = issue.position->column;
        complain(at, issue.severity, std::move(issue.rule), std::move(issue.arguments), here);
    }
    if (result && inferred.is_known && inferred.types.size() == 1) result->type = inferred.types.front();
}

Symbol Checker::argument(const At& at, const Parameter& parameter, const Symbols& symbols) {
    Symbol out;
    const auto typed = [&](std::string_view type) { out.type = definitions_.type_root(type); };
    switch (parameter.kind) {
    case Parameter::Kind::variable:
        if (const auto* found = find(symbols, parameter.value)) return *found;
        unknown_variable(at, parameter.value, parameter.place, symbols);
        return out;
    case Parameter::Kind::expression: formula(at, &parameter, parameter.place, symbols, std::nullopt, &out); return out;
    case Parameter::Kind::integer: typed("integer"); break;
    case Parameter::Kind::decimal: typed("decimal"); break;
    case Parameter::Kind::boolean: typed("boolean"); break;
    case Parameter::Kind::date: typed("dateTime"); break;
    case Parameter::Kind::text: typed("string"); break;
    }
    out.literal = parameter.value;
    return out;
}

void Checker::dependent(const At& at, const Dependent& dependent, const Symbols& symbols) {
    sight(at, dependent.place, symbols);
    const auto found = linked_.find_group(*at.map, dependent.group);
    std::vector<Symbol> arguments;
    for (const auto& one : dependent.arguments) arguments.push_back(argument(at, one, symbols));
    if (!found.group) {
        for (const auto& one : arguments) {
            if (one.writes) one.writes->open = true;
        }
        return complain(at, Severity::error, "fml-unknown-group",
                        {dependent.group, nearest_name(dependent.group, linked_.group_names(*at.map))}, dependent.place);
    }
    const auto& inputs = found.group->inputs;
    if (inputs.size() != arguments.size()) {
        return complain(at, Severity::error, "fml-arguments",
                        {dependent.group, std::to_string(inputs.size()), std::to_string(arguments.size())}, dependent.place);
    }
    for (std::size_t index = 0; index < inputs.size(); ++index) {
        const auto& place = dependent.arguments[index].place;
        auto declared = declared_input({found.map, found.group, nullptr}, inputs[index]);
        auto& given = arguments[index];
        if (declared.is_target && !given.is_target) {
            complain(at, Severity::error, "fml-not-target", {dependent.arguments[index].value}, place);
            given = declared;
            continue;
        }
        // What a VARIES holds another field says, and the rule's condition asks it (HL7 v2.5.1 §7.4.2.2).
        const bool varies = given.type && given.type->type.ends_with("VARIES");
        if (!varies && declared.type && given.type && given.type->structure && declared.type->type != given.type->type &&
            !definitions_.is_a(given.type->type, declared.type->type) && !definitions_.is_a(declared.type->type, given.type->type)) {
            complain(at, Severity::error, "fml-type", {std::string(given.type->type), std::string(declared.type->type)}, place);
            given.type = declared.type;
        }
        if (!given.type) given.type = declared.type;
        // A source that is a node being written is only read there.
        if (!declared.is_target) given.is_target = false;
    }
    run_group(found, arguments);
}

} // namespace huitong::mapping
