/// How many files the program may hold open at once: each connection is one, and what the system gives by default (1,024) is less than the
/// connections that the hub is to serve.
#pragma once

#include "base/limits.hpp"
#include "base/outcome.hpp"

namespace huitong::app {

/// Raises the program's limit, as far as the system lets it, to what `connections_max` needs. Issues: files-limit (warning: what there is,
/// what may be needed).
Outcome raise_file_limit(const Limits& limits);

} // namespace huitong::app
