/// What two hubs compare: the content of a version without what each hub numbers for itself (meta.versionId, meta.lastUpdated).
#pragma once

#include "store/store.hpp"

namespace huitong::exchange {

inline constexpr std::string_view kRemoved = "-";

/// Lower-case hex of 128 bits of SHA-256 over a body as the store keeps it.
std::string content_digest(std::string_view stored_body);
/// The same of a version as it is read, and `kRemoved` of a removal.
std::string content_digest(const store::Version& version);

} // namespace huitong::exchange
