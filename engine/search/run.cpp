/// Plan and page: the shortest list drives, the others are intersected; a page belongs to one position of the log.
#include "fhir/json.hpp"
#include "search/conditions.hpp"
#include "search/values.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace huitong::search {
namespace {

using store::VersionKeys;

struct PageToken {
    store::LogTime t = 0;
    std::size_t offset = 0;
};

PageToken read_page(const std::string& text) {
    PageToken out;
    const auto dash = text.find('-');
    out.t = std::strtoull(text.c_str(), nullptr, 10);
    if (dash != text.npos) out.offset = std::strtoull(text.c_str() + dash + 1, nullptr, 10);
    return out;
}

std::string write_page(store::LogTime t, std::size_t offset) { return std::to_string(t) + '-' + std::to_string(offset); }

/// The timeline serves a patient and a code at once, and a date with them.
struct TimelineUse {
    bool possible = false;
    std::string patient_id;
    std::optional<std::string> system, code;
    std::optional<store::IndexView::DateCondition> when;
    std::vector<const QueryParameter*> served;
};

TimelineUse timeline_use(const Registry& registry, const Query& query) {
    static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
        {"Observation", "date"}, {"DiagnosticReport", "date"}, {"Procedure", "date"}};
    TimelineUse use;
    const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& row) { return row.first == query.type; });
    if (found == std::end(kTypes)) return use;
    for (const auto& parameter : query.parameters) {
        if (!parameter.modifier.empty() || parameter.values.size() != 1) continue;
        const auto value = unescape(parameter.values[0]);
        if ((parameter.name == "patient" || parameter.name == "subject") && use.patient_id.empty()) {
            const auto key = read_reference(value, registry.base_url());
            const bool bare = key && key->type.empty() && key->id.find(':') == std::string::npos && parameter.name == "patient";
            if (!key || (key->type != "Patient" && !bare)) continue;
            use.patient_id = key->id;
            use.served.push_back(&parameter);
        } else if (parameter.name == "code" && !use.code) {
            const auto parts = split_unescaped(parameter.values[0], '|');
            if (parts.empty() || parts.size() > 2 || parts.back().empty()) continue;
            use.code = unescape(parts.back());
            if (parts.size() == 2) use.system = unescape(parts[0]);
            use.served.push_back(&parameter);
        } else if (parameter.name == found->second && !use.when) {
            use.when = read_date_condition(value, registry.offset_minutes());
            if (use.when) use.served.push_back(&parameter);
        }
    }
    use.possible = !use.patient_id.empty() && use.served.size() > 1;
    return use;
}

class Planner {
public:
    Planner(const Registry& registry, store::ReadView& view, const Query& query)
        : registry_(registry), view_(view), query_(query), conditions_(registry, view) {}

    /// All matches, sorted by key.
    Result<VersionKeys> matches(const std::string& type, std::vector<std::string>& plan) {
        std::vector<const QueryParameter*> waiting;
        for (const auto& parameter : query_.parameters) {
            if (parameter.name != "_type") waiting.push_back(&parameter);
        }
        std::optional<VersionKeys> current;
        if (const auto use = timeline_use(registry_, query_); use.possible) {
            current = view_.timeline(use.patient_id, type, use.system, use.code, use.when);
            std::sort(current->begin(), current->end());
            plan.push_back("timeline of the patient: " + std::to_string(current->size()));
            std::erase_if(waiting, [&](const auto* parameter) {
                return std::find(use.served.begin(), use.served.end(), parameter) != use.served.end();
            });
        }
        std::vector<std::pair<std::uint64_t, const QueryParameter*>> ordered;
        for (const auto* parameter : waiting) ordered.emplace_back(conditions_.estimate(type, *parameter), parameter);
        std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        for (const auto& [cost, parameter] : ordered) {
            if (current && current->empty()) break;
            auto found = conditions_.find(type, *parameter);
            if (!found) return found.error();
            plan.push_back(parameter->name + (parameter->modifier.empty() ? "" : ":" + parameter->modifier) + ": " +
                           std::to_string(found->size()));
            current = current ? intersect(*current, *found) : std::move(*found);
        }
        if (!current) {
            current = view_.all(type);
            plan.push_back("all of " + type + ": " + std::to_string(current->size()));
        }
        return std::move(*current);
    }

