#include "app/watch.hpp"

#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <thread>

namespace huitong::app {
namespace {

namespace fs = std::filesystem;
using Times = std::map<std::string, fs::file_time_type>;

void add_file(const fs::path& file, Times& out) {
    std::error_code failure;
    if (const auto time = fs::last_write_time(file, failure); !failure) out[file.string()] = time;
}

Times times_of(const std::vector<std::string>& paths) {
    Times out;
    for (const auto& path : paths) {
        std::error_code failure;
        if (!fs::is_directory(path, failure)) add_file(path, out);
        else
            for (fs::recursive_directory_iterator at(path, failure), end; !failure && at != end; at.increment(failure)) {
                if (at->is_regular_file()) add_file(at->path(), out);
            }
    }
    return out;
}

} // namespace

int watch(const std::vector<std::string>& paths, bool once, const std::function<int()>& work) {
    for (;;) {
        // Taken before the work: what changes while it runs is seen.
        const auto before = times_of(paths);
        const int exit = work();
        if (once) return exit;
        std::cout << "watching, " << before.size() << " files\n" << std::flush;
        while (times_of(paths) == before) std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
}

} // namespace huitong::app
