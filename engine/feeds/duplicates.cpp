#include "feeds/duplicates.hpp"

namespace huitong::feeds {

Duplicates::Found Duplicates::find(const MessageKey& key) const {
    const State* latest = nullptr;
    for (const auto& [day, states] : generations_) {
        const auto found = states.find(key.subject);
        if (found != states.end() && (latest == nullptr || found->second.number > latest->number)) latest = &found->second;
    }
    if (latest == nullptr || latest->content == ShortHash()) return {};
    return {latest->content == key.content ? Match::same : Match::other, latest->number};
}

void Duplicates::add(const MessageKey& key, std::uint64_t number, Instant received_at) {
    const auto day = received_at.microseconds / kMicrosecondsPerDay;
    auto& state = generations_[day][key.subject];
    if (number > state.number) state = {key.content, number};
    std::erase_if(generations_, [&](const auto& generation) { return generation.first < day - std::int64_t{days_}; });
}

void Duplicates::withdraw(const MessageKey& key, std::uint64_t number) {
    for (auto& [day, states] : generations_) {
        // It stays as one whose content nobody knows: an older state of another day must not take its place.
        if (const auto found = states.find(key.subject); found != states.end() && found->second.number == number)
            found->second.content = {};
    }
}

std::size_t Duplicates::size() const {
    std::size_t out = 0;
    for (const auto& [day, states] : generations_) out += states.size();
    return out;
}

} // namespace huitong::feeds