    /// In the order asked for; newest commit first without `_sort`.
    VersionKeys sorted(const std::string& type, VersionKeys keys) {
        if (query_.sort.empty()) {
            std::reverse(keys.begin(), keys.end());
            return keys;
        }
        std::vector<std::vector<std::optional<std::string>>> columns;
        for (const auto& sort : query_.sort) columns.push_back(sort_column(type, sort, keys));
        std::vector<std::size_t> order(keys.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            for (std::size_t index = 0; index < columns.size(); ++index) {
                const auto& left = columns[index][a];
                const auto& right = columns[index][b];
                if (left == right) continue;
                if (!left || !right) return left.has_value(); // what has no value stands last in both directions
                return query_.sort[index].descending ? *left > *right : *left < *right;
            }
            return false;
        });
        VersionKeys out;
        out.reserve(keys.size());
        for (const auto index : order) out.push_back(keys[index]);
        return out;
    }

private:
    std::vector<std::optional<std::string>> sort_column(const std::string& type, const Query::Sort& sort, const VersionKeys& keys) {
        if (sort.param == "_lastUpdated") {
            std::vector<std::optional<std::string>> out;
            for (const auto key : keys) {
                auto text = std::to_string(key);
                out.emplace_back(std::string(20 - text.size(), '0') + text);
            }
            return out;
        }
        if (sort.param == "_id") {
            std::vector<std::optional<std::string>> out;
            for (auto& key : view_.resource_keys(keys)) out.emplace_back(std::move(key.id));
            return out;
        }
        return view_.sort_keys(type, sort.param, keys, sort.descending);
    }

    const Registry& registry_;
    store::ReadView& view_;
    const Query& query_;
    Conditions conditions_;
};

/// Resources that a page's matches point at, or that point at them.
class Includer {
public:
    Includer(const Registry& registry, store::ReadView& view, const Query& query, std::size_t count_max)
        : registry_(registry), view_(view), query_(query), count_max_(count_max) {}

    Outcome add(std::vector<Found>& entries) {
        for (const auto& entry : entries) seen_.insert(entry.version.version_key);
        std::size_t begin = 0;
        for (bool first = true;; first = false) {
            VersionKeys found;
            const auto end = entries.size();
            for (std::size_t index = begin; index < end; ++index) {
                for (const auto& include : query_.includes) {
                    if (!first && !include.iterate) continue;
                    include.reverse ? add_reverse(include, entries[index].version, found)
                                    : add_forward(include, entries[index].version, found);
                }
            }
            if (found.empty()) return {};
            if (entries.size() + found.size() > count_max_)
                return warning(IssueCode::too_costly, "_include", "search-include-max", {std::to_string(count_max_)});
            auto versions = view_.versions(found);
            if (!versions) return versions.error();
            for (auto& version : *versions) entries.push_back({std::move(version), true});
            begin = end;
        }
    }

private:
    void keep(store::VersionKey key, VersionKeys& found) {
        if (key != 0 && seen_.insert(key).second) found.push_back(key);
    }

    void add_forward(const Query::Include& include, const store::Version& version, VersionKeys& found) {
        if (include.source != version.key.type && include.source != "*") return;
        const auto parsed = fhir::read_json(version.body);
        for (const auto* definition : registry_.definitions().search_parameters_of(version.key.type)) {
            if (definition->type != fhir::SearchType::reference || (include.param != "*" && include.param != definition->code)) continue;
            for (const auto& row : registry_.rows_of(parsed.value->root(), *definition).references) {
                if (!row.target_type.empty() && (include.target.empty() || include.target == row.target_type))
                    keep(view_.current_key({row.target_type, row.target_id}), found);
            }
        }
    }

