/// The loop of `huitong batch`: lines in, answers out, in order. See batch.hpp.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace huitong::app::batch {

/// Returns the exit code. `packages` are FHIR packages to load for every request.
int run_loop(std::istream& in, std::ostream& out, const std::string& root, const std::vector<std::string>& packages);

} // namespace huitong::app::batch
