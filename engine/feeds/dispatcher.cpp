#include "feeds/dispatcher.hpp"

#include <algorithm>

namespace huitong::feeds {

bool Dispatcher::is_ready(std::uint64_t number) const {
    const auto& keys = waiting_.at(number);
    return std::all_of(keys.begin(), keys.end(), [&](const std::string& key) { return queues_.at(key).front() == number; });
}

void Dispatcher::add(std::uint64_t number, std::vector<std::string> keys) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    {
        const std::lock_guard lock(mutex_);
        for (const auto& key : keys) queues_[key].push_back(number);
        waiting_.emplace(number, std::move(keys));
        if (!is_ready(number)) return;
    }
    start_(number);
}

void Dispatcher::finished(std::uint64_t number) {
    std::vector<std::uint64_t> ready;
    {
        const std::lock_guard lock(mutex_);
        const auto found = waiting_.find(number);
        if (found == waiting_.end()) return;
        const auto keys = std::move(found->second);
        waiting_.erase(found);
        for (const auto& key : keys) {
            auto& queue = queues_.at(key);
            queue.pop_front();
            if (queue.empty()) queues_.erase(key);
            else if (std::find(ready.begin(), ready.end(), queue.front()) == ready.end()) ready.push_back(queue.front());
        }
        std::erase_if(ready, [this](std::uint64_t next) { return !is_ready(next); });
    }
    for (const auto next : ready) start_(next);
}

std::size_t Dispatcher::backlog() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

} // namespace huitong::feeds
