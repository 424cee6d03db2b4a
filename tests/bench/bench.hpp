/// Small programs that measure: what the machine can do (raw limits), and what a hub does (load over HTTP). Each prints one JSON line.
/// scripts/bench calls them; see docs/performance.md.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace huitong::bench {

using Arguments = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Value at a share of the sorted list, 0 when it is empty.
inline std::uint32_t percentile(std::vector<std::uint32_t>& values, double share) {
    if (values.empty()) return 0;
    const auto at = std::min(values.size() - 1, static_cast<std::size_t>(static_cast<double>(values.size()) * share));
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
    return values[at];
}

/// fsync DIR SECONDS: appends of 4 KB, each made durable.
int measure_fsync(const Arguments& arguments);
/// journal DIR RECORDS BYTES WAITING: appends with so many callers waiting at a time, one fdatasync for all that wait.
int measure_journal(const Arguments& arguments);
/// sqlite SOURCE.db DIR RESOURCES PER_COMMIT: the rows of a hub's database written again into a bare SQLite, with nothing around it.
int measure_sqlite(const Arguments& arguments);
/// bare ADDRESS DIR BODY_FILE: a Beast server that answers every GET with the file's bytes once an access record is durable; runs until
/// its standard input ends.
int serve_bare(const Arguments& arguments);
/// http ADDRESS CONNECTIONS SECONDS paths|bodies FILE [TOKEN]: GET of the file's lines over and over, or POST of each of its lines once
/// to /fhir.
int load_http(const Arguments& arguments);
/// open ADDRESS RATE SECONDS PATH FILE TOKEN: POSTs of the file's lines, which arrive at random RATE times a second whether or not earlier
/// ones are answered.
int load_open(const Arguments& arguments);

} // namespace huitong::bench
