/// A chain of hashes in a fact table of the store: the ledger of recognition, or whatever counts later. Entries are never changed.
///
/// Key: 16 digits of the sequence from 1. Value: hash, '\n', hash before, '\n', text; hash = lower-case hex SHA-256 of (hash before, '\n',
/// text). A fact of its own holds "<sequence> <hash>" of the newest entry, written in the same commit. Thread: any.
#pragma once

#include "store/store.hpp"

namespace huitong::audit {

struct FactChain {
    std::string name;  ///< for people and checkpoints: "ledger"
    std::string table; ///< of the entries
    std::string head_table, head_key;
};

struct FactEntry {
    std::uint64_t sequence = 0;
    std::string hash, previous, text;
};
struct ChainHead {
    std::uint64_t sequence = 0; ///< 0 = empty
    std::string hash;
    bool operator==(const ChainHead&) const = default;
};

std::string sequence_key(std::uint64_t sequence);
std::string chained_hash(const std::string& previous, const std::string& text);
std::string write_entry(const FactEntry& entry);
/// Sequence 0 or an empty hash: not an entry.
FactEntry read_entry(const std::string& key, const std::string& value);
std::string write_head(const ChainHead& head);
ChainHead read_head(store::Store& store, const FactChain& chain);

/// Walks the chain from its first entry to its head; appends that go on meanwhile do no harm. Issue: audit-facts-broken (name, sequence of
/// the first entry that does not agree, is missing, or is there without a head that knows it).
Outcome walk_chain(store::Store& store, const FactChain& chain, const std::function<void(const FactEntry&)>& visit);

} // namespace huitong::audit
