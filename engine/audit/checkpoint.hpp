/// The heads of all logs of a hub at one moment, as one line that can be printed, mailed or kept by another hub, and its signature.
///
///   huitong-checkpoint log=42:<hash> access=1:4096:<hash> ledger=7:<hash> tree:log=42:<root> tree:access=80:<root>
///   signature=<key>:<base64>
///
/// `log` is an entry, `access` segment and offset of a record, further names are chains of facts with a sequence; `tree:` is the number of
/// records and the Merkle root over them. The signature covers everything before it. Thread: values.
#pragma once

#include "audit/fact_chain.hpp"
#include "audit/merkle.hpp"
#include "audit/signing_key.hpp"
#include "base/journal.hpp"

#include <map>

namespace huitong::audit {

inline constexpr auto kLogTree = "log", kAccessTree = "access"; ///< further trees are named as their chains of facts

struct TreeHead {
    std::uint64_t size = 0;
    std::string root; ///< hex
    bool operator==(const TreeHead&) const = default;
};
TreeHead head_of(const MerkleTree& tree);

struct Checkpoint {
    store::LogTime log_t = 0;
    std::string log_hash;
    JournalPosition access_position = 0; ///< of the last record
    std::string access_hash;
    std::map<std::string, ChainHead> chains; ///< of facts, by name
    std::map<std::string, TreeHead> trees;   ///< by name; older lines have none
};

/// Without a signature.
std::string write_checkpoint(const Checkpoint& checkpoint);
/// The signed line, without a line feed.
std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);

struct SignedCheckpoint {
    Checkpoint checkpoint;
    std::string text; ///< what is signed
    std::string key_id, signature;
};
/// A line with or without a signature; nullopt: it is none.
std::optional<SignedCheckpoint> read_signed(std::string_view line);
std::optional<Checkpoint> read_checkpoint(std::string_view line);
/// Issues: audit-signature (missing, by another key, or not fitting).
Outcome check_signed(const SignedCheckpoint& line, std::string_view public_pem);

/// "segment:offset".
std::string place_text(JournalPosition position);
std::optional<JournalPosition> read_place(std::string_view text);

} // namespace huitong::audit
