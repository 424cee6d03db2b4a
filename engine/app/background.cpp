#include "app/background.hpp"

#include "app/print.hpp"
#include "app/thread_share.hpp"

#include <chrono>

namespace huitong::app {
namespace {

constexpr auto kIdleWait = std::chrono::seconds(1);           ///< timers of jobs (an offer nobody answered) are looked at this often
constexpr auto kGatherWait = std::chrono::milliseconds(50);   ///< commits of a busy hub are taken together
constexpr auto kYieldingGatherWait = std::chrono::seconds(1); ///< a commit's fsync holds up the access records of those who read meanwhile

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
    take_share(pace_ == Pace::yielding ? Share::deriving : Share::applying);
    while (true) {
        bool has_more = false;
        for (std::size_t index = 0; index < jobs_.size(); ++index) has_more = run_job(index) || has_more;
        std::unique_lock lock(mutex_);
        if (is_stopping_) return;
        if (has_more) continue;
        changed_.wait_for(lock, kIdleWait, [this] { return is_woken_ || is_stopping_; });
        if (is_stopping_) return;
        is_woken_ = false;
        changed_.wait_for(lock, pace_ == Pace::yielding ? std::chrono::milliseconds(kYieldingGatherWait) : kGatherWait,
                          [this] { return is_stopping_; });
    }
}

// A read of the store that failed (a disk error, no file descriptor left) must not end the feeds that run beside: the job is tried again.
bool Background::run_job(std::size_t index) {
    try {
        const bool has_more = jobs_[index]();
        failing_.erase(index);
        return has_more;
    } catch (const std::exception&) {
        if (failing_.insert(index).second) print_issues(fatal(IssueCode::exception, "background", "background-failed"));
        return false;
    }
}

} // namespace huitong::app
