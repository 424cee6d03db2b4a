/// Numbers as texts that sort as the numbers do. Thread: any.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

namespace huitong::store {

inline std::string sort_text(std::int64_t value) {
    auto text = std::to_string(static_cast<std::uint64_t>(value) + (1ULL << 63));
    return std::string(20 - text.size(), '0') + text;
}

/// Negative ones count from the bottom: their bits sort the other way round.
inline std::string sort_text(double value) {
    std::int64_t bits = 0;
    static_assert(sizeof bits == sizeof value);
    std::memcpy(&bits, &value, sizeof bits);
    return sort_text(bits < 0 ? std::int64_t(~bits) ^ INT64_MIN : bits);
}

} // namespace huitong::store
