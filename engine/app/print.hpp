/// What commands say: findings on stderr, one line each with place, words and hint; exit codes from an Outcome in one place.
#pragma once

#include "app/command.hpp"
#include "base/outcome.hpp"

namespace huitong::app {

/// Every issue on stderr (findings.hpp).
void print_issues(const Outcome& issues);
/// Exit code that an outcome means: store-…, journal-… and backup-… 5, control and transport 4, else configuration 3; 0 without errors.
Exit exit_code_of(const Outcome& outcome);

} // namespace huitong::app
