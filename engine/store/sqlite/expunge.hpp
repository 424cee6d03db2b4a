/// Takes versions out for good, inside the writer's transaction: bodies, index rows, and the values of the dictionary that nobody else has.
/// A version's row stays with the SHA-256 of its body (codec kExpunged), so that the hash chain of the log can still be verified.
/// The index tables are in the order of values, so the rows of the types concerned are read once: its time grows with the rows of a type,
/// not with the size of the store. Thread: the writer's.
#pragma once

#include "store/sqlite/body_codec.hpp"
#include "store/sqlite/tag_sets.hpp"
#include "store/store.hpp"

#include <set>

namespace huitong::store {

struct Shared;

class Expunger {
public:
    Expunger(Connection& connection, Shared& shared) : connection_(connection), shared_(shared) {}
    /// Versions taken out. Whoever keeps numbers of terms and resources in memory must forget them afterwards.
    std::uint64_t run(const std::vector<Expunge>& wanted);

private:
    void mark(const Expunge& wanted);
    std::uint64_t empty_bodies();
    void remove_rows(Symbol type);
    void remove_from_sets(Symbol type);
    void remove_from_patients();
    void remove_from_blocks();
    void remove_orphans();
    /// Whether a row of one of the parameters has the key.
    bool is_used(const std::vector<Symbol>& parameters, const char* sql, std::int64_t key);
    /// Dictionaries trained on a value that is gone are used no more; `Writer::tend` rids the store of them.
    void retire_dictionaries(const std::vector<std::string>& values);

    Connection& connection_;
    Shared& shared_;
    std::set<Symbol> types_;           ///< of the versions
    std::set<std::uint64_t> segments_; ///< that hold their dates and numbers
    std::set<TermId> terms_;           ///< that they had
    std::set<std::int64_t> places_;    ///< foreign addresses that they pointed at
};

} // namespace huitong::store
