/// Which versions exist at a log position: version keys grow with time, so the upper bound is one number, and the versions that were
/// replaced are kept with the position that replaced them. Thread: any; `close` and `publish` by the writer's thread.
#pragma once

#include "store/store.hpp"

#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace huitong::store {

class Visibility {
public:
    void close(VersionKey key, LogTime t_to) {
        const std::unique_lock lock(mutex_);
        closed_[key] = t_to;
    }
    void publish(LogTime t, VersionKey last) {
        const std::unique_lock lock(mutex_);
        t_ = t;
        last_ = last;
    }
    std::pair<LogTime, VersionKey> newest() const {
        const std::shared_lock lock(mutex_);
        return {t_, last_};
    }
    /// Removes from `keys` what is not visible at `t` with the bound `last`.
    void filter(VersionKeys& keys, LogTime t, VersionKey last) const {
        const std::shared_lock lock(mutex_);
        std::erase_if(keys, [&](VersionKey key) {
            if (key > last) return true;
            const auto found = closed_.find(key);
            return found != closed_.end() && found->second <= t;
        });
    }
    std::uint64_t closed_count() const {
        const std::shared_lock lock(mutex_);
        return closed_.size();
    }

private:
    mutable std::shared_mutex mutex_;
    std::unordered_map<VersionKey, LogTime> closed_;
    LogTime t_ = 0;
    VersionKey last_ = 0;
};

} // namespace huitong::store
