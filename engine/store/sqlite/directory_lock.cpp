#include "store/sqlite/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>

namespace huitong::store {

DirectoryLock::~DirectoryLock() {
    if (file_ >= 0) ::close(file_);
}

Result<DirectoryLock> DirectoryLock::take(const std::string& directory, const std::string& control_address) {
    DirectoryLock lock;
    lock.file_ = ::open((directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock.file_ < 0) return Outcome(huitong::error(IssueCode::exception, "", "store-directory"));
    if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
        std::array<char, 256> text{};
        const auto size = ::read(lock.file_, text.data(), text.size() - 1);
        std::string holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        holder = holder.substr(0, holder.find('\n'));
        return Outcome(huitong::error(IssueCode::lock_error, "", "store-locked", {holder}));
    }
    const std::string text = std::to_string(::getpid()) + "\n" + control_address + "\n";
    if (::ftruncate(lock.file_, 0) != 0 || ::pwrite(lock.file_, text.data(), text.size(), 0) < 0)
        return Outcome(huitong::error(IssueCode::exception, "", "store-directory"));
    return lock;
}

} // namespace huitong::store
