/// Which versions exist at a log position: version keys grow with time, so the upper bound is one number, and the versions that were
/// replaced are kept with the position that replaced them. Beside it: when each type was written last, for those who follow some types
/// only. Thread: any; `write`, `close` and `publish` by the writer's thread.
#pragma once

#include "store/store.hpp"

#include <map>
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
    /// Before it is published: who sees the commit sees this too. A commit that fails then makes somebody look in vain, once.
    void write(const std::string& type, LogTime t) {
        const std::unique_lock lock(mutex_);
        written_[type] = t;
    }
    LogTime written_last(std::string_view type) const {
        const std::shared_lock lock(mutex_);
        const auto found = written_.find(type);
        return found == written_.end() ? 0 : found->second;
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
    std::map<std::string, LogTime, std::less<>> written_; ///< by type
    LogTime t_ = 0;
    VersionKey last_ = 0;
};

} // namespace huitong::store
