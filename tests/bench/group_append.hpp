/// The least that a durable log costs: one thread writes all records that wait and makes them durable with one fdatasync.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace huitong::bench {

class GroupAppend {
public:
    explicit GroupAppend(const std::string& file) : file_(open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_TRUNC, 0600)) {
        if (file_ < 0) throw std::runtime_error("cannot open " + file);
        thread_ = std::thread([this] { run(); });
    }
    ~GroupAppend() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
        close(file_);
    }
    GroupAppend(const GroupAppend&) = delete;
    GroupAppend& operator=(const GroupAppend&) = delete;

    /// `done` is called on the log's thread once the record is durable.
    void append(const std::string& record, std::function<void()> done) {
        const std::lock_guard lock(mutex_);
        bytes_ += record;
        waiting_.push_back(std::move(done));
        wake_.notify_one();
    }
    std::uint64_t syncs() const { return syncs_; }

private:
    void run() {
        while (true) {
            std::string bytes;
            std::vector<std::function<void()>> waiting;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
                if (waiting_.empty()) return;
                bytes.swap(bytes_);
                waiting.swap(waiting_);
            }
            if (write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) throw std::runtime_error("short write");
            fdatasync(file_);
            ++syncs_;
            for (const auto& done : waiting) done();
        }
    }

    int file_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::string bytes_;
    std::vector<std::function<void()>> waiting_;
    std::uint64_t syncs_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace huitong::bench
