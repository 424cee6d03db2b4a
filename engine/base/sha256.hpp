/// SHA-256 (FIPS 180-4) over OpenSSL.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace huitong {

using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view bytes);
/// Digest of both pieces one after the other.
Digest sha256(std::string_view first, std::string_view second);
/// HMAC-SHA256 (RFC 2104).
Digest hmac_sha256(std::string_view key, std::string_view text);
/// Lower-case hex.
std::string hex_text(std::string_view bytes);
inline std::string hex_text(const Digest& digest) {
    return hex_text(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}
inline std::string sha256_hex(std::string_view bytes) { return hex_text(sha256(bytes)); }

} // namespace huitong
