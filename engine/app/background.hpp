/// What follows the log in the background: notices, AuditEvents. One thread runs every job after commits, and at least once a second, and
/// leaves the processors to whoever is being waited for (thread_share.hpp). A yielding one leaves them to nearly everybody and catches up
/// when they are idle: for what is derived from durable logs and loses nothing by being late.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace huitong::app {

class Background {
public:
    /// One step of a job; true: there is more to do at once. One that throws is told once and tried again.
    using Job = std::function<bool()>;

    enum class Pace { prompt, yielding };
    explicit Background(std::vector<Job> jobs, Pace pace = Pace::prompt) : jobs_(std::move(jobs)), pace_(pace) {}
    ~Background() { stop(); }
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;

    void start();
    /// From any thread: something was committed.
    void wake();
    /// Finishes the step under way.
    void stop();

private:
    void run();
    bool run_job(std::size_t index);

    std::vector<Job> jobs_;
    std::set<std::size_t> failing_; ///< jobs whose last step threw
    Pace pace_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_woken_ = false, is_stopping_ = false;
    std::thread thread_;
};

} // namespace huitong::app
