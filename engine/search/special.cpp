/// Conditions that are no parameter of a type: `_list`, `_filter`; and token modifiers that ask the terminology.
#include "fhir/json.hpp"
#include "search/conditions.hpp"
#include "search/filter.hpp"
#include "search/text.hpp"
#include "search/values.hpp"
#include "terminology/terminology.hpp"

#include <algorithm>

namespace huitong::search {
namespace {

using store::VersionKeys;

constexpr std::size_t kCodesMax = 10'000;  ///< of a value set behind `:in`
constexpr std::size_t kBodiesMax = 20'000; ///< read for `:above` and `:below`

} // namespace

/// Members of a List: entries that are not marked as deleted. Source: FHIR R4, Search, "_list".
Conditions::Found Conditions::find_in_list(const std::string& type, const QueryParameter& parameter) {
    VersionKeys out;
    for (const auto& value : parameter.values) {
        const auto list = view_.current({"List", unescape(value)});
        if (!list) return list.error();
        if (!*list || (*list)->deleted) continue;
        const auto document = fhir::read_json((*list)->body).value;
        for (const auto entry : document->root().children("entry")) {
            const auto key = read_reference(entry.text("item.reference"), registry_.base_url());
            if (!key || key->type != type || entry.text("deleted") == "true") continue;
            if (const auto member = view_.current_key(*key); member != 0) out.push_back(member);
        }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

Conditions::Found Conditions::find_by_filter(const std::string& type, const Filter& filter) {
    if (is_late()) return late();
    if (filter.kind == Filter::Kind::test) {
        const auto test = test_of(registry_, type, filter);
        if (!test) return bad_search_value("_filter");
        auto found = find(type, test->condition);
        if (!found || !test->unequal) return found;
        auto present = test->condition;
        present.raw = "false";
        const auto dot = present.name.rfind('.');
        if (dot == present.name.npos) present.modifier = "missing";
        else present.name = present.name.substr(0, present.name.find(':', dot)) + ":missing";
        auto all = find(type, present);
        if (!all) return all;
        return subtract(*all, *found);
    }
    std::optional<VersionKeys> out;
    for (const auto& part : filter.parts) {
        auto found = find_by_filter(type, part);
        if (!found) return found;
        if (!out) out = std::move(*found);
        else out = filter.kind == Filter::Kind::all_of ? intersect(*out, *found) : unite(std::move(*out), *found);
    }
    if (filter.kind == Filter::Kind::none_of) return subtract(view_.all(type), *out);
    return std::move(*out);
}

/// The canonical address of a value set that is named by where it lies, "ValueSet/7"; "" = no such.
std::string Conditions::url_of_stored(const store::ResourceKey& key) {
    const auto found = view_.current(key);
    if (!found || !*found || (*found)->deleted) return {};
    return std::string(fhir::read_json((*found)->body).value->root().text("url"));
}

/// `:in` and `:not-in` by the value set's expansion. Source: FHIR R4, Search, "token", "Modifiers".
Conditions::Found Conditions::find_in_value_set(const Place& place, const std::string& value) {
    auto url = unescape(value);
    const auto stored = read_reference(url, registry_.base_url());
    if (stored && stored->type == "ValueSet") url = url_of_stored(*stored);
    const auto expansion = registry_.terminology()->expand(url, "", 0, kCodesMax + 1);
    if (!expansion) return Outcome(error(IssueCode::not_found, place.param, "search-value-set", {url}));
    if (expansion->codes.size() > kCodesMax) return Outcome(error(IssueCode::too_costly, place.param, "search-too-costly"));
    const auto implied = registry_.implied_systems(place.type, place.param);
    VersionKeys out;
    for (const auto& coding : expansion->codes) {
        if (is_late()) return late();
        out = unite(std::move(out), view_.tokens(place.type, place.param, coding.system, coding.code));
        if (std::find(implied.begin(), implied.end(), coding.system) != implied.end())
            out = unite(std::move(out), view_.tokens(place.type, place.param, std::string(), coding.code));
    }
    return out;
}

/// `:above` and `:below`: the codes of that system that the candidates have are compared with the one asked for.
Conditions::Found Conditions::find_in_hierarchy(const Place& place, const std::string& modifier, const std::string& value) {
    const auto parts = split_unescaped(value, '|');
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) return bad_search_value(place.param);
    const auto system = unescape(parts[0]);
    const auto code = unescape(parts[1]);
    const auto candidates = view_.tokens(place.type, place.param, system, std::nullopt);
    if (candidates.size() > kBodiesMax) return Outcome(error(IssueCode::too_costly, place.param, "search-too-costly"));
    auto versions = view_.versions(candidates);
    if (!versions) return versions.error();
    const auto* definition = registry_.find(place.type, place.param);
    const auto& terminology = *registry_.terminology();
    VersionKeys out;
    for (auto& version : *versions) {
        const auto document = fhir::read_json(std::move(version.body)).value;
        const auto rows = registry_.rows_of(document->root(), *definition);
        const bool fits = std::any_of(rows.tokens.begin(), rows.tokens.end(), [&](const store::TokenRow& row) {
            if (row.system != system || row.param != place.param) return false;
            if (row.code == code) return true;
            const auto relation = terminology.subsumes(system, code, row.code);
            return relation && *relation == (modifier == "below" ? "subsumes" : "subsumed-by");
        });
        if (fits) out.push_back(version.version_key);
    }
    std::sort(out.begin(), out.end());
    return out;
}

} // namespace huitong::search
