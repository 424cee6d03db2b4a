/// Order per patient, parallel across patients, and no feed behind another's flood: a message is ready when it is the first of every order
/// key it carries; of what is ready so many run at once, the feeds taking turns.
/// Thread: any.
#pragma once

#include "feeds/adapter.hpp"

#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <set>

namespace huitong::feeds {

class Dispatcher {
public:
    /// `start` is called (from the thread that made room or made the message ready) for each number whose turn it is.
    explicit Dispatcher(std::function<void(std::uint64_t)> start, std::size_t running_max = std::numeric_limits<std::size_t>::max())
        : start_(std::move(start)), running_max_(running_max) {}
    void add(std::uint64_t number, std::vector<std::string> keys, const SourceId& source = {});
    /// A running message waits for something else: another may run meanwhile. It goes on without asking, and keeps its keys.
    void step_aside(std::uint64_t number);
    void finished(std::uint64_t number);
    /// Messages that are not finished: all, or those of one feed.
    std::size_t backlog() const;
    std::size_t backlog(const SourceId& source) const;

private:
    struct Waiting {
        std::vector<std::string> keys;
        SourceId source;
    };
    bool is_ready(std::uint64_t number) const;
    void line_up(std::uint64_t number);
    std::vector<std::uint64_t> whose_turn_it_is();

    std::function<void(std::uint64_t)> start_;
    std::size_t running_max_;
    mutable std::mutex mutex_;
    std::map<std::string, std::deque<std::uint64_t>> queues_; ///< by order key
    std::map<std::uint64_t, Waiting> waiting_;                ///< everything not finished
    std::map<SourceId, std::size_t> backlogs_;                ///< how many of those, by feed
    std::map<SourceId, std::deque<std::uint64_t>> ready_;     ///< not started yet
    std::set<std::uint64_t> running_;                         ///< without those that stepped aside
    SourceId served_;                                         ///< the feed whose turn was the last
};

} // namespace huitong::feeds
