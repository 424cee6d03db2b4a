#include "interaction/graphql/executor.hpp"

#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::interaction::graphql {
namespace {

constexpr std::size_t kValuesMax = 200'000;  ///< scalars and objects of one answer
constexpr std::size_t kStepsMax = 1'000'000; ///< selections carried out for it

Outcome bad(std::string rule, const std::string& name) { return error(IssueCode::invalid, "query", std::move(rule), {name}); }

bool is_primitive(const fhir::Definitions& definitions, std::string_view type) {
    const auto* definition = definitions.find_type(type);
    return definition && definition->kind == fhir::StructureKind::primitive;
}

/// Children by name; a choice by its stem ("value" finds "valueQuantity").
std::vector<fhir::Element> children_of(const fhir::Definitions& definitions, const Scope& scope, std::string_view name) {
    std::vector<fhir::Element> out;
    for (const auto child : scope.element.children()) {
        if (child.name() == name) {
            out.push_back(child);
        } else if (child.name().starts_with(name)) {
            const auto* declared = definitions.child(scope.type, child.name()).declared;
            if (declared && declared->is_choice && declared->name.substr(0, declared->name.size() - 3) == name) out.push_back(child);
        }
    }
    return out;
}

} // namespace

Outcome Executor::count(std::size_t more) {
    values_ += more;
    if (values_ > kValuesMax) return error(IssueCode::too_costly, "query", "graphql-size-max", {std::to_string(kValuesMax)});
    return {};
}

Outcome Executor::count_step() {
    if (++steps_ > kStepsMax) return error(IssueCode::too_costly, "query", "graphql-size-max", {std::to_string(kStepsMax)});
    if (std::chrono::steady_clock::now() > deadline_) return error(IssueCode::timeout, "query", "search-timeout");
    return {};
}

Result<std::string> Executor::run(const Operation& operation, const store::ResourceKey& context) {
    Scope scope;
    if (!context.type.empty()) {
        auto resource = read(context);
        if (!resource) return resource.error();
        if (!*resource) return Outcome(error(IssueCode::not_found, "", "rest-not-found", {context.type, context.id}));
        scope.element = (*resource)->root();
        scope.type = services_.definitions->type_root(scope.element.type());
    }
    Object data;
    if (auto issues = selections(operation.selections, scope, data, false); issues.has_errors()) return issues;
    std::string out = "{\"data\":";
    data.write(out);
    return out + '}';
}

Outcome Executor::selections(const std::vector<Selection>& list, const Scope& scope, Object& target, bool in_list) {
    if (++depth_ > 2 * kDepthMax) return error(IssueCode::too_costly, "query", "graphql-depth-max", {std::to_string(2 * kDepthMax)});
    for (const auto& one : list) {
        if (auto issues = selection(one, scope, target, in_list); issues.has_errors()) return issues;
    }
    --depth_;
    return {};
}

Outcome Executor::selection(const Selection& one, const Scope& scope, Object& target, bool in_list) {
    if (auto issues = count_step(); issues.has_errors()) return issues;
    const auto traits = traits_of(one);
    if (!traits) return traits.error();
    if (traits->skipped) return {};
    if (one.is_inline || !one.spread.empty()) return fragment(one, scope, target, in_list);
    if (one.name == "__typename") {
        if (auto issues = count(1); issues.has_errors()) return issues;
        target.field(one.alias, false).scalars.push_back('"' + std::string(scope.element ? scope.type.type : "Query") + '"');
        return {};
    }
    return scope.element ? element_field(one, *traits, scope, target, in_list) : system_field(one, *traits, target);
}

Outcome Executor::fragment(const Selection& one, const Scope& scope, Object& target, bool in_list) {
    const auto* on = &one.on;
    const auto* list = &one.selections;
    if (!one.is_inline) {
        const auto found = std::find_if(document_.fragments.begin(), document_.fragments.end(),
                                        [&](const Fragment& known) { return known.name == one.spread; });
        if (found == document_.fragments.end()) return bad("graphql-fragment", one.spread);
        on = &found->on;
        list = &found->selections;
    }
    if (!on->empty() && scope.element && !services_.definitions->is_a(scope.type.type, *on)) return {};
    return selections(*list, scope, target, in_list);
}

