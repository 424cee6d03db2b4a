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
    std::vector<store::IndexView::DateCondition> when; ///< all of them
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
    void take_date(const Registry& registry, const QueryParameter& parameter) {
        using store::Compare;
        const auto read = read_date_condition(unescape(parameter.values[0]), registry.offset_minutes(), registry.now());
        // Rows without a date stand at the beginning of time; only a date that lies after it may be asked here.
        if (!read || read->compare == Compare::ne || read->compare == Compare::lt || read->compare == Compare::le ||
            read->compare == Compare::eb)
            return;
        when.push_back(*read);
        served.push_back(&parameter);
    }
    VersionKeys find(store::ReadView& view, const std::string& type) const {
        std::optional<VersionKeys> out;
        auto take = [&](const std::optional<store::IndexView::DateCondition>& date) {
            auto found = view.timeline(patient_id, type, system, code, date);
            std::sort(found.begin(), found.end());
            out = out ? intersect(*out, found) : std::move(found);
        };
        if (when.empty()) take(std::nullopt);
        for (const auto& date : when) take(date);
        return std::move(*out);
    }
    bool serves(const QueryParameter& parameter) const { return std::find(served.begin(), served.end(), &parameter) != served.end(); }
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
        } else if (parameter.name == timeline->date) {
            use.take_date(registry, parameter);
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
    : registry_(registry), view_(view), query_(query),
      deadline_(std::chrono::steady_clock::now() + std::chrono::milliseconds(limits.search_ms_max)), conditions_(registry, view, deadline_),
      text_(view) {}

constexpr std::size_t kCodesInTimeMax = 64; ///< pairs of a code and a date that one question asks together

/// A code and a date that stand alone are asked together: the dates by themselves are those of all codes. What is served is added to
/// `together`; nullopt: the conditions are none of these, or the store has no such answer.
std::optional<VersionKeys> Planner::find_code_in_time(const std::string& type, std::vector<const QueryParameter*>& together) {
    const auto* timeline = timeline_of(type);
    if (!timeline) return std::nullopt;
    const QueryParameter* code = nullptr;
    std::vector<const QueryParameter*> dates;
    for (const auto& parameter : query_.parameters) {
        if (!parameter.modifier.empty()) continue;
        if (parameter.name == timeline->code && !code) code = &parameter;
        else if (parameter.name == timeline->date) dates.push_back(&parameter);
    }
    if (!code || dates.empty()) return std::nullopt;
    // Each pair of a code and a date is asked by itself: many of them are cheaper one condition after the other, which has a deadline.
    std::size_t pairs = 0;
    for (const auto* date : dates) pairs += date->values.size() * code->values.size();
    if (pairs > kCodesInTimeMax) return std::nullopt;
    std::vector<std::string> params;
    for (const auto& source : registry_.sources(type, timeline->code).any_of) params.push_back(source.param);
    std::optional<VersionKeys> out;
    for (const auto* date : dates) {
        VersionKeys any;
        for (const auto& when_text : date->values) {
            const auto when = read_date_condition(unescape(when_text), registry_.offset_minutes(), registry_.now());
            if (!when) return std::nullopt; // told by whoever reads the condition itself
            for (const auto& code_text : code->values) {
                const auto parts = split_unescaped(code_text, '|');
                if (parts.empty() || parts.size() > 2 || parts.back().empty()) return std::nullopt;
                const auto system = parts.size() == 2 ? std::optional(unescape(parts[0])) : std::nullopt;
                auto found = view_.occurrences(type, params, system, unescape(parts.back()), *when);
                if (!found) return found;
                any = unite(std::move(any), *found);
            }
        }
        out = out ? intersect(*out, any) : std::move(any);
    }
    together = std::move(dates);
    together.push_back(code);
    return out;
}

Result<VersionKeys> Planner::matches(const std::string& type, std::vector<std::string>& plan) {
    std::optional<VersionKeys> current;
    const auto use = timeline_use(registry_, type, query_);
    if (use.possible) {
        current = use.find(view_, type);
        plan.push_back("timeline of the patient: " + std::to_string(current->size()));
    }
    std::vector<const QueryParameter*> together;
    if (!use.possible) {
        if (auto found = find_code_in_time(type, together)) {
            plan.push_back("codes and dates together: " + std::to_string(found->size()));
            current = std::move(found);
        }
    }
    if (query_.compartment) {
        auto members = conditions_.find_compartment(type, *query_.compartment);
        if (!members) return members;
        plan.push_back("compartment: " + std::to_string(members->size()));
        current = current ? intersect(*current, *members) : std::move(*members);
    }
    std::vector<std::pair<std::uint64_t, const QueryParameter*>> ordered;
    for (const auto& parameter : query_.parameters) {
        const bool served =
            use.possible ? use.serves(parameter) : std::find(together.begin(), together.end(), &parameter) != together.end();
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
