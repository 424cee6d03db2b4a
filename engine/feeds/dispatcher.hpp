/// Order per patient, parallel across patients: a message starts when it is the first of every order key it carries.
/// Thread: any.
#pragma once

#include "feeds/adapter.hpp"

#include <deque>
#include <functional>
#include <map>
#include <mutex>

namespace huitong::feeds {

class Dispatcher {
public:
    /// `start` is called (from the thread that made the message ready) for each ready number.
    explicit Dispatcher(std::function<void(std::uint64_t)> start) : start_(std::move(start)) {}
    void add(std::uint64_t number, std::vector<std::string> keys);
    void finished(std::uint64_t number);
    std::size_t backlog() const;

private:
    bool is_ready(std::uint64_t number) const;

    std::function<void(std::uint64_t)> start_;
    mutable std::mutex mutex_;
    std::map<std::string, std::deque<std::uint64_t>> queues_;
    std::map<std::uint64_t, std::vector<std::string>> waiting_; ///< everything not finished
};

} // namespace huitong::feeds