Result<Executor::Traits> Executor::traits_of(const Selection& one) const {
    Traits out;
    for (const auto& directive : one.directives) {
        if (directive.name == "skip" || directive.name == "include") {
            const auto condition = argument(directive.arguments, "if");
            if (!condition) return condition.error();
            out.skipped = out.skipped || (*condition == "true") == (directive.name == "skip");
        } else if (directive.name == "slice") {
            auto path = argument(directive.arguments, "path");
            if (path && path->empty()) path = argument(directive.arguments, "fhirpath");
            if (!path) return path.error();
            out.slice = *path;
        } else if (directive.name == "flatten") {
            out.flatten = true;
        } else if (directive.name == "first") {
            out.first = true;
        } else if (directive.name == "singleton") {
            out.singleton = true;
        } else {
            return bad("graphql-directive", directive.name);
        }
    }
    return out;
}

Outcome Executor::system_field(const Selection& one, const Traits& traits, Object& target) {
    for (const std::string_view suffix : {"List", "Connection"}) {
        if (!one.name.ends_with(suffix)) continue;
        const auto type = one.name.substr(0, one.name.size() - suffix.size());
        if (services_.definitions->is_resource_type(type)) return found_by_search(one, traits, type, "", target);
    }
    if (!services_.definitions->is_resource_type(one.name)) return bad("graphql-field", one.name);
    const auto id = argument(one.arguments, "id");
    if (!id) return id.error();
    if (id->empty()) return bad("graphql-argument", "id");
    auto resource = read({one.name, *id});
    if (!resource) return resource.error();
    if (!*resource) return {};
    return put_resource(one, *resource, target.field(one.alias, false));
}

Outcome Executor::put_resource(const Selection& one, const fhir::DocumentPtr& resource, Field& field) {
    if (one.selections.empty()) return bad("graphql-selection", one.name);
    if (auto issues = count(1); issues.has_errors()) return issues;
    Scope scope;
    scope.element = resource->root();
    scope.type = services_.definitions->type_root(scope.element.type());
    field.objects.push_back(std::make_unique<Object>());
    return selections(one.selections, scope, *field.objects.back(), false);
}

Outcome Executor::element_field(const Selection& one, const Traits& traits, const Scope& scope, Object& target, bool in_list) {
    if (scope.element.is_resource()) {
        if (one.name == "resourceType") {
            if (auto issues = count(1); issues.has_errors()) return issues;
            target.field(one.alias, false).scalars.push_back('"' + std::string(scope.element.type()) + '"');
            return {};
        }
        for (const std::string_view suffix : {"List", "Connection"}) {
            const auto type = one.name.ends_with(suffix) ? one.name.substr(0, one.name.size() - suffix.size()) : std::string();
            if (!services_.definitions->is_resource_type(type)) continue;
            const auto context = std::string(scope.element.type()) + '/' + std::string(scope.element.text("id"));
            return found_by_search(one, traits, type, context, target);
        }
    }
    if (one.name == "resource" && scope.type.type == "Reference") return referenced(one, scope, target);
    const bool companions = one.name.starts_with('_');
    const std::string name = companions ? one.name.substr(1) : one.name;
    const auto type = services_.definitions->child(scope.type, name);
    if (!type.declared) return bad("graphql-field", one.name);
    auto values = children_of(*services_.definitions, scope, name);
    auto found_type = type;
    if (!values.empty()) found_type = services_.definitions->child(scope.type, values.front().name());
    if (values.empty()) return {};
    if (values.front().is_resource()) found_type = services_.definitions->type_root(values.front().type());
    found_type.is_array = type.is_array;
    auto kept = filtered(one, found_type, std::move(values));
    if (!kept) return kept.error();
    if (traits.first && kept->size() > 1) kept->resize(1);
    return put(one, traits, found_type, *kept, target, in_list, companions);
}

