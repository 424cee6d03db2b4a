/// FHIR npm packages: a gzip-compressed tar with `package/*.json`, or a zip of the same. Refuses names that leave the package.
#pragma once

#include "base/outcome.hpp"

#include <functional>
#include <string>

namespace huitong::fhir {

constexpr std::size_t kPackageFileBytesMax = 64 * 1024 * 1024; ///< of one file; the largest published definition has 5 MB

/// True for an absolute name and one that goes upwards.
bool leaves_package(std::string_view name);

/// Calls `take(name, text)` for each regular file whose name passes `wants(name)`. Issues: package-unreadable, package-path.
Outcome read_package(const std::string& file, const std::function<bool(std::string_view name)>& wants,
                     const std::function<void(std::string_view name, std::string text)>& take);

} // namespace huitong::fhir
