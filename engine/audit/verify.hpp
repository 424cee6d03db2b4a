/// Checks the two chains and what they say about each other, and names the first bad record. Changes nothing. Thread: any.
///
/// The transaction log is a hash chain in the store, the access log one in files. Each names heads of the other now and then (deriver.hpp),
/// so that an edit, a deletion, a new order or a cut tail in one is found even where its own chain was made anew. Both rolled back together
/// can be found only against a checkpoint that was kept elsewhere: print one daily. Source: design "What happened"; trust goal S5.
#pragma once

#include "base/journal.hpp"
#include "store/store.hpp"

namespace huitong::audit {

/// The heads of both chains: "huitong-checkpoint log=42:<hash> access=1:4096:<hash>".
struct Checkpoint {
    store::LogTime log_t = 0;
    std::string log_hash;
    JournalPosition access_position = 0; ///< of the last record
    std::string access_hash;
};
std::string write_checkpoint(const Checkpoint& checkpoint);
std::optional<Checkpoint> read_checkpoint(std::string_view text);

struct Verification {
    Outcome issues; ///< empty, or journal-tail alone: all is well
    std::uint64_t log_entries = 0, access_records = 0;
    Checkpoint heads;
    Verification() {}
};
/// `kept`: a checkpoint from elsewhere, nullptr = none. Nobody may have the access log open.
/// Issues: audit-chain-broken (entry of the transaction log), journal-damaged (record of the access log), audit-access-missing (a record
/// the transaction log knows), audit-log-missing (an entry the access log knows), audit-rolled-back (the checkpoint's head is not there),
/// and journal-tail (warning).
Verification verify(store::Store& store, const std::string& access_log_directory, const Checkpoint* kept = nullptr);

} // namespace huitong::audit
