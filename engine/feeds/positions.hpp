/// Where the messages of the inbox lie in its journal: 16 bytes a message, in order of their numbers. Thread: one at a time.
#pragma once

#include "base/journal.hpp"

#include <algorithm>
#include <deque>
#include <optional>

namespace huitong::feeds {

class Positions {
public:
    /// Numbers come nearly in order.
    void add(std::uint64_t number, JournalPosition position) {
        auto at = places_.end();
        while (at != places_.begin() && std::prev(at)->number > number) --at;
        places_.insert(at, {number, position});
    }
    std::optional<JournalPosition> find(std::uint64_t number) const {
        const auto at = std::lower_bound(places_.begin(), places_.end(), number,
                                         [](const Place& place, std::uint64_t wanted) { return place.number < wanted; });
        if (at == places_.end() || at->number != number) return std::nullopt;
        return at->position;
    }

private:
    struct Place {
        std::uint64_t number;
        JournalPosition position;
    };
    std::deque<Place> places_;
};

} // namespace huitong::feeds
