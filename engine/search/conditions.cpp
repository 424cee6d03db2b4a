#include "search/conditions.hpp"

#include "search/compartments.hpp"

#include <algorithm>

namespace huitong::search {

using store::VersionKeys;

Outcome bad_search_value(std::string_view param) {
    const std::string name(param.substr(0, param.find_first_of("$~")));
    return error(IssueCode::invalid, name, "search-value", {name});
}

VersionKeys intersect(const VersionKeys& a, const VersionKeys& b) {
    VersionKeys out;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
    return out;
}

VersionKeys unite(VersionKeys a, const VersionKeys& b) {
    if (a.empty()) return b;
    if (b.empty()) return a;
    VersionKeys out;
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
    return out;
}

VersionKeys subtract(const VersionKeys& a, const VersionKeys& b) {
    VersionKeys out;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
    return out;
}

Conditions::Found Conditions::find(const std::string& type, const QueryParameter& parameter) {
    if (parameter.name == "_id") return find_by_id(type, parameter);
    if (parameter.name == "_lastUpdated") return find_by_time(type, parameter);
    if (parameter.name.starts_with("_has:")) return find_has(type, parameter);
    if (parameter.name == "_list") return find_in_list(type, parameter);
    if (parameter.name == "_filter") {
        const auto filter = read_filter(parameter.raw);
        if (!filter) return bad_search_value(parameter.name);
        return find_by_filter(type, *filter);
    }
    if (parameter.name.find('.') != parameter.name.npos) return find_chain({type, ""}, type, parameter);
    const auto* definition = registry_.find(type, parameter.name);
    if (!definition) return VersionKeys();
    if (parameter.modifier == "missing") {
        if (parameter.raw != "true" && parameter.raw != "false") return bad_search_value(parameter.name);
        auto present = find_present(type, *definition);
        if (!present || parameter.raw == "false") return present;
        return subtract(view_.all(type), *present);
    }
    return find_any(type, *definition, parameter);
}

/// One of the values, or with `:not` none of them.
Conditions::Found Conditions::find_any(const std::string& type, const Definition& definition, const QueryParameter& parameter) {
    VersionKeys out;
    for (const auto& value : parameter.values) {
        if (is_late()) return late();
        auto found = find_value(type, definition, parameter.modifier, value);
        if (!found) return found;
        out = unite(std::move(out), *found);
    }
    if (parameter.modifier == "not" || parameter.modifier == "not-in") return subtract(view_.all(type), out);
    return out;
}

Conditions::Found Conditions::find_present(const std::string& type, const Definition& definition) {
    const auto sources = registry_.sources(type, definition.code);
    if (sources.joint) {
        std::optional<VersionKeys> out;
        for (const auto& component : definition.components) {
            const auto* own = registry_.find_url(component.definition);
            auto found = find_present(type, *own);
            if (!found) return found;
            out = out ? intersect(*out, *found) : std::move(*found);
        }
        return *out;
    }
    VersionKeys out;
    for (const auto& source : sources.any_of) {
        const auto* own = registry_.find(type, source.param);
        if (own && own != &definition && registry_.sources(type, source.param).joint) {
            auto found = find_present(type, *own);
            if (!found) return found;
            out = unite(std::move(out), *found);
            continue;
        }
        if (definition.type == fhir::SearchType::composite) {
            for (const auto& name : view_.parameters(type, source.param + '$', "")) out = unite(std::move(out), view_.present(type, name));
            continue;
        }
        const auto target = source.target_type.empty() ? std::nullopt : std::optional(source.target_type);
        out = unite(std::move(out), view_.present(type, source.param, target));
        const auto identifiers = (target ? std::string(definition.code) : source.param) + ":identifier";
        if (definition.type == fhir::SearchType::reference) out = unite(std::move(out), view_.present(type, identifiers));
        // A concept without a coding is there all the same.
        if (definition.type == fhir::SearchType::token) out = unite(std::move(out), view_.present(type, source.param + ":text"));
    }
    return out;
}

Conditions::Found Conditions::find_by_id(const std::string& type, const QueryParameter& parameter) {
    VersionKeys out;
    for (const auto& value : parameter.values) {
        if (const auto key = view_.current_key({type, unescape(value)}); key != 0) out.push_back(key);
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

Conditions::Found Conditions::find_by_time(const std::string& type, const QueryParameter& parameter) {
    VersionKeys out;
    for (const auto& value : parameter.values) {
        const auto when = read_date_condition(unescape(value), registry_.offset_minutes(), registry_.now());
        if (!when) return bad_search_value(parameter.name);
        out = unite(std::move(out), view_.updated(type, when->compare, when->low, when->high));
    }
    return out;
}

Conditions::Found Conditions::find_compartment(const std::string& type, const store::ResourceKey& owner) {
    const auto* params = registry_.compartments().parameters(owner.type, type);
    if (!params) return Outcome(error(IssueCode::not_supported, type, "search-compartment", {type, owner.type}));
    VersionKeys out;
    if (type == owner.type) {
        if (const auto own = view_.current_key(owner); own != 0) out.push_back(own);
    }
    for (const auto& param : *params) {
        for (const auto& source : registry_.sources(type, param).any_of) {
            if (!source.target_type.empty() && source.target_type != owner.type) continue;
            out = unite(std::move(out), view_.references(type, source.param, owner.type, owner.id));
        }
    }
    return out;
}

std::uint64_t Conditions::estimate(const std::string& type, const QueryParameter& parameter) {
    constexpr std::uint64_t kRange = 1'000'000'000; // ranges, negations and chains last: they may touch everything
    if (parameter.name == "_id") return 1;
    if (parameter.name == "_list") return 100;
    if (!parameter.modifier.empty() && parameter.modifier != "exact" && parameter.modifier != "identifier") return kRange;
    const auto* definition = registry_.find(type, parameter.name);
    if (!definition) return kRange;
    if (definition->type == fhir::SearchType::reference) return 100;
    if (definition->type == fhir::SearchType::string || definition->type == fhir::SearchType::uri) return 1'000;
    if (definition->type != fhir::SearchType::token) return kRange;
    std::uint64_t total = 0;
    for (const auto& value : parameter.values) {
        const auto parts = split_unescaped(value, '|');
        const auto code = parts.empty() || parts.back().empty() ? std::nullopt : std::optional(unescape(parts.back()));
        const auto system = parts.size() == 2 ? std::optional(unescape(parts[0])) : std::nullopt;
        for (const auto& source : registry_.sources(type, parameter.name).any_of)
            total += view_.count_tokens(type, source.param, system, code);
    }
    return total;
}

} // namespace huitong::search
