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
constexpr std::size_t kFewMax = 1'000;      ///< so few candidates are handed to a question instead of meeting its answer

/// A code and dates that can be asked together: the dates by themselves are those of all codes. nullopt: the query has no such pair.
std::optional<Planner::CodeInTime> Planner::code_in_time(const std::string& type) const {
    const auto* timeline = timeline_of(type);
    if (!timeline) return std::nullopt;
    CodeInTime out;
    for (const auto& parameter : query_.parameters) {
        if (!parameter.modifier.empty()) continue;
        if (parameter.name == timeline->code && !out.code) out.code = &parameter;
        else if (parameter.name == timeline->date) out.dates.push_back(&parameter);
    }
    if (!out.code || out.dates.empty()) return std::nullopt;
    // Each pair of a code and a date is asked by itself: many of them are cheaper one condition after the other.
    std::size_t pairs = 0;
    for (const auto* date : out.dates) pairs += date->values.size() * out.code->values.size();
    if (pairs > kCodesInTimeMax) return std::nullopt;
    return out;
}

/// nullopt: the store has no such answer, or a value is not right, which whoever reads the condition itself tells.
std::optional<VersionKeys> Planner::find_code_in_time(const std::string& type, const CodeInTime& asked, const VersionKeys* among) {
    std::vector<std::string> params;
    for (const auto& source : registry_.sources(type, asked.code->name).any_of) params.push_back(source.param);
    std::optional<VersionKeys> out;
    for (const auto* date : asked.dates) {
        VersionKeys any;
        for (const auto& when_text : date->values) {
            const auto when = read_date_condition(unescape(when_text), registry_.offset_minutes(), registry_.now());
            if (!when) return std::nullopt;
            for (const auto& code_text : asked.code->values) {
                const auto parts = split_unescaped(code_text, '|');
                if (parts.empty() || parts.size() > 2 || parts.back().empty()) return std::nullopt;
                const auto system = parts.size() == 2 ? std::optional(unescape(parts[0])) : std::nullopt;
                auto found = view_.occurrences(type, params, system, unescape(parts.back()), *when, among);
                if (!found) return found;
                any = unite(std::move(any), *found);
            }
        }
        out = out ? intersect(*out, any) : std::move(any);
    }
    return out;
}

/// Conditions in the order in which they are looked up: what names few first. A code and its dates are one of them, as costly as the code.
std::vector<Planner::Step> Planner::steps_of(const std::string& type, const std::vector<const QueryParameter*>& served) {
    const auto pair = served.empty() ? code_in_time(type) : std::nullopt;
    std::vector<Step> out;
    for (const auto& parameter : query_.parameters) {
        if (is_text_parameter(parameter.name) || std::find(served.begin(), served.end(), &parameter) != served.end()) continue;
        if (pair && std::find(pair->dates.begin(), pair->dates.end(), &parameter) != pair->dates.end()) continue;
        Step step{conditions_.estimate(type, parameter), &parameter, std::nullopt};
        if (pair && pair->code == &parameter) step.together = pair;
        out.push_back(std::move(step));
    }
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.cost < b.cost; });
    return out;
}

/// Keeps of `current` (nullopt: everything) what fits the step.
Outcome Planner::take_step(const std::string& type, const Step& step, std::optional<VersionKeys>& current, std::vector<std::string>& plan) {
    auto keep = [&](VersionKeys found) { current = current ? intersect(*current, found) : std::move(found); };
    std::vector<const QueryParameter*> each{step.parameter};
    if (step.together) {
        const auto* among = current && current->size() <= kFewMax ? &*current : nullptr;
        if (auto found = find_code_in_time(type, *step.together, among)) {
            const auto of = among ? " of " + std::to_string(among->size()) : std::string();
            plan.push_back("codes and dates together: " + std::to_string(found->size()) + of);
            keep(std::move(*found));
            return {};
        }
        each.insert(each.end(), step.together->dates.begin(), step.together->dates.end());
    }
    for (const auto* parameter : each) {
        if (current && current->empty()) break;
        if (std::chrono::steady_clock::now() > deadline_) return error(IssueCode::timeout, "", "search-timeout");
        auto found = conditions_.find(type, *parameter);
        if (!found) return found.error();
        plan.push_back(line_of(*parameter, found->size()));
        keep(std::move(*found));
    }
    return {};
}

Result<VersionKeys> Planner::matches(const std::string& type, std::vector<std::string>& plan) {
    std::optional<VersionKeys> current;
    auto use = timeline_use(registry_, type, query_);
    if (use.possible) {
        current = use.find(view_, type);
        plan.push_back("timeline of the patient: " + std::to_string(current->size()));
    } else {
        use.served.clear();
    }
    if (query_.compartment) {
        auto members = conditions_.find_compartment(type, *query_.compartment);
        if (!members) return members;
        plan.push_back("compartment: " + std::to_string(members->size()));
        current = current ? intersect(*current, *members) : std::move(*members);
    }
    for (const auto& step : steps_of(type, use.served)) {
        if (current && current->empty()) break;
        if (auto issues = take_step(type, step, current, plan); issues.has_errors()) return issues;
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
