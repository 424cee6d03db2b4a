/// SHA-256 of a file, read piece by piece. Thread: any.
#pragma once

#include <optional>
#include <string>

namespace huitong {

/// Lower-case hex; nullopt when the file cannot be read.
std::optional<std::string> sha256_of_file(const std::string& file);

} // namespace huitong
