/// `:above` and `:below` of references to what is part of something of its own type: a place in a place, an organisation in an
/// organisation. Source: FHIR R4, Search, "reference", "Modifiers".
#include "fhir/json.hpp"
#include "search/conditions.hpp"
#include "search/values.hpp"

#include <algorithm>
#include <set>

namespace huitong::search {
namespace {

using store::VersionKeys;

constexpr std::size_t kMembersMax = 20'000; ///< of one tree

struct Tree {
    std::string_view type, parent; ///< the parameter that leads one step up
};
constexpr Tree kTrees[] = {
    {"Location", "partof"},   {"Organization", "partof"}, {"Encounter", "part-of"},
    {"Procedure", "part-of"}, {"Task", "part-of"},        {"ResearchStudy", "partof"},
};

} // namespace

std::vector<std::string> Conditions::below_in_tree(const std::string& type, const std::string& parent, const std::string& id) {
    std::set<std::string> seen{id};
    std::vector<std::string> out{id};
    for (std::size_t next = 0; next < out.size() && out.size() <= kMembersMax; ++next) {
        for (const auto& source : registry_.sources(type, parent).any_of) {
            for (auto& key : view_.resource_keys(view_.references(type, source.param, type, out[next]))) {
                if (seen.insert(key.id).second) out.push_back(std::move(key.id));
            }
        }
    }
    return out;
}

std::vector<std::string> Conditions::above_in_tree(const std::string& type, const std::string& parent, const std::string& id) {
    const auto* definition = registry_.find(type, parent);
    std::set<std::string> seen{id};
    std::vector<std::string> out{id};
    for (std::size_t next = 0; definition && next < out.size() && out.size() <= kMembersMax; ++next) {
        const auto current = view_.current({type, out[next]});
        if (!current || !*current || (*current)->deleted) continue;
        const auto document = fhir::read_json((*current)->body).value;
        for (const auto& row : registry_.rows_of(document->root(), *definition).references) {
            if (row.target_type == type && seen.insert(row.target_id).second) out.push_back(row.target_id);
        }
    }
    return out;
}

/// Versions that point at the one named, or at what lies below (or above) it.
Conditions::Found Conditions::find_in_tree(const Place& place, const Definition& definition, bool below, const std::string& value) {
    const auto key = read_reference(unescape(value), registry_.base_url());
    if (!key) return bad_search_value(place.param);
    VersionKeys out;
    bool is_known = false;
    for (const auto& [type, parent] : kTrees) {
        const bool may_point = std::find(definition.targets.begin(), definition.targets.end(), type) != definition.targets.end() &&
                               (place.target_type.empty() || place.target_type == type);
        if (!may_point || (!key->type.empty() && key->type != type)) continue;
        is_known = true;
        const std::string tree(type), up(parent);
        const auto members = below ? below_in_tree(tree, up, key->id) : above_in_tree(tree, up, key->id);
        if (members.size() > kMembersMax) return Outcome(error(IssueCode::too_costly, place.param, "search-too-costly"));
        for (const auto& id : members) out = unite(std::move(out), view_.references(place.type, place.param, tree, id));
    }
    if (!is_known)
        return Outcome(error(IssueCode::not_supported, place.param, "search-modifier", {below ? "below" : "above", place.param}));
    return out;
}

} // namespace huitong::search
