/// Counts failures of whoever guesses secrets or passwords: after so many within a minute he waits for the next. Who guesses does not lock
/// out somebody else, because failures count by name and address together. Thread: any.
#pragma once

#include "base/instant.hpp"

#include <map>
#include <mutex>
#include <string>

namespace huitong::access {

constexpr std::size_t kFailuresPerMinuteMax = 30; ///< who guesses more waits for the next minute
constexpr std::size_t kGuessersMax = 10'000;      ///< remembered; then those whose minute is over are forgotten

class Guesses {
public:
    explicit Guesses(const Clock& clock, std::size_t failures_max = kFailuresPerMinuteMax) : clock_(clock), failures_max_(failures_max) {}
    bool too_many(const std::string& guess) const;
    void note(const std::string& guess);

private:
    struct Failures {
        std::size_t count = 0;
        Instant until; ///< end of the minute that began with the first
    };
    const Clock& clock_;
    std::size_t failures_max_;
    mutable std::mutex mutex_;
    std::map<std::string, Failures> failures_; ///< by name and address
};

} // namespace huitong::access
