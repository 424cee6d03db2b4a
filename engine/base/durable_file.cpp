#include "base/durable_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

namespace huitong {
namespace {

/// Closes `file` in every case.
bool write_and_close(int file, std::string_view bytes) {
    if (file < 0) return false;
    bool is_whole = true;
    while (is_whole && !bytes.empty()) {
        const auto written = ::write(file, bytes.data(), bytes.size());
        is_whole = written > 0;
        if (is_whole) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    const bool is_durable = is_whole && ::fsync(file) == 0;
    return ::close(file) == 0 && is_durable;
}

std::string folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

} // namespace

bool make_durable(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    const bool is_durable = ::fsync(file) == 0;
    ::close(file);
    return is_durable;
}

bool replace_durably(const std::string& path, std::string_view bytes) {
    const auto draft = path + ".new";
    const bool is_written = write_and_close(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), bytes);
    return is_written && std::rename(draft.c_str(), path.c_str()) == 0 && make_durable(folder_of(path));
}

bool create_private(const std::string& path, std::string_view bytes) {
    return write_and_close(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), bytes) && make_durable(folder_of(path));
}

} // namespace huitong
