/// Conditions along references. Source: FHIR R4, Search, "Chained parameters", "Reverse Chaining".
#include "search/conditions.hpp"

#include "search/held.hpp"

namespace huitong::search {
namespace {

/// The name and modifier of what stands at the end of a chain ("name:exact"); a further chain keeps its colons.
void split_modifier(QueryParameter& parameter) {
    if (parameter.name.starts_with("_has:") || parameter.name.find('.') != parameter.name.npos) return;
    const auto colon = parameter.name.find(':');
    if (colon == parameter.name.npos) return;
    parameter.modifier = parameter.name.substr(colon + 1);
    parameter.name.resize(colon);
}

} // namespace

Conditions::Found Conditions::find_chain(const Rows& rows, const std::string& type, const QueryParameter& parameter) {
    const auto dot = parameter.name.find('.');
    auto head = parameter.name.substr(0, dot);
    std::string only_type;
    if (const auto colon = head.find(':'); colon != head.npos) {
        only_type = head.substr(colon + 1);
        head.resize(colon);
    }
    const auto* definition = registry_.find(type, head);
    if (!definition) return bad_search_value(parameter.name);
    QueryParameter rest = parameter;
    rest.name = parameter.name.substr(dot + 1);
    split_modifier(rest);
    const bool is_special = rest.name == "_id" || rest.name == "_lastUpdated" || rest.name.starts_with("_has:");
    const auto next = rest.name.substr(0, rest.name.find_first_of(".:"));
    store::VersionKeys out;
    bool is_known = false;
    for (const auto target : definition->targets) {
        const std::string target_type(target);
        if (!only_type.empty() && target_type != only_type) continue;
        if (!is_special && !registry_.find(target_type, next)) continue;
        const bool is_held = holds(type, head, target_type);
        auto found = is_held ? find_held({type, head + '.'}, target_type, rest) : find(target_type, rest);
        // The rest of a chain need not lead anywhere from every type that the reference may point at.
        const bool is_dead_end = !found && found.error().leading()->rule == "search-chain";
        if (is_dead_end) continue;
        if (!found) return found;
        is_known = true;
        if (is_held) out = unite(std::move(out), *found);
        if (is_held) continue;
        for (const auto& source : registry_.sources(type, head).any_of) {
            if (!source.target_type.empty() && source.target_type != target_type) continue;
            out = unite(std::move(out), view_.references_to(rows.type, rows.prefix + source.param, *found));
        }
    }
    if (!is_known) return Outcome(error(IssueCode::invalid, parameter.name, "search-chain", {parameter.name}));
    return out;
}

Conditions::Found Conditions::find_has(const std::string& type, const QueryParameter& parameter) {
    // _has:Observation:patient:code — the rest after the third colon may be a condition with a modifier, a chain or another _has.
    const auto first = parameter.name.find(':');
    const auto second = parameter.name.find(':', first + 1);
    const auto third = parameter.name.find(':', second + 1);
    const auto source_type = parameter.name.substr(first + 1, second - first - 1);
    const auto link = parameter.name.substr(second + 1, third - second - 1);
    QueryParameter rest = parameter;
    rest.name = parameter.name.substr(third + 1);
    split_modifier(rest);
    if (!registry_.find(source_type, link)) return bad_search_value(parameter.name);
    auto found = find(source_type, rest);
    if (!found) return found;
    store::VersionKeys out;
    for (const auto& source : registry_.sources(source_type, link).any_of) {
        if (!source.target_type.empty() && source.target_type != type) continue;
        out = unite(std::move(out), view_.referenced_by(source_type, source.param, *found, type));
    }
    return out;
}

} // namespace huitong::search
