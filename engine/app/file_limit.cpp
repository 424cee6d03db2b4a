#include "app/file_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace huitong::app {
namespace {

/// Beside the connections of the REST door: the databases of all readers, journals, connections of feeds and to other hubs.
constexpr rlim_t kOwnFiles = 1'000;

} // namespace

Outcome raise_file_limit(const Limits& limits) {
    const rlim_t wanted = limits.connections_max + kOwnFiles;
    rlimit present{};
    if (::getrlimit(RLIMIT_NOFILE, &present) != 0 || present.rlim_cur >= wanted) return {};
    rlimit raised = present;
    raised.rlim_cur = std::min(wanted, present.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) raised = present;
    if (raised.rlim_cur >= wanted) return {};
    return warning(IssueCode::too_costly, "", "files-limit", {std::to_string(raised.rlim_cur), std::to_string(wanted)});
}

} // namespace huitong::app