Outcome Executor::put(const Selection& one, const Traits& traits, const fhir::TypedName& type, const Elements& values, Object& target,
                      bool in_list, bool companions) {
    if (auto issues = count(values.size()); issues.has_errors()) return issues;
    const bool scalar = !companions && is_primitive(*services_.definitions, type.type);
    if (scalar != one.selections.empty()) return bad("graphql-selection", one.name);
    const bool list = !traits.singleton && (type.is_array || in_list);
    for (std::size_t i = 0; i < values.size(); ++i) {
        auto name = one.alias;
        if (traits.slice == "$index") name += '.' + std::to_string(i);
        else if (!traits.slice.empty()) {
            const auto expression = fhirpath::Expression::parse(traits.slice);
            if (!expression) return expression.error();
            fhirpath::EvaluationContext context;
            context.definitions = services_.definitions;
            const auto found = expression->evaluate(context, values[i]);
            if (!found) return found.error();
            if (!found->empty()) name += '.' + fhirpath::value_text(found->front());
        }
        Scope inner;
        inner.element = values[i];
        inner.type = type;
        if (values[i].is_resource()) inner.type = services_.definitions->type_root(values[i].type());
        if (scalar) {
            if (!values[i].has_value()) continue;
            std::string text(values[i].value());
            if (values[i].kind() == fhir::ValueKind::text) {
                text.clear();
                fhir::write_json_string(values[i].value(), text);
            }
            target.field(name, list && traits.slice.empty()).scalars.push_back(std::move(text));
        } else if (traits.flatten) {
            if (auto issues = selections(one.selections, inner, target, in_list || (type.is_array && !traits.first)); issues.has_errors())
                return issues;
        } else {
            if (companions && !values[i].has_children()) continue;
            auto& field = target.field(name, list && traits.slice.empty());
            field.objects.push_back(std::make_unique<Object>());
            if (auto issues = selections(one.selections, inner, *field.objects.back(), false); issues.has_errors()) return issues;
        }
    }
    return {};
}

Result<Executor::Elements> Executor::filtered(const Selection& one, const fhir::TypedName& type, Elements values) const {
    std::size_t offset = 0;
    std::size_t count = values.size();
    for (const auto& given : one.arguments) {
        const auto text = text_of(given.value);
        if (!text) return text.error();
        if (given.name == "fhirpath") {
            const auto expression = fhirpath::Expression::parse(*text);
            if (!expression) return expression.error();
            fhirpath::EvaluationContext context;
            context.definitions = services_.definitions;
            Elements kept;
            for (const auto value : values) {
                const auto found = expression->evaluate(context, value);
                if (!found) return found.error();
                const auto holds = fhirpath::as_boolean(*found);
                if (!holds) return holds.error();
                if (holds->value_or(false)) kept.push_back(value);
            }
            values = std::move(kept);
        } else if (given.name == "_offset") {
            offset = std::strtoul(text->c_str(), nullptr, 10);
        } else if (given.name == "_count") {
            count = std::strtoul(text->c_str(), nullptr, 10);
        } else if (services_.definitions->child(type, given.name).declared) {
            std::erase_if(values, [&](fhir::Element value) {
                const auto items = value.children(given.name);
                return std::none_of(items.begin(), items.end(), [&](fhir::Element item) { return item.value() == *text; });
            });
        } else {
            return bad("graphql-argument", given.name);
        }
    }
    values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(std::min(offset, values.size())));
    if (values.size() > count) values.resize(count);
    return values;
}

Result<std::string> Executor::text_of(const Value& value) const {
    if (value.kind == Value::Kind::variable) {
        const auto found = variables_.find(value.text);
        if (found == variables_.end()) return bad("graphql-variable", value.text);
        return text_of(found->second);
    }
    if (value.kind != Value::Kind::list) return value.text;
    std::string out;
    for (const auto& item : value.items) {
        const auto text = text_of(item);
        if (!text) return text.error();
        out += (out.empty() ? "" : ",") + *text;
    }
    return out;
}

Result<std::string> Executor::argument(const std::vector<Argument>& arguments, std::string_view name) const {
    for (const auto& given : arguments) {
        if (given.name == name) return text_of(given.value);
    }
    return std::string();
}

} // namespace huitong::interaction::graphql
