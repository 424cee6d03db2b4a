#include "store/sqlite/log_chain.hpp"

namespace huitong::store {

LogHash::LogHash(std::string_view previous, LogTime t, Instant instant, std::string_view actor, std::string_view reason,
                 std::string_view message_id) {
    text_.append(previous).append("\n").append(std::to_string(t)).append("\n").append(std::to_string(instant.microseconds)).append("\n");
    text_.append(actor).append("\n").append(reason).append("\n").append(message_id).append("\n");
}

void LogHash::add(const ResourceKey& key, std::uint32_t version, Action action, std::string_view body_hash) {
    text_.append(key.type).append("/").append(key.id).append(" ").append(std::to_string(version)).append(" ");
    text_.append(std::to_string(static_cast<int>(action))).append(" ").append(body_hash).append("\n");
}

} // namespace huitong::store
