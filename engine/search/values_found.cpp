/// One value of a search, by the type of its parameter.
#include "search/conditions.hpp"
#include "search/fold.hpp"
#include "search/path.hpp"
#include "search/query_syntax.hpp"
#include "search/values.hpp"

#include <algorithm>
#include <cmath>

namespace huitong::search {
namespace {

using store::Compare;
using store::VersionKeys;

/// "ap": ten per cent around a number, or of the distance to now around a date.
constexpr double kApproximately = 0.1;
constexpr std::string_view kUcum = "http://unitsofmeasure.org";

Outcome bad_modifier(const std::string& modifier, const std::string& param) {
    return error(IssueCode::not_supported, param, "search-modifier", {modifier, param});
}

} // namespace

Compare take_prefix(std::string_view& text) {
    static constexpr std::pair<std::string_view, Compare> kPrefixes[] = {
        {"eq", Compare::eq}, {"ne", Compare::ne}, {"gt", Compare::gt}, {"lt", Compare::lt}, {"ge", Compare::ge},
        {"le", Compare::le}, {"sa", Compare::sa}, {"eb", Compare::eb}, {"ap", Compare::ap},
    };
    for (const auto& [prefix, compare] : kPrefixes) {
        if (!text.starts_with(prefix)) continue;
        text.remove_prefix(2);
        return compare;
    }
    return Compare::eq;
}

namespace {

/// Digits behind the microseconds: the instant lies a little later than what is kept of it.
bool has_finer_digits(std::string_view text) {
    constexpr std::size_t kKept = 6;
    const auto point = text.find('.');
    if (point == text.npos) return false;
    const auto digits = text.substr(point + 1, text.find_first_not_of("0123456789", point + 1) - point - 1);
    return digits.size() > kKept && digits.find_first_not_of('0', kKept) != digits.npos;
}

} // namespace

std::string with_zone_sign(std::string_view date) {
    std::string out(date);
    if (const auto blank = out.rfind(' '); blank != out.npos && blank + 6 == out.size()) out[blank] = '+';
    return out;
}

std::optional<store::IndexView::DateCondition> read_date_condition(std::string_view value, int offset_minutes, Instant now) {
    store::IndexView::DateCondition out;
    out.compare = take_prefix(value);
    const auto text = with_zone_sign(value);
    const auto read = read_date_time(text);
    if (!read) return std::nullopt;
    std::tie(out.low, out.high) = instants_of(*read, offset_minutes);
    const bool is_before = out.compare == Compare::lt || out.compare == Compare::le;
    if (is_before && has_finer_digits(text)) ++out.low.microseconds; // what lies at the kept part lies before it
    if (out.compare == Compare::ap) {
        const auto distance = std::llabs(now.microseconds - out.low.microseconds);
        const auto slack = static_cast<std::int64_t>(static_cast<double>(distance) * kApproximately);
        out.low.microseconds -= slack;
        out.high.microseconds += slack;
    }
    return out;
}

Conditions::Found Conditions::find_value(const std::string& type, const Definition& definition, const std::string& modifier,
                                         const std::string& value) {
    if (definition.type == fhir::SearchType::composite) return find_composite(type, definition, value);
    return find_value_in({type, ""}, type, definition, modifier, value);
}

Conditions::Found Conditions::find_value_in(const Rows& rows, const std::string& type, const Definition& definition,
                                            const std::string& modifier, const std::string& value) {
    // Identifiers of a reference stand under its own name, also when its targets are found elsewhere.
    const std::string code(definition.code);
    VersionKeys out;
    for (const auto& source : registry_.sources(type, definition.code).any_of) {
        const bool by_own_name = modifier == "identifier" && !source.target_type.empty();
        Place place{rows.type, rows.prefix + (by_own_name ? code : source.param), source.target_type};
        auto found = find_typed(place, definition, modifier, value);
        if (!found) return found;
        out = unite(std::move(out), *found);
    }
    return out;
}

Conditions::Found Conditions::find_typed(const Place& place, const Definition& definition, const std::string& modifier,
                                         const std::string& value) {
    switch (definition.type) {
    case fhir::SearchType::token: return find_token(place, modifier, value);
    case fhir::SearchType::reference: return find_reference(place, definition, modifier, value);
    case fhir::SearchType::date: return find_date(place, value);
    case fhir::SearchType::number:
    case fhir::SearchType::quantity: return find_number(place, value);
    case fhir::SearchType::string: return find_string(place, modifier, value);
    case fhir::SearchType::uri: return find_uri(place, modifier, value);
    case fhir::SearchType::special:
        if (definition.code == "near") return find_near(place, value);
        break;
    case fhir::SearchType::composite: break;
    }
    return Outcome(error(IssueCode::not_supported, place.param, "search-special", {place.param}));
}

Conditions::Found Conditions::find_token(const Place& place, const std::string& modifier, const std::string& value) {
    if (modifier == "text")
        return view_.strings(place.type, place.param + ":text", store::IndexView::StringMatch::prefix, fold(unescape(value)));
    if (modifier == "in" || modifier == "not-in") return find_in_value_set(place, value);
    if (modifier == "above" || modifier == "below") return find_in_hierarchy(place, modifier, value);
    const auto parts = split_unescaped(value, '|');
    if (modifier == "of-type") {
        if (parts.size() != 3) return bad_search_value(place.param);
        return view_.tokens(place.type, place.param + ":of-type", unescape(parts[0]), unescape(parts[1]) + '|' + unescape(parts[2]));
    }
    if (!modifier.empty() && modifier != "not") return bad_modifier(modifier, place.param);
    if (parts.empty() || parts.size() > 2) return bad_search_value(place.param);
    if (parts.size() == 1) return view_.tokens(place.type, place.param, std::nullopt, unescape(value));
    const auto system = unescape(parts[0]);
    const auto code = unescape(parts[1]);
    if (code.empty()) return view_.tokens(place.type, place.param, system, std::nullopt);
    auto found = view_.tokens(place.type, place.param, system, code);
    if (system.empty()) return found;
    const auto implied = registry_.implied_systems(place.type, place.param);
    if (std::find(implied.begin(), implied.end(), system) == implied.end()) return found;
    return unite(std::move(found), view_.tokens(place.type, place.param, std::string(), code));
}

Conditions::Found Conditions::find_reference(const Place& place, const Definition& definition, const std::string& modifier,
                                             const std::string& value) {
    if (modifier == "above" || modifier == "below") return find_in_tree(place, definition, modifier == "below", value);
    if (modifier == "identifier") {
        const auto parts = split_unescaped(value, '|');
        if (parts.empty() || parts.size() > 2) return bad_search_value(place.param);
        return view_.reference_identifiers(place.type, place.param, parts.size() == 2 ? unescape(parts[0]) : std::string(),
                                           unescape(parts.back()));
    }
    const auto text = unescape(value);
    const auto key = read_reference(text, registry_.base_url());
    if (!key) return bad_search_value(place.param);
    const bool is_bare = key->type.empty() && text.find(':') == text.npos;
    if (!key->type.empty()) {
        // "subject:Patient=Group/1" asks for what cannot be.
        const bool contradicts =
            (!modifier.empty() && key->type != modifier) || (!place.target_type.empty() && key->type != place.target_type);
        if (contradicts) return VersionKeys();
        return view_.references(place.type, place.param, key->type, key->id);
    }
    if (!is_bare) {
        const bool fits = place.target_type.empty() || type_in_reference(text) == place.target_type;
        return fits ? view_.references(place.type, place.param, std::string(), text) : VersionKeys();
    }
    if (!modifier.empty()) {
        if (!place.target_type.empty() && modifier != place.target_type) return VersionKeys();
        return view_.references(place.type, place.param, modifier, text);
    }
    if (!place.target_type.empty()) return view_.references(place.type, place.param, place.target_type, text);
    VersionKeys out;
    if (definition.targets.empty()) return view_.references(place.type, place.param, std::nullopt, text);
    for (const auto target : definition.targets)
        out = unite(std::move(out), view_.references(place.type, place.param, std::string(target), text));
    // A text that is neither local nor a URL, as a canonical may be.
    return unite(std::move(out), view_.references(place.type, place.param, std::string(), text));
}

Conditions::Found Conditions::find_date(const Place& place, const std::string& value) {
    const auto when = read_date_condition(unescape(value), registry_.offset_minutes(), registry_.now());
    if (!when) return bad_search_value(place.param);
    return view_.dates(place.type, place.param, when->compare, when->low, when->high);
}

Conditions::Found Conditions::find_number(const Place& place, const std::string& value) {
    const auto parts = split_unescaped(value, '|');
    if (parts.empty() || parts.size() > 3) return bad_search_value(place.param);
    std::string_view number = parts[0];
    store::NumberCondition condition;
    condition.compare = take_prefix(number);
    auto range = read_number(number);
    if (!range) return bad_search_value(place.param);
    if (condition.compare == Compare::ap) {
        const auto tenth = Decimal::multiply(range->value, Decimal::of(range->value < Decimal(0) ? -1 : 1, 1));
        if (!tenth) return bad_search_value(place.param);
        range->low = Decimal::subtract(range->value, *tenth).value_or(range->low);
        range->high = Decimal::add(range->value, *tenth).value_or(range->high);
    }
    store::IndexView::Unit unit;
    unit.system = parts.size() > 1 ? unescape(parts[1]) : std::string();
    unit.code = parts.size() > 2 ? unescape(parts[2]) : std::string();
    if (unit.system == kUcum && !unit.code.empty()) {
        if (const auto canonical = ucum::canonical(unit.code)) {
            const auto value_there = canonical_value(range->value, *canonical);
            const auto low = canonical_value(range->low, *canonical);
            const auto high = canonical_value(range->high, *canonical);
            if (!value_there || !low || !high) return bad_search_value(place.param);
            *range = {*value_there, *low, *high};
            unit = {"", canonical->units, true};
        }
    }
    condition.value = range->value.to_double();
    condition.low = range->low.to_double();
    // So many digits may be more than a double tells apart: the range still holds its value.
    condition.high = std::max(range->high.to_double(), std::nextafter(condition.value, store::kUnboundedNumber));
    return view_.quantities(place.type, place.param, condition, unit);
}

Conditions::Found Conditions::find_string(const Place& place, const std::string& modifier, const std::string& value) {
    using Match = store::IndexView::StringMatch;
    const auto text = unescape(value);
    if (modifier == "exact") return view_.strings(place.type, place.param, Match::exact, fold(text), text);
    if (!modifier.empty() && modifier != "contains") return bad_modifier(modifier, place.param);
    return view_.strings(place.type, place.param, modifier == "contains" ? Match::contains : Match::prefix, fold(text));
}

Conditions::Found Conditions::find_uri(const Place& place, const std::string& modifier, const std::string& value) {
    using Match = store::IndexView::UriMatch;
    // Only URLs have something above and below them. Source: FHIR R4, Search, "uri".
    if (!modifier.empty() && value.starts_with("urn:")) return VersionKeys();
    const auto match = modifier == "below" ? Match::below : modifier == "above" ? Match::above : Match::exact;
    return view_.uris(place.type, place.param, match, unescape(value));
}

/// Names of the rows of a composite whose first component has the value asked for.
std::vector<std::string> Conditions::composite_rows(const std::string& type, const std::string& param, fhir::SearchType first,
                                                    const std::string& part) {
    const auto text = unescape(part);
    const auto name = param + '$';
    if (first == fhir::SearchType::string) return view_.parameters(type, name + fold(text), "");
    if (first == fhir::SearchType::reference) {
        if (text.find('/') != text.npos || text.find(':') != text.npos) return {name + text};
        return view_.parameters(type, name, '/' + text);
    }
    if (first == fhir::SearchType::token) {
        const auto parts = split_unescaped(part, '|');
        if (parts.size() == 2 && parts[1].empty()) return view_.parameters(type, name + text, "");
        if (parts.size() < 2) return view_.parameters(type, name, '|' + text);
    }
    return {name + text};
}

/// All components at one item: the rows of three and more components are told apart by the item's place in its resource.
Conditions::Found Conditions::find_item(const std::string& type, const Definition& definition, const std::string& rows,
                                        const std::vector<std::string>& parts) {
    const auto first = item_rows(rows, 0, "");
    VersionKeys out;
    for (const auto& name : view_.parameters(type, first, "")) {
        const auto place = name.substr(first.size());
        if (place.find(':') != place.npos) continue; // ":text" and the like, of a place that comes by itself
        std::optional<VersionKeys> all;
        for (std::size_t index = 0; index < parts.size(); ++index) {
            const auto* own = registry_.find_url(definition.components[index].definition);
            if (!own) return bad_search_value(definition.code);
            auto found = find_typed({type, item_rows(rows, index, place), ""}, *own, "", parts[index]);
            if (!found) return found;
            all = all ? intersect(*all, *found) : std::move(*found);
        }
        out = unite(std::move(out), *all);
    }
    return out;
}

Conditions::Found Conditions::find_joint(const std::string& type, const Definition& definition, const std::vector<std::string>& parts) {
    std::optional<VersionKeys> out;
    for (std::size_t index = 0; index < parts.size(); ++index) {
        const auto* own = registry_.find_url(definition.components[index].definition);
        auto found = find_value(type, *own, "", parts[index]);
        if (!found) return found;
        out = out ? intersect(*out, *found) : std::move(*found);
    }
    return *out;
}

Conditions::Found Conditions::find_composite(const std::string& type, const Definition& definition, const std::string& value) {
    const auto parts = split_unescaped(value, '$');
    if (parts.size() != definition.components.size() || parts.size() < 2) return bad_search_value(definition.code);
    const auto sources = registry_.sources(type, definition.code);
    if (sources.joint) return find_joint(type, definition, parts);
    const auto* head = registry_.find_url(definition.components[0].definition);
    const auto* tail = registry_.find_url(definition.components.back().definition);
    if (!head || !tail)
        return Outcome(error(IssueCode::not_supported, std::string(definition.code), "search-special", {std::string(definition.code)}));
    VersionKeys out;
    for (const auto& source : sources.any_of) {
        if (parts.size() > 2) {
            auto found = find_item(type, definition, source.param, parts);
            if (!found) return found;
            out = unite(std::move(out), *found);
            continue;
        }
        const auto* own = registry_.find(type, source.param);
        if (own && own != &definition && registry_.sources(type, source.param).joint) {
            auto found = find_joint(type, *own, parts);
            if (!found) return found;
            out = unite(std::move(out), *found);
            continue;
        }
        for (auto& row : composite_rows(type, source.param, head->type, parts[0])) {
            auto found = find_typed({type, std::move(row), ""}, *tail, "", parts[1]);
            if (!found) return found;
            out = unite(std::move(out), *found);
        }
    }
    return out;
}

} // namespace huitong::search
