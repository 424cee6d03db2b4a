#include "search/conditions.hpp"

#include "fhir/json.hpp"

#include "search/fold.hpp"
#include "search/values.hpp"
#include "ucum/ucum.hpp"

#include <algorithm>
#include <cmath>

namespace huitong::search {
namespace {

using store::VersionKeys;

Outcome bad_value(const std::string& row) { return error(IssueCode::invalid, row, "search-value", {row.substr(0, row.find('$'))}); }

/// "ap": ten per cent around a number, or of the distance to now around a date.
constexpr double kApproximately = 0.1;

} // namespace

store::Compare take_prefix(std::string_view& text) {
    static constexpr std::pair<std::string_view, store::Compare> kPrefixes[] = {
        {"eq", store::Compare::eq}, {"ne", store::Compare::ne}, {"gt", store::Compare::gt},
        {"lt", store::Compare::lt}, {"ge", store::Compare::ge}, {"le", store::Compare::le},
        {"sa", store::Compare::sa}, {"eb", store::Compare::eb}, {"ap", store::Compare::ap},
    };
    for (const auto& [prefix, compare] : kPrefixes) {
        if (!text.starts_with(prefix)) continue;
        text.remove_prefix(2);
        return compare;
    }
    return store::Compare::eq;
}

VersionKeys intersect(const VersionKeys& a, const VersionKeys& b) {
    VersionKeys out;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
    return out;
}

VersionKeys unite(VersionKeys a, const VersionKeys& b) {
    if (a.empty()) return b;
    VersionKeys out;
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
    return out;
}

VersionKeys subtract(const VersionKeys& a, const VersionKeys& b) {
    VersionKeys out;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
    return out;
}

std::optional<store::IndexView::DateCondition> read_date_condition(std::string_view value, int offset_minutes) {
    store::IndexView::DateCondition out;
    out.compare = take_prefix(value);
    const auto read = read_date_time(value);
    if (!read) return std::nullopt;
    std::tie(out.low, out.high) = instants_of(*read, offset_minutes);
    if (out.compare == store::Compare::ap) {
        const auto distance = std::llabs(SystemClock().now().microseconds - out.low.microseconds);
        const auto slack = static_cast<std::int64_t>(static_cast<double>(distance) * kApproximately);
        out.low.microseconds -= slack;
        out.high.microseconds += slack;
    }
    return out;
}

Result<VersionKeys> Conditions::find(const std::string& type, const QueryParameter& parameter) {
    if (parameter.name == "_id") return find_by_id(type, parameter);
    if (parameter.name == "_type") return view_.all(type);
    if (parameter.name == "_lastUpdated") {
        const auto when = read_date_condition(unescape(parameter.raw), registry_.offset_minutes());
        if (!when) return bad_value(parameter.name);
        return view_.updated(type, when->compare, when->low, when->high);
    }
    if (parameter.name.starts_with("_has:")) return find_has(type, parameter);
    if (parameter.name.find('.') != parameter.name.npos) return find_chain(type, parameter);
    const auto* definition = registry_.find(type, parameter.name);
    if (!definition) return VersionKeys();
    if (parameter.modifier == "missing") {
        auto present = view_.present(type, parameter.name);
        if (definition->type == fhir::SearchType::reference)
            present = unite(std::move(present), view_.present(type, parameter.name + ":identifier"));
        if (parameter.raw == "false") return present;
        if (parameter.raw != "true") return bad_value(parameter.name);
        return subtract(view_.all(type), present);
    }
    VersionKeys out;
    for (const auto& value : parameter.values) {
        auto found = find_value(type, *definition, parameter, value);
        if (!found) return found.error();
        out = unite(std::move(out), *found);
    }
    if (parameter.modifier == "not") return subtract(view_.all(type), out);
    return out;
}

Result<VersionKeys> Conditions::find_by_id(const std::string& type, const QueryParameter& parameter) {
    VersionKeys out;
    for (const auto& value : parameter.values) {
        if (const auto key = view_.current_key({type, unescape(value)}); key != 0) out.push_back(key);
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

Result<VersionKeys> Conditions::find_value(const std::string& type, const fhir::SearchParameterDefinition& definition,
                                           const QueryParameter& parameter, const std::string& value) {
    if (definition.type == fhir::SearchType::composite) return find_composite(type, definition, value);
    return find_typed(type, definition.type, parameter.name, parameter.modifier, value, definition);
}

Result<VersionKeys> Conditions::find_typed(const std::string& type, fhir::SearchType kind, const std::string& row,
                                           const std::string& modifier, const std::string& value,
                                           const fhir::SearchParameterDefinition& definition) {
    switch (kind) {
    case fhir::SearchType::token: return find_token(type, row, modifier, value);
    case fhir::SearchType::reference: return find_reference(type, row, modifier, value, definition);
    case fhir::SearchType::date: return find_date(type, row, value);
    case fhir::SearchType::number:
    case fhir::SearchType::quantity: return find_quantity(type, row, value);
    case fhir::SearchType::string: return find_string(type, row, modifier, value);
    case fhir::SearchType::uri: {
        using Match = store::IndexView::UriMatch;
        return view_.uris(type, row,
                          modifier == "below"   ? Match::below
                          : modifier == "above" ? Match::above
                                                : Match::exact,
                          unescape(value));
    }
    case fhir::SearchType::composite:
    case fhir::SearchType::special: break;
    }
    return Outcome(error(IssueCode::not_supported, row, "search-special", {row}));
}

Result<VersionKeys> Conditions::find_token(const std::string& type, const std::string& row, const std::string& modifier,
                                           const std::string& value) {
    if (modifier == "text") return view_.strings(type, row + ":text", store::IndexView::StringMatch::prefix, fold(unescape(value)));
    const auto parts = split_unescaped(value, '|');
    if (modifier == "of-type") {
        if (parts.size() != 3) return bad_value(row);
        return view_.tokens(type, row + ":of-type", unescape(parts[0]), unescape(parts[1]) + '|' + unescape(parts[2]));
    }
    if (!modifier.empty() && modifier != "not") return Outcome(error(IssueCode::not_supported, row, "search-modifier", {modifier, row}));
    if (parts.size() > 2) return bad_value(row);
    if (parts.size() < 2) return view_.tokens(type, row, std::nullopt, unescape(value));
    const auto system = unescape(parts[0]);
    const auto code = unescape(parts[1]);
    if (code.empty()) return view_.tokens(type, row, system, std::nullopt);
    auto found = view_.tokens(type, row, system, code);
    // A `code` element has no system of its own: its binding's system is implied, so a system in the search fits it too.
    if (found.empty() && !system.empty()) found = view_.tokens(type, row, std::string(), code);
    return found;
}

Result<VersionKeys> Conditions::find_reference(const std::string& type, const std::string& row, const std::string& modifier,
                                               const std::string& value, const fhir::SearchParameterDefinition& definition) {
    if (modifier == "identifier") {
        const auto parts = split_unescaped(value, '|');
        if (parts.empty() || parts.size() > 2) return bad_value(row);
        return view_.reference_identifiers(type, row, parts.size() == 2 ? unescape(parts[0]) : std::string(), unescape(parts.back()));
    }
    const auto text = unescape(value);
    const auto key = read_reference(text, registry_.base_url());
    if (!key) return bad_value(row);
    if (!key->type.empty()) return view_.references(type, row, key->type, key->id);
    if (!modifier.empty()) return view_.references(type, row, modifier, text);
    if (text.find(':') != text.npos) return view_.references(type, row, std::string(), text);
    if (definition.targets.size() == 1) return view_.references(type, row, std::string(definition.targets[0]), text);
    return view_.references(type, row, std::nullopt, text);
}

Result<VersionKeys> Conditions::find_date(const std::string& type, const std::string& row, const std::string& value) {
    const auto when = read_date_condition(unescape(value), registry_.offset_minutes());
    if (!when) return bad_value(row);
    return view_.dates(type, row, when->compare, when->low, when->high);
}

Result<VersionKeys> Conditions::find_quantity(const std::string& type, const std::string& row, const std::string& value) {
    const auto parts = split_unescaped(value, '|');
    if (parts.empty()) return bad_value(row);
    std::string_view number = parts[0];
    const auto compare = take_prefix(number);
    auto range = read_number(number);
    if (!range) return bad_value(row);
    if (compare == store::Compare::ap) {
        range->low = range->value - std::abs(range->value) * kApproximately;
        range->high = range->value + std::abs(range->value) * kApproximately;
    }
    const auto system = parts.size() > 1 ? unescape(parts[1]) : std::string();
    const auto unit = parts.size() > 2 ? unescape(parts[2]) : std::string();
    if (unit.empty()) return view_.quantities(type, row, compare, range->low, range->high, "", "", false);
    if (system == "http://unitsofmeasure.org") {
        if (const auto canonical = ucum::canonical(unit)) {
            const double factor = canonical->factor.to_double();
            const double offset = canonical->offset.to_double();
            return view_.quantities(type, row, compare, (range->low + offset) * factor, (range->high + offset) * factor, "",
                                    canonical->units, true);
        }
    }
    return view_.quantities(type, row, compare, range->low, range->high, system, unit, false);
}

Result<VersionKeys> Conditions::find_string(const std::string& type, const std::string& row, const std::string& modifier,
                                            const std::string& value) {
    using Match = store::IndexView::StringMatch;
    const auto text = unescape(value);
    if (modifier == "exact") return view_.strings(type, row, Match::exact, text);
    if (modifier == "contains") return view_.strings(type, row, Match::contains, fold(text));
    if (!modifier.empty() && modifier != "text") return Outcome(error(IssueCode::not_supported, row, "search-modifier", {modifier, row}));
    return view_.strings(type, row, Match::prefix, fold(text));
}

Result<VersionKeys> Conditions::find_composite(const std::string& type, const fhir::SearchParameterDefinition& definition,
                                               const std::string& value) {
    const std::string code(definition.code);
    const auto parts = split_unescaped(value, '$');
    if (parts.size() != 2 || definition.components.size() < 2) return bad_value(code);
    const auto* tail = registry_.definitions().find_search_parameter(definition.components[1].definition);
    if (!tail) return bad_value(code);
    return find_typed(type, tail->type, code + '$' + unescape(parts[0]), "", parts[1], *tail);
}

Result<VersionKeys> Conditions::find_chain(const std::string& type, const QueryParameter& parameter) {
    const auto dot = parameter.name.find('.');
    auto head = parameter.name.substr(0, dot);
    std::string only_type;
    if (const auto colon = head.find(':'); colon != head.npos) {
        only_type = head.substr(colon + 1);
        head = head.substr(0, colon);
    }
    const auto* definition = registry_.find(type, head);
    if (!definition) return bad_value(parameter.name);
    QueryParameter rest = parameter;
    rest.name = parameter.name.substr(dot + 1);
    if (const auto colon = rest.name.find(':');
        colon != rest.name.npos && rest.name.find('.') == rest.name.npos && !rest.name.starts_with("_has:")) {
        rest.modifier = rest.name.substr(colon + 1);
        rest.name = rest.name.substr(0, colon);
    }
    VersionKeys out;
    bool known = false;
    for (const auto target : definition->targets) {
        const std::string target_type(target);
        if (!only_type.empty() && target_type != only_type) continue;
        const bool special = rest.name == "_id" || rest.name.find('.') != rest.name.npos || rest.name.starts_with("_has:");
        if (!special && !registry_.find(target_type, rest.name)) continue;
        known = true;
        auto found = find(target_type, rest);
        if (!found) return found.error();
        for (const auto& key : view_.resource_keys(*found)) out = unite(std::move(out), view_.references(type, head, key.type, key.id));
    }
    if (!known) return Outcome(error(IssueCode::invalid, parameter.name, "search-chain", {parameter.name}));
    return out;
}

Result<VersionKeys> Conditions::find_has(const std::string& type, const QueryParameter& parameter) {
    // _has:Observation:patient:code — the rest after the third colon may be a condition with a modifier, a chain or another _has.
    const auto first = parameter.name.find(':');
    const auto second = parameter.name.find(':', first + 1);
    const auto third = parameter.name.find(':', second + 1);
    const auto source = parameter.name.substr(first + 1, second - first - 1);
    const auto link = parameter.name.substr(second + 1, third - second - 1);
    QueryParameter rest = parameter;
    rest.name = parameter.name.substr(third + 1);
    if (const auto colon = rest.name.find(':'); colon != rest.name.npos && !rest.name.starts_with("_has:")) {
        rest.modifier = rest.name.substr(colon + 1);
        rest.name = rest.name.substr(0, colon);
    }
    const auto* definition = registry_.find(source, link);
    if (!definition) return bad_value(parameter.name);
    auto found = find(source, rest);
    if (!found) return found.error();
    auto versions = view_.versions(*found);
    if (!versions) return versions.error();
    VersionKeys out;
    for (const auto& version : *versions) {
        const auto parsed = fhir::read_json(version.body);
        for (const auto& row : registry_.rows_of(parsed.value->root(), *definition).references) {
            if (row.target_type != type) continue;
            if (const auto key = view_.current_key({type, row.target_id}); key != 0) out.push_back(key);
        }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::uint64_t Conditions::estimate(const std::string& type, const QueryParameter& parameter) {
    constexpr std::uint64_t kRange = 1'000'000'000; // ranges, negations and chains last: they may touch everything
    if (parameter.name == "_id") return 1;
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
        total += view_.count_tokens(type, parameter.name, parts.size() == 2 ? std::optional(unescape(parts[0])) : std::nullopt, code);
    }
    return total;
}

} // namespace huitong::search
