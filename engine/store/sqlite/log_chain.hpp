/// The hash chain of the transaction log: every entry's hash covers the hash before it, what the entry says, and the SHA-256 of every body
/// it wrote. Format (one line each, '\n' at the end): previous hash, t, instant in microseconds, actor, reason, message id; then for each
/// write in order type/id, version, action number, hash of the body. Hashes are lower-case hex. docs/formats/transaction-log.md describes
/// it for auditors.
#pragma once

#include "base/sha256.hpp"
#include "store/store.hpp"

namespace huitong::store {

class LogHash {
public:
    LogHash(std::string_view previous, LogTime t, Instant instant, std::string_view actor, std::string_view reason,
            std::string_view message_id);
    /// `body_hash`: SHA-256 of the body as stored, hex.
    void add(const ResourceKey& key, std::uint32_t version, Action action, std::string_view body_hash);
    std::string finish() const { return sha256_hex(text_); }

private:
    std::string text_;
};

} // namespace huitong::store