    void add_reverse(const Query::Include& include, const store::Version& version, VersionKeys& found) {
        for (const auto* definition : registry_.definitions().search_parameters_of(include.source)) {
            if (definition->type != fhir::SearchType::reference || (include.param != "*" && include.param != definition->code)) continue;
            if (!include.target.empty() && include.target != version.key.type) continue;
            for (const auto key : view_.references(include.source, std::string(definition->code), version.key.type, version.key.id))
                keep(key, found);
        }
    }

    const Registry& registry_;
    store::ReadView& view_;
    const Query& query_;
    std::size_t count_max_;
    std::set<store::VersionKey> seen_;
};

std::vector<std::string> types_of(const Registry& registry, const Query& query) {
    if (!query.type.empty()) return {query.type};
    for (const auto& parameter : query.parameters) {
        if (parameter.name == "_type") return parameter.values;
    }
    std::vector<std::string> out;
    for (const auto type : registry.definitions().resource_types()) out.emplace_back(type);
    return out;
}

} // namespace

store::LogTime page_time(const Query& query) { return query.page.empty() ? 0 : read_page(query.page).t; }

Result<Page> run(const Registry& registry, store::ReadView& view, const Query& query, const Limits& limits) {
    Page page;
    page.t = view.t();
    Planner planner(registry, view, query);
    VersionKeys all;
    for (const auto& type : types_of(registry, query)) {
        auto found = planner.matches(type, page.plan);
        if (!found) return found.error();
        auto sorted = planner.sorted(type, std::move(*found));
        all.insert(all.end(), sorted.begin(), sorted.end());
    }
    if (query.total != "none") page.total = all.size();
    if (query.summary == "count") return page;
    const auto offset = std::min(read_page(query.page).offset, all.size());
    const auto end = std::min(all.size(), offset + query.count);
    auto versions =
        view.versions(VersionKeys(all.begin() + static_cast<std::ptrdiff_t>(offset), all.begin() + static_cast<std::ptrdiff_t>(end)));
    if (!versions) return versions.error();
    for (auto& version : *versions) page.entries.push_back({std::move(version), false});
    if (end < all.size()) page.next = write_page(page.t, end);
    if (offset > 0) page.previous = write_page(page.t, offset > query.count ? offset - query.count : 0);
    if (!query.includes.empty()) {
        Includer includer(registry, view, query, limits.search_count_max * 4);
        if (auto issues = includer.add(page.entries); issues.has_errors()) return issues;
    }
    return page;
}

Result<Matches> find_matches(const Registry& registry, store::ReadView& view, const std::string& type, const std::string& criteria,
                             std::size_t limit) {
    auto pairs = read_criteria(criteria);
    Outcome warnings;
    auto query = read_query(registry, type, pairs, true, warnings);
    if (!query) return query.error();
    Matches out;
    out.t = view.t();
    for (const auto& parameter : query->parameters) {
        const auto* definition = registry.find(type, parameter.name);
        if (!definition || !parameter.modifier.empty()) continue;
        for (const auto& value : parameter.values) {
            const auto parts = split_unescaped(value, '|');
            if (definition->type == fhir::SearchType::token && !parts.empty() && !parts.back().empty()) {
                out.guards.push_back({type, parameter.name, parts.size() == 2 ? unescape(parts[0]) : "*", unescape(parts.back())});
            } else if (definition->type == fhir::SearchType::reference) {
                if (const auto key = read_reference(unescape(value), registry.base_url()))
                    out.guards.push_back({type, parameter.name, "", key->id});
            }
        }
    }
    const bool by_id =
        std::any_of(query->parameters.begin(), query->parameters.end(), [](const auto& parameter) { return parameter.name == "_id"; });
    if (out.guards.empty() && !by_id) return Outcome(error(IssueCode::conflict, type, "search-criteria-weak", {type}));
    std::vector<std::string> plan;
    Planner planner(registry, view, *query);
    auto found = planner.matches(type, plan);
    if (!found) return found.error();
    if (found->size() > limit) found->resize(limit);
    out.keys = view.resource_keys(*found);
    return out;
}

} // namespace huitong::search
