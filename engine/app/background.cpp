#include "app/background.hpp"

#include <chrono>

namespace huitong::app {
namespace {

constexpr auto kIdleWait = std::chrono::seconds(1);         ///< timers of jobs (an offer nobody answered) are looked at this often
constexpr auto kGatherWait = std::chrono::milliseconds(50); ///< commits of a busy hub are taken together

} // namespace

void Background::start() {
    thread_ = std::thread([this] { run(); });
}

void Background::wake() {
    {
        const std::lock_guard lock(mutex_);
        is_woken_ = true;
    }
    changed_.notify_one();
}

void Background::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Background::run() {
    while (true) {
        bool has_more = false;
        for (const auto& job : jobs_) has_more = job() || has_more;
        std::unique_lock lock(mutex_);
        if (is_stopping_) return;
        if (has_more) continue;
        changed_.wait_for(lock, kIdleWait, [this] { return is_woken_ || is_stopping_; });
        if (is_stopping_) return;
        is_woken_ = false;
        changed_.wait_for(lock, kGatherWait, [this] { return is_stopping_; });
    }
}

} // namespace huitong::app
