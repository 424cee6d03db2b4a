/// FHIR npm packages: a gzip-compressed tar with `package/*.json`. Streams the files; refuses names that leave the package.
#pragma once

#include "base/outcome.hpp"

#include <functional>
#include <string>

namespace huitong::fhir {

/// Calls `take(name, text)` for each regular file whose name passes `wants(name)`. Issues: package-unreadable, package-path.
Outcome read_package(const std::string& file, const std::function<bool(std::string_view name)>& wants,
                     const std::function<void(std::string_view name, std::string text)>& take);

} // namespace huitong::fhir
