#include "feeds/dispatcher.hpp"

#include <algorithm>

namespace huitong::feeds {

bool Dispatcher::is_ready(std::uint64_t number) const {
    const auto& keys = waiting_.at(number).keys;
    return std::all_of(keys.begin(), keys.end(), [&](const std::string& key) { return queues_.at(key).front() == number; });
}

void Dispatcher::line_up(std::uint64_t number) { ready_[waiting_.at(number).source].push_back(number); }

/// Round the feeds, one message each, as long as there is room.
std::vector<std::uint64_t> Dispatcher::whose_turn_it_is() {
    std::vector<std::uint64_t> out;
    while (running_.size() < running_max_ && !ready_.empty()) {
        auto next = ready_.upper_bound(served_);
        if (next == ready_.end()) next = ready_.begin();
        served_ = next->first;
        out.push_back(next->second.front());
        running_.insert(out.back());
        next->second.pop_front();
        if (next->second.empty()) ready_.erase(next);
    }
    return out;
}

void Dispatcher::add(std::uint64_t number, std::vector<std::string> keys, const SourceId& source) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::vector<std::uint64_t> starting;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& key : keys) queues_[key].push_back(number);
        waiting_.emplace(number, Waiting{std::move(keys), source});
        ++backlogs_[source];
        if (!is_ready(number)) return;
        line_up(number);
        starting = whose_turn_it_is();
    }
    for (const auto next : starting) start_(next);
}

void Dispatcher::step_aside(std::uint64_t number) {
    std::vector<std::uint64_t> starting;
    {
        const std::lock_guard lock(mutex_);
        running_.erase(number);
        starting = whose_turn_it_is();
    }
    for (const auto next : starting) start_(next);
}

void Dispatcher::finished(std::uint64_t number) {
    std::vector<std::uint64_t> starting;
    {
        const std::lock_guard lock(mutex_);
        const auto found = waiting_.find(number);
        if (found == waiting_.end()) return;
        const auto done = std::move(found->second);
        waiting_.erase(found);
        running_.erase(number);
        if (const auto own = backlogs_.find(done.source); --own->second == 0) backlogs_.erase(own);
        std::set<std::uint64_t> first;
        for (const auto& key : done.keys) {
            auto& queue = queues_.at(key);
            queue.pop_front();
            if (queue.empty()) queues_.erase(key);
            else first.insert(queue.front());
        }
        for (const auto next : first) {
            if (is_ready(next)) line_up(next);
        }
        starting = whose_turn_it_is();
    }
    for (const auto next : starting) start_(next);
}

std::size_t Dispatcher::backlog() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

std::size_t Dispatcher::backlog(const SourceId& source) const {
    const std::lock_guard lock(mutex_);
    const auto found = backlogs_.find(source);
    return found == backlogs_.end() ? 0 : found->second;
}

} // namespace huitong::feeds
