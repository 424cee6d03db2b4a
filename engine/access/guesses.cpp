#include "access/guesses.hpp"

namespace huitong::access {

bool Guesses::too_many(const std::string& guess) const {
    const std::lock_guard lock(mutex_);
    const auto found = failures_.find(guess);
    return found != failures_.end() && found->second.count >= failures_max_ && clock_.now() < found->second.until;
}

void Guesses::note(const std::string& guess) {
    const auto now = clock_.now();
    const std::lock_guard lock(mutex_);
    if (failures_.size() >= kGuessersMax) std::erase_if(failures_, [&](const auto& row) { return row.second.until <= now; });
    auto& failures = failures_[guess];
    if (failures.until <= now) failures = {0, {now.microseconds + 60 * kMicrosecondsPerSecond}};
    ++failures.count;
}

} // namespace huitong::access
