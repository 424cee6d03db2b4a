/// Base64 with padding. Source: RFC 4648 §4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace huitong {

std::string encode_base64(std::string_view bytes);
/// White space is passed over; nullopt: no Base64.
std::optional<std::string> decode_base64(std::string_view text);

} // namespace huitong
