#include "store/sqlite/log_chain.hpp"

#include <openssl/sha.h>

namespace huitong::store {

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(64);
    for (const auto byte : digest) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

LogHash::LogHash(std::string_view previous, LogTime t, Instant instant, std::string_view actor, std::string_view reason, std::string_view message_id) {
    text_.append(previous).append("\n").append(std::to_string(t)).append("\n").append(std::to_string(instant.microseconds)).append("\n");
    text_.append(actor).append("\n").append(reason).append("\n").append(message_id).append("\n");
}

void LogHash::add(const ResourceKey& key, std::uint32_t version, Action action, std::string_view body) {
    text_.append(key.type).append("/").append(key.id).append(" ").append(std::to_string(version)).append(" ");
    text_.append(std::to_string(static_cast<int>(action))).append(" ").append(sha256_hex(body)).append("\n");
}

}  // namespace huitong::store
