#include "store/sqlite/log_chain.hpp"

#include "store/sqlite/connection.hpp"

namespace huitong::store {

LogHash::LogHash(std::string_view previous, LogTime t, Instant instant, std::string_view actor, std::string_view reason,
                 std::string_view message_id) {
    text_.append(previous).append("\n").append(std::to_string(t)).append("\n").append(std::to_string(instant.microseconds)).append("\n");
    text_.append(actor).append("\n").append(reason).append("\n").append(message_id).append("\n");
}

void LogHash::add(const ResourceKey& key, std::uint32_t version, Action action, std::string_view version_hash) {
    text_.append(key.type).append("/").append(key.id).append(" ").append(std::to_string(version)).append(" ");
    text_.append(std::to_string(static_cast<int>(action))).append(" ").append(version_hash).append("\n");
}

std::string version_hash(std::string_view body_hash, std::string_view owner, std::string_view labels) {
    std::string text(body_hash);
    text.append("\n").append(owner).append("\n").append(labels);
    return sha256_hex(text);
}

LogTime load_log_chain(Connection& writer) {
    {
        auto known = writer.prepare("SELECT value FROM counter WHERE name = 'log_chain'");
        if (known.step()) return known.key(0);
    }
    LogTime next = 1;
    {
        auto newest = writer.prepare("SELECT coalesce(max(t), 0) + 1 FROM log");
        if (newest.step()) next = newest.key(0);
    }
    writer.prepare("INSERT INTO counter VALUES('log_chain', ?)").bind(next).run();
    return next;
}

} // namespace huitong::store
