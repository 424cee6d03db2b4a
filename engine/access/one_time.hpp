/// Values behind random codes that open them once, or for a while: what a browser may carry in an address instead of a token or a name.
/// Codes have 256 bits and are kept as SHA-256. Thread: any.
#pragma once

#include "access/jwt.hpp"
#include "base/instant.hpp"
#include "base/sha256.hpp"

#include <openssl/rand.h>

#include <deque>
#include <map>
#include <mutex>
#include <optional>

namespace huitong::access {

template <class T>
class OneTime {
public:
    /// At most `count_max` values; then the oldest goes.
    OneTime(const Clock& clock, std::uint32_t seconds, std::size_t count_max) : clock_(clock), seconds_(seconds), count_max_(count_max) {}

    std::string put(T value) {
        std::string bytes(32, '\0');
        RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
        auto code = encode_base64url(bytes);
        const Instant until{clock_.now().microseconds + std::int64_t{seconds_} * kMicrosecondsPerSecond};
        const std::lock_guard lock(mutex_);
        while (!order_.empty() && (order_.size() >= count_max_ || order_.front().first < clock_.now())) forget_oldest();
        order_.emplace_back(until, sha256_hex(code));
        held_.emplace(order_.back().second, Held{std::move(value), until});
        return code;
    }
    /// The value, which the code opens no more; nullopt: unknown, used or too old.
    std::optional<T> take(std::string_view code) {
        const std::lock_guard lock(mutex_);
        const auto found = held_.find(sha256_hex(code));
        if (found == held_.end()) return std::nullopt;
        auto held = std::move(found->second);
        held_.erase(found);
        if (held.until < clock_.now()) return std::nullopt;
        return std::move(held.value);
    }
    /// The value, which stays.
    std::optional<T> look(std::string_view code) const {
        const std::lock_guard lock(mutex_);
        const auto found = held_.find(sha256_hex(code));
        if (found == held_.end() || found->second.until < clock_.now()) return std::nullopt;
        return found->second.value;
    }
    std::uint32_t seconds() const { return seconds_; }

private:
    struct Held {
        T value;
        Instant until;
    };
    void forget_oldest() {
        held_.erase(order_.front().second);
        order_.pop_front();
    }

    const Clock& clock_;
    std::uint32_t seconds_;
    std::size_t count_max_;
    mutable std::mutex mutex_;
    std::map<std::string, Held> held_;                  ///< by SHA-256 of the code
    std::deque<std::pair<Instant, std::string>> order_; ///< all codes, also those used, oldest first
};

} // namespace huitong::access
