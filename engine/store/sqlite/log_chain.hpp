/// The hash chain of the transaction log: every entry's hash covers the hash before it, what the entry says, and the SHA-256 of every body
/// it wrote. Format (one line each, '\n' at the end): previous hash, t, instant in microseconds, actor, reason, message id; then for each
/// write in order type/id, version, action number, hash of the version. Hashes are lower-case hex. docs/formats/audit.md describes it for
/// auditors.
#pragma once

#include "base/sha256.hpp"
#include "store/store.hpp"

namespace huitong::store {

class Connection;

class LogHash {
public:
    LogHash(std::string_view previous, LogTime t, Instant instant, std::string_view actor, std::string_view reason,
            std::string_view message_id);
    /// `version_hash`: see below.
    void add(const ResourceKey& key, std::uint32_t version, Action action, std::string_view version_hash);
    std::string finish() const { return sha256_hex(text_); }

private:
    std::string text_;
};

/// What an entry's hash covers of a version: its body, and whose it is and whom it is hidden from, so that nobody makes a hidden record
/// visible unseen. Entries of before (those before Shared::log_chain_from) cover the SHA-256 of the body alone.
/// `body_hash`: lower-case hex; `labels`: each followed by a blank.
std::string version_hash(std::string_view body_hash, std::string_view owner, std::string_view labels);

/// The first entry that covers owner and labels (counter `log_chain`); where there is none yet, the next one to be written.
LogTime load_log_chain(Connection& writer);

} // namespace huitong::store
