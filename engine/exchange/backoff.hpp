/// How long to wait before the next try: doubling up to a maximum, spread so that many hubs do not come back at the same moment.
#pragma once

#include <algorithm>
#include <cstdint>

namespace huitong::exchange {

/// Milliseconds after `failures` failures in a row (at least one). `chance` in [0, 1): the wait is between half of the step and all of it.
inline std::uint64_t backoff_ms(std::uint32_t failures, std::uint64_t first_ms, std::uint64_t max_ms, double chance) {
    const auto doublings = std::min(failures == 0 ? 0U : failures - 1, 30U);
    const auto step = std::min(first_ms << doublings, max_ms);
    const auto sure = step / 2;
    return sure + static_cast<std::uint64_t>(static_cast<double>(step - sure) * chance);
}

} // namespace huitong::exchange
