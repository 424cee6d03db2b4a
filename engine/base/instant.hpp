/// Instants and clocks. Everything that asks for the time takes a Clock, so that replay, simulation and tests are exact.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <string>

namespace huitong {

/// Microseconds since 1970-01-01T00:00:00Z.
struct Instant {
    std::int64_t microseconds = 0;
    auto operator<=>(const Instant&) const = default;
};

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
constexpr std::int64_t kMicrosecondsPerDay = 86'400 * kMicrosecondsPerSecond;

/// FHIR instant with milliseconds and the given offset, e.g. "2026-11-20T08:45:00.000+08:00".
std::string instant_text(Instant instant, int offset_minutes = 0);

class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
public:
    Instant now() const override;
};

/// A clock that stands still until told; for tests and for `serve --now` in rehearsals.
class SetClock final : public Clock {
public:
    explicit SetClock(Instant instant) : microseconds_(instant.microseconds) {}
    Instant now() const override { return {microseconds_.load()}; }
    void set(Instant instant) { microseconds_.store(instant.microseconds); }

private:
    std::atomic<std::int64_t> microseconds_;
};

} // namespace huitong
