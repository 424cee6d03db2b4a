/// Writes signed checkpoints by itself: a line to a file (which may lie on another machine's disk), to the system's log, and to whoever
/// asks. It follows the logs a page at a time and keeps only the roots of complete subtrees, so a line costs what came since the last one.
///
/// How far it followed lies in facts, written with each line; should they be lost or edited, it follows from the beginning again, and
/// `audit verify` compares every kept line with the logs themselves. Thread: any; one step at a time.
#pragma once

#include "audit/access_log.hpp"
#include "audit/checkpoint.hpp"

#include <functional>
#include <mutex>

namespace huitong::audit {

class Checkpointer {
public:
    struct Settings {
        std::uint32_t interval_minutes = 60;
        std::string file;       ///< lines are appended, "" = none
        bool to_syslog = false; ///< facility authpriv
    };
    /// All outlive it.
    Checkpointer(store::Store& store, const AccessLog& log, std::vector<FactChain> chains, SigningKey key, const Clock& clock,
                 Settings settings);

    /// Follows what is new and, when the time has come and something is new, writes a line. True: there is more to follow.
    /// Issues: those of the store and the journal; audit-checkpoint-file.
    Result<bool> step();
    /// The signed line for now, after following everything.
    Result<std::string> line();
    const SigningKey& key() const { return key_; }
    std::uint64_t written() const;

private:
    Result<bool> follow();
    void follow_chain(const FactChain& chain, bool& more);
    void load();
    Result<void> write(const std::string& text);
    std::vector<store::FactWrite> positions() const;

    store::Store& store_;
    const AccessLog& log_;
    std::vector<FactChain> chains_;
    SigningKey key_;
    const Clock& clock_;
    Settings settings_;
    mutable std::mutex mutex_;
    Checkpoint heads_; ///< `trees` follow from `trees_`
    std::map<std::string, MerkleTree> trees_;
    JournalPosition access_next_ = 0;
    Instant written_at_;
    std::string written_line_;
    std::uint64_t written_ = 0;
};

} // namespace huitong::audit
