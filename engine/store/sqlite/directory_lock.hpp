/// One process holds a data directory: an advisory lock on DIR/lock, in which the holder writes its pid and control address.
#pragma once

#include "base/outcome.hpp"

namespace huitong::store {

class DirectoryLock {
public:
    DirectoryLock() = default;
    DirectoryLock(DirectoryLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    DirectoryLock& operator=(DirectoryLock&& other) noexcept {
        std::swap(file_, other.file_);
        return *this;
    }
    ~DirectoryLock();
    /// Issues: store-locked (with the pid of the holder), store-directory.
    static Result<DirectoryLock> take(const std::string& directory, const std::string& control_address);

private:
    int file_ = -1;
};

} // namespace huitong::store
