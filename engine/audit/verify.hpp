/// Checks the two logs, the chains of facts and what they say about each other, and names the first bad record. Changes nothing. Thread:
/// any.
///
/// The transaction log is a hash chain in the store, the access log one in files. Each names heads of the other now and then (deriver.hpp),
/// so that an edit, a deletion, a new order or a cut tail in one is found even where its own chain was made anew. Both rolled back together
/// can be found only against a checkpoint that was kept elsewhere: print one daily. Chains of facts (the ledger of recognition) are named
/// by the access log in the same way. A hub may be at work meanwhile. Source: design "What happened"; trust goal S5.
#pragma once

#include "audit/checkpoint.hpp"

namespace huitong::audit {

struct Verification {
    Outcome issues; ///< empty, or journal-tail alone: all is well
    std::uint64_t log_entries = 0, access_records = 0;
    std::map<std::string, std::uint64_t> chain_entries; ///< by name
    Checkpoint heads;
    Verification() {}
};
struct Subject {
    store::Store& store;
    std::string access_log_directory;
    std::vector<FactChain> chains;
};
/// `kept`: a checkpoint from elsewhere, nullptr = none.
/// Issues: audit-chain-broken (entry of the transaction log), journal-damaged (record of the access log), audit-facts-broken (entry of a
/// chain), audit-access-missing (a record the transaction log knows), audit-log-missing and audit-facts-missing (an entry the access log
/// knows), audit-rolled-back (the checkpoint's head is not there), audit-tree (the records that the checkpoint's tree stands for are not
/// the same any more), and journal-tail (warning).
Verification verify(const Subject& subject, const Checkpoint* kept = nullptr);

} // namespace huitong::audit
