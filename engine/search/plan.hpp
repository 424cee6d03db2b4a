/// The plan of a query for one type: the shortest list drives, the others are intersected. Internal to the room.
#pragma once

#include "search/conditions.hpp"
#include "search/text.hpp"

#include <chrono>

namespace huitong::search {

class Planner {
public:
    Planner(const Registry& registry, store::ReadView& view, const Query& query, const Limits& limits);
    /// All matches of one type, sorted by key; the plan gets a line for each step. Issues: those of conditions, search-timeout.
    Result<store::VersionKeys> matches(const std::string& type, std::vector<std::string>& plan);

private:
    struct CodeInTime {
        const QueryParameter* code = nullptr;
        std::vector<const QueryParameter*> dates;
    };
    struct Step {
        std::uint64_t cost = 0;
        const QueryParameter* parameter = nullptr;
        std::optional<CodeInTime> together; ///< the parameter is this code
    };
    std::optional<CodeInTime> code_in_time(const std::string& type) const;
    std::optional<store::VersionKeys> find_code_in_time(const std::string& type, const CodeInTime& asked, const store::VersionKeys* among);
    std::vector<Step> steps_of(const std::string& type, const std::vector<const QueryParameter*>& served);
    Outcome take_step(const std::string& type, const Step& step, std::optional<store::VersionKeys>& current,
                      std::vector<std::string>& plan);

    const Registry& registry_;
    store::ReadView& view_;
    const Query& query_;
    std::chrono::steady_clock::time_point deadline_; ///< before what uses it
    Conditions conditions_;
    TextIndex text_;
};

/// In the order asked for; newest commit first without `_sort`. What has no value stands last in both directions, equals stand oldest
/// first.
store::VersionKeys sorted(const Registry& registry, store::ReadView& view, const Query& query, store::VersionKeys keys);

/// Adds resources that the page's matches point at, or that point at them; at most `count_max` entries in all, else a warning
/// search-include-max and as many as fit.
Outcome add_included(const Registry& registry, store::ReadView& view, const Query& query, std::size_t count_max,
                     std::vector<Found>& entries);

} // namespace huitong::search
