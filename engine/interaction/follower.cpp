#include "interaction/follower.hpp"

#include <algorithm>

namespace huitong::interaction {

Outcome Follower::catch_up() {
    if (is_current()) return {};
    const auto view = store_.view();
    for (const auto& type : types_) {
        if (auto issues = take(*view, type); issues.has_errors()) return issues;
    }
    seen_ = view->t();
    return {};
}

Outcome Follower::take(store::ReadView& view, const std::string& type) {
    if (seen_ == 0) return take_all(view, type);
    store::HistoryRange range;
    range.since = seen_;
    range.newest_first = false;
    while (true) {
        auto versions = view.history(type, "", range);
        if (!versions) return versions.error();
        for (const auto& version : *versions) tell(version);
        if (versions->size() < range.count) return {};
        range.since = versions->back().t_from; // a page ends between two commits
    }
}

/// By the index of types: the log of a large store is not walked at every start.
Outcome Follower::take_all(store::ReadView& view, const std::string& type) {
    constexpr std::size_t kPage = 100;
    const auto keys = view.all(type);
    for (std::size_t begin = 0; begin < keys.size(); begin += kPage) {
        const auto end = std::min(begin + kPage, keys.size());
        auto versions = view.versions({keys.begin() + static_cast<std::ptrdiff_t>(begin), keys.begin() + static_cast<std::ptrdiff_t>(end)});
        if (!versions) return versions.error();
        for (const auto& version : *versions) tell(version);
    }
    return {};
}

} // namespace huitong::interaction
