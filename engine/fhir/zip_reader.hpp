/// The files of a zip archive: stored or deflated entries, one after the other, each within a limit of bytes.
/// Not read: encrypted archives, several volumes, sizes beyond 4 GiB (Zip64). Internal to the room; read_package comes here by itself.
/// Source: PKWARE APPNOTE 6.3, §4.3 (central directory, local header). Thread: any.
#pragma once

#include "base/outcome.hpp"

#include <functional>
#include <string>

namespace huitong::fhir {

/// Calls `take` for each file that `wants` asks for, by its name and the bytes that it unpacks to. `file` is named in issues.
/// Issues: package-unreadable, package-path.
Outcome read_zip(std::string_view archive, const std::string& file,
                 const std::function<bool(std::string_view name, std::size_t bytes)>& wants,
                 const std::function<void(std::string_view name, std::string text)>& take);

} // namespace huitong::fhir
