/// Raw limits of the machine's disk.
#include "bench/bench.hpp"
#include "bench/group_append.hpp"

namespace huitong::bench {

int measure_fsync(const Arguments& arguments) {
    const auto path = arguments.at(0) + "/fsync.bin";
    const double seconds = std::stod(arguments.at(1));
    const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    if (file < 0) return 1;
    const std::string page(4096, 'x');
    std::vector<std::uint32_t> microseconds;
    const auto start = Clock::now();
    while (seconds_since(start) < seconds) {
        const auto before = Clock::now();
        if (write(file, page.data(), page.size()) < 0 || fdatasync(file) != 0) return 1;
        microseconds.push_back(static_cast<std::uint32_t>(seconds_since(before) * 1e6));
    }
    const auto rate = static_cast<double>(microseconds.size()) / seconds_since(start);
    close(file);
    unlink(path.c_str());
    std::printf("{\"per_second\":%.0f,\"p50_us\":%u,\"p99_us\":%u}\n", rate, percentile(microseconds, 0.5), percentile(microseconds, 0.99));
    return 0;
}

int measure_journal(const Arguments& arguments) {
    const auto path = arguments.at(0) + "/journal.bin";
    const auto records = std::stoul(arguments.at(1));
    const std::string record(std::stoul(arguments.at(2)), 'x');
    const auto waiting = std::stoul(arguments.at(3));
    std::mutex mutex;
    std::condition_variable done;
    std::size_t sent = 0, durable = 0;
    const auto start = Clock::now();
    std::uint64_t syncs = 0;
    {
        GroupAppend log(path);
        std::unique_lock lock(mutex);
        while (durable < records) {
            while (sent < records && sent - durable < waiting) {
                ++sent;
                lock.unlock();
                log.append(record, [&] {
                    const std::lock_guard inner(mutex);
                    ++durable;
                    done.notify_one();
                });
                lock.lock();
            }
            done.wait(lock, [&] { return durable == records || (sent < records && sent - durable < waiting); });
        }
        syncs = log.syncs();
    }
    const auto seconds = seconds_since(start);
    unlink(path.c_str());
    std::printf("{\"per_second\":%.0f,\"syncs\":%llu}\n", static_cast<double>(records) / seconds, static_cast<unsigned long long>(syncs));
    return 0;
}

} // namespace huitong::bench
