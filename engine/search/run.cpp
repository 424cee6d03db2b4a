/// One page of a query, and the matches of a condition. A page belongs to one position of the log.
#include "search/compartments.hpp"
#include "search/keys.hpp"
#include "search/plan.hpp"
#include "search/values.hpp"

#include <algorithm>

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

std::vector<std::string> types_of(const Registry& registry, const Query& query) {
    if (!query.type.empty()) return {query.type};
    std::vector<std::string> out = query.types;
    if (out.empty()) {
        for (const auto type : registry.definitions().resource_types()) out.emplace_back(type);
    }
    const auto is_member = [&](const std::string& type) {
        return !query.compartment || registry.compartments().parameters(query.compartment->type, type) != nullptr;
    };
    std::erase_if(out, [&](const std::string& type) { return !is_member(type); });
    return out;
}

/// What the database failed at becomes an Outcome here: indexes are read in too many places to ask each.
template <class Work>
auto reading(Work work) -> decltype(work()) {
    try {
        return work();
    } catch (const store::ReadLate&) {
        return Outcome(error(IssueCode::timeout, "", "search-timeout"));
    } catch (const store::ReadFailure& failure) {
        return Outcome(fatal(failure.is_of_medium ? IssueCode::transient : IssueCode::exception, "", "store-failed", {"read"}));
    }
}

/// While it lives the view's reads end with the time of a search, wherever that time goes.
class TimeLimit {
public:
    TimeLimit(store::ReadView& view, const Limits& limits) : view_(view) {
        view_.end_by(std::chrono::steady_clock::now() + std::chrono::milliseconds(limits.search_ms_max));
    }
    ~TimeLimit() { view_.end_by(std::nullopt); }
    TimeLimit(const TimeLimit&) = delete;
    TimeLimit& operator=(const TimeLimit&) = delete;

private:
    store::ReadView& view_;
};

Result<Page> read_one_page(const Registry& registry, store::ReadView& view, const Query& query, const Limits& limits) {
    Page page;
    page.t = view.t();
    Planner planner(registry, view, query, limits);
    VersionKeys all;
    const auto types = types_of(registry, query);
    for (const auto& type : types) {
        std::vector<std::string> plan;
        auto found = planner.matches(type, plan);
        if (!found) return found.error();
        if (types.size() == 1 || !found->empty()) page.plan.insert(page.plan.end(), plan.begin(), plan.end());
        all.insert(all.end(), found->begin(), found->end());
    }
    if (query.total != "none") page.total = all.size();
    if (query.summary == "count") return page;
    std::sort(all.begin(), all.end());
    all = sorted(registry, view, query, std::move(all));
    const auto offset = std::min(read_page(query.page).offset, all.size());
    const auto end = std::min(all.size(), offset + query.count);
    auto versions =
        view.versions(VersionKeys(all.begin() + static_cast<std::ptrdiff_t>(offset), all.begin() + static_cast<std::ptrdiff_t>(end)));
    if (!versions) return versions.error();
    for (auto& version : *versions) page.entries.push_back({std::move(version), false});
    if (end < all.size()) page.next = write_page(page.t, end);
    if (offset > 0) page.previous = write_page(page.t, offset > query.count ? offset - query.count : 0);
    if (query.includes.empty()) return page;
    page.warnings = add_included(registry, view, query, std::size_t{limits.search_count_max} * 4, page.entries);
    if (page.warnings.has_errors()) return std::move(page.warnings);
    return page;
}

/// What a later write must not have touched, for the conditions that name a key.
void add_guards(const Registry& registry, const Query& query, std::vector<store::Guard>& guards) {
    for (const auto& parameter : query.parameters) {
        const auto* definition = registry.find(query.type, parameter.name);
        if (!definition || !parameter.modifier.empty()) continue;
        for (const auto& source : registry.sources(query.type, parameter.name).any_of) {
            for (const auto& value : parameter.values) {
                const auto parts = split_unescaped(value, '|');
                if (definition->type == fhir::SearchType::token && !parts.empty() && !parts.back().empty()) {
                    guards.push_back({query.type, source.param, parts.size() == 2 ? unescape(parts[0]) : "*", unescape(parts.back())});
                } else if (definition->type == fhir::SearchType::reference) {
                    if (const auto key = read_reference(unescape(value), registry.base_url()))
                        guards.push_back({query.type, source.param, key->type.empty() ? "*" : key->type, key->id});
                }
            }
        }
    }
}

} // namespace

store::LogTime page_time(const Query& query) { return query.page.empty() ? 0 : read_page(query.page).t; }

Result<Page> run(const Registry& registry, store::ReadView& view, const Query& query, const Limits& limits) {
    const TimeLimit in_time(view, limits);
    return reading([&] { return read_one_page(registry, view, query, limits); });
}

Result<store::VersionKeys> matching_keys(const Registry& registry, store::ReadView& view, const Query& query, const Limits& limits) {
    const TimeLimit in_time(view, limits);
    return reading([&] {
        std::vector<std::string> plan;
        return Planner(registry, view, query, limits).matches(query.type, plan);
    });
}

Result<Matches> find_matches(const Registry& registry, store::ReadView& view, const std::string& type, const std::string& criteria,
                             std::size_t limit, const Limits& limits) {
    Outcome warnings;
    auto query = read_query(registry, type, read_criteria(criteria), true, warnings);
    if (!query) return query.error();
    Matches out;
    out.t = view.t();
    add_guards(registry, *query, out.guards);
    const bool by_id =
        std::any_of(query->parameters.begin(), query->parameters.end(), [](const auto& parameter) { return parameter.name == "_id"; });
    if (out.guards.empty() && !by_id) return Outcome(error(IssueCode::conflict, type, "search-criteria-weak", {type}));
    const TimeLimit in_time(view, limits);
    return reading([&]() -> Result<Matches> {
        std::vector<std::string> plan;
        Planner planner(registry, view, *query, limits);
        auto found = planner.matches(type, plan);
        if (!found) return found.error();
        if (found->size() > limit) found->resize(limit);
        out.keys = view.resource_keys(*found);
        return std::move(out);
    });
}

} // namespace huitong::search
