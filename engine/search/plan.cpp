#include "search/plan.hpp"

#include "search/timeline.hpp"
#include "search/values.hpp"

#include <algorithm>

namespace huitong::search {
namespace {

using store::VersionKeys;

/// The timeline serves a patient and a code at once, and a date with them.
struct TimelineUse {
    bool possible = false;
    std::string patient_id;
    std::optional<std::string> system, code;
    std::optional<store::IndexView::DateCondition> when;
    std::vector<const QueryParameter*> served;

    void take_patient(const Registry& registry, const QueryParameter& parameter) {
        const auto value = unescape(parameter.values[0]);
        const auto key = read_reference(value, registry.base_url());
        const bool is_bare = key && key->type.empty() && key->id.find(':') == std::string::npos && parameter.name == "patient";
        if (!key || (key->type != "Patient" && !is_bare)) return;
        patient_id = key->id;
        served.push_back(&parameter);
    }
    void take_code(const QueryParameter& parameter) {
        const auto parts = split_unescaped(parameter.values[0], '|');
        if (parts.empty() || parts.size() > 2 || parts.back().empty()) return;
        code = unescape(parts.back());
        if (parts.size() == 2) system = unescape(parts[0]);
        served.push_back(&parameter);
    }
};

TimelineUse timeline_use(const Registry& registry, const std::string& type, const Query& query) {
    TimelineUse use;
    const auto* timeline = timeline_of(type);
    if (!timeline) return use;
    for (const auto& parameter : query.parameters) {
        if (!parameter.modifier.empty() || parameter.values.size() != 1) continue;
        if ((parameter.name == "patient" || parameter.name == "subject") && use.patient_id.empty()) {
            use.take_patient(registry, parameter);
        } else if (parameter.name == timeline->code && !use.code) {
            use.take_code(parameter);
        } else if (parameter.name == timeline->date && !use.when) {
            use.when = read_date_condition(unescape(parameter.values[0]), registry.offset_minutes(), registry.now());
            // Rows without a date stand at the beginning of time; only a date that lies after it may be asked here.
            if (use.when && use.when->compare != store::Compare::ne && use.when->compare != store::Compare::lt &&
                use.when->compare != store::Compare::le && use.when->compare != store::Compare::eb) {
                use.served.push_back(&parameter);
            } else {
                use.when.reset();
            }
        }
    }
    use.possible = !use.patient_id.empty() && use.served.size() > 1;
    return use;
}

std::string line_of(const QueryParameter& parameter, std::size_t count) {
    return parameter.name + (parameter.modifier.empty() ? "" : ":" + parameter.modifier) + ": " + std::to_string(count);
}

} // namespace

Planner::Planner(const Registry& registry, store::ReadView& view, const Query& query, const Limits& limits)
    : registry_(registry), view_(view), query_(query), conditions_(registry, view), text_(view),
      deadline_(std::chrono::steady_clock::now() + std::chrono::milliseconds(limits.search_ms_max)) {}

Result<VersionKeys> Planner::matches(const std::string& type, std::vector<std::string>& plan) {
    std::optional<VersionKeys> current;
    const auto use = timeline_use(registry_, type, query_);
    if (use.possible) {
        current = view_.timeline(use.patient_id, type, use.system, use.code, use.when);
        std::sort(current->begin(), current->end());
        plan.push_back("timeline of the patient: " + std::to_string(current->size()));
    }
    if (query_.compartment) {
        auto members = conditions_.find_compartment(type, *query_.compartment);
        if (!members) return members;
        plan.push_back("compartment: " + std::to_string(members->size()));
        current = current ? intersect(*current, *members) : std::move(*members);
    }
    std::vector<std::pair<std::uint64_t, const QueryParameter*>> ordered;
    for (const auto& parameter : query_.parameters) {
        const bool served = use.possible && std::find(use.served.begin(), use.served.end(), &parameter) != use.served.end();
        if (!served && !is_text_parameter(parameter.name)) ordered.emplace_back(conditions_.estimate(type, parameter), &parameter);
    }
    std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [cost, parameter] : ordered) {
        if (current && current->empty()) break;
        if (std::chrono::steady_clock::now() > deadline_) return Outcome(error(IssueCode::timeout, "", "search-timeout"));
        auto found = conditions_.find(type, *parameter);
        if (!found) return found;
        plan.push_back(line_of(*parameter, found->size()));
        current = current ? intersect(*current, *found) : std::move(*found);
    }
    if (!current) {
        current = view_.all(type);
        plan.push_back("all of " + type + ": " + std::to_string(current->size()));
    }
    for (const auto& parameter : query_.parameters) { // last, because they read what is left
        if (!is_text_parameter(parameter.name)) continue;
        auto found = keep_by_text(view_, text_, type, *current, parameter, deadline_);
        if (!found) return found.error();
        plan.push_back(line_of(parameter, found->keys.size()) + " of " + std::to_string(current->size()) + ", " +
                       std::to_string(found->read) + " read");
        current = std::move(found->keys);
    }
    return std::move(*current);
}

} // namespace huitong::search
