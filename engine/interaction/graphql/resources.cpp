/// Where a GraphQL query leaves the resource it stands on: references, searches, connections.
#include "access/trail_texts.hpp"
#include "fhir/json.hpp"
#include "interaction/graphql/executor.hpp"
#include "search/values.hpp"

#include <algorithm>

namespace huitong::interaction::graphql {
namespace {

Outcome bad(std::string rule, const std::string& name) { return error(IssueCode::invalid, "query", std::move(rule), {name}); }

} // namespace

Result<fhir::DocumentPtr> Executor::keep(const store::Version& version) {
    auto parsed = fhir::read_json(access::without_queries(version.body, caller_));
    if (parsed.issues.has_errors()) return std::move(parsed.issues);
    kept_.push_back(parsed.value);
    touched_.push_back(version.key);
    return std::move(parsed.value);
}

/// Null: it is not there for this caller.
Result<fhir::DocumentPtr> Executor::read(const store::ResourceKey& key) {
    if (auto issues = count(1); issues.has_errors()) return issues;
    auto found = view_.current(key);
    if (!found) return found.error();
    if (!*found || (*found)->deleted) return fhir::DocumentPtr();
    return keep(**found);
}

Outcome Executor::referenced(const Selection& one, const Scope& scope, Object& target) {
    const auto only = argument(one.arguments, "type");
    if (!only) return only.error();
    const auto optional = argument(one.arguments, "optional");
    if (!optional) return optional.error();
    const auto literal = scope.element.text("reference");
    fhir::Element found;
    if (literal.starts_with('#')) {
        auto root = scope.element;
        while (root.parent()) root = root.parent();
        for (const auto contained : root.children("contained")) {
            if (contained.text("id") == literal.substr(1)) found = contained;
        }
    } else if (const auto key = search::read_reference(literal, services_.registry->base_url())) {
        if (!only->empty() && key->type != *only) return {};
        auto resource = read({key->type, key->id});
        if (!resource) return resource.error();
        if (*resource) found = (*resource)->root();
    }
    if (!found) return *optional == "true" ? Outcome() : bad("graphql-reference", scope.element.path());
    if (!only->empty() && found.type() != *only) return {};
    if (one.selections.empty()) return bad("graphql-selection", one.name);
    Scope inner;
    inner.element = found;
    inner.type = services_.definitions->type_root(found.type());
    auto& field = target.field(one.alias, false);
    field.objects.push_back(std::make_unique<Object>());
    return selections(one.selections, inner, *field.objects.back(), false);
}

/// `PatientList(active: true)` of the system; `ConditionList(_reference: patient)` of the resource `context`.
Outcome Executor::found_by_search(const Selection& one, const Traits& traits, const std::string& type, const std::string& context,
                                  Object& target) {
    if (!access::may(caller_, 's', type)) return error(IssueCode::forbidden, one.name, "access-scope", {"s", type});
    std::vector<std::pair<std::string, std::string>> pairs;
    bool linked = context.empty();
    for (const auto& given : one.arguments) {
        const auto text = text_of(given.value);
        if (!text) return text.error();
        auto name = given.name;
        if (name == "_reference" && !context.empty()) {
            pairs.emplace_back(*text, context);
            linked = true;
            continue;
        }
        if (name == "_cursor") name = "_page";
        // GraphQL has no hyphen in names: value_quantity stands for value-quantity.
        if (!name.starts_with('_') && !services_.registry->find(type, name)) std::replace(name.begin(), name.end(), '_', '-');
        pairs.emplace_back(std::move(name), *text);
    }
    if (!linked) return bad("graphql-argument", "_reference");
    const bool is_sorted = std::any_of(pairs.begin(), pairs.end(), [](const auto& pair) { return pair.first == "_sort"; });
    if (!is_sorted) pairs.emplace_back("_sort", "_lastUpdated"); // lists grow at their end
    Outcome warnings;
    auto query = search::read_query(*services_.registry, type, pairs, true, warnings);
    if (!query) return query.error();
    auto page = search::run(*services_.registry, view_, *query, *services_.limits);
    if (!page) return page.error();
    if (one.name.ends_with("Connection")) return connection(one, *query, *page, target);
    auto& field = target.field(one.alias, !traits.singleton);
    for (const auto& entry : page->entries) {
        if (entry.included) continue;
        auto resource = keep(entry.version);
        if (!resource) return resource.error();
        if (auto issues = put_resource(one, *resource, field); issues.has_errors()) return issues;
        if (traits.first) break;
    }
    return {};
}

Outcome Executor::connection(const Selection& one, const search::Query& query, const search::Page& page, Object& target) {
    auto& field = target.field(one.alias, false);
    field.objects.push_back(std::make_unique<Object>());
    auto& out = *field.objects.back();
    for (const auto& part : one.selections) {
        if (part.name == "count") {
            if (page.total) out.field(part.alias, false).scalars.push_back(std::to_string(*page.total));
        } else if (part.name == "pagesize") {
            out.field(part.alias, false).scalars.push_back(std::to_string(query.count));
        } else if (part.name == "next" || part.name == "previous") {
            const auto& token = part.name == "next" ? page.next : page.previous;
            if (!token.empty()) out.field(part.alias, false).scalars.push_back(fhir::json_text(token));
        } else if (part.name == "edges") {
            auto& edges = out.field(part.alias, true);
            for (const auto& entry : page.entries) {
                edges.objects.push_back(std::make_unique<Object>());
                auto& edge = *edges.objects.back();
                for (const auto& piece : part.selections) {
                    if (piece.name == "mode")
                        edge.field(piece.alias, false).scalars.push_back(entry.included ? "\"include\"" : "\"match\"");
                    if (piece.name != "resource") continue;
                    auto resource = keep(entry.version);
                    if (!resource) return resource.error();
                    if (auto issues = put_resource(piece, *resource, edge.field(piece.alias, false)); issues.has_errors()) return issues;
                }
            }
        } else if (part.name != "first" && part.name != "last" && part.name != "offset") {
            return bad("graphql-field", part.name);
        }
    }
    return {};
}

} // namespace huitong::interaction::graphql
