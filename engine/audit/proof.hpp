/// A proof that one record stands in a log as a checkpoint knew it: small enough to hand to a court or a patient, checked without the hub.
///
/// The leaf is the record's chained hash; for the access log and chains of facts the record's text and the hash before it go along, so that
/// whoever checks sees that the leaf is of this text. Thread: values. Source: RFC 6962 §2.1.1.
#pragma once

#include "audit/verify.hpp"

namespace huitong::audit {

struct Proof {
    std::string tree;             ///< kLogTree, kAccessTree or the name of a chain
    std::string entry;            ///< "log:42", "access:1:4096", "ledger:7"
    std::string hash;             ///< the record's chained hash, hex
    std::string previous, record; ///< what the hash is of, where a record has a text of its own; "" for the transaction log
    std::uint64_t index = 0;      ///< from 0
    TreeHead head;
    std::vector<Digest> path; ///< nearest first
};

/// `entry` in the form of Proof::entry; `kept`: the tree as that checkpoint has it, nullptr = as it is now.
/// Issues: audit-entry (no such record, or not under the checkpoint), audit-tree (the records are no longer those of the checkpoint).
Result<Proof> prove(const Subject& subject, const std::string& entry, const Checkpoint* kept);

std::string write_proof(const Proof& proof);
std::optional<Proof> read_proof(const std::string& json);

/// Issue: audit-proof (the path does not lead to the root, the text is not the hash's, or the checkpoint has another tree).
Outcome check_proof(const Proof& proof, const Checkpoint& checkpoint);

} // namespace huitong::audit
