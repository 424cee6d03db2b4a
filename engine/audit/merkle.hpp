/// Merkle trees over the records of a log: a root that stands for all of them, and short proofs that one is among them, or that a later
/// tree only grew. Nodes are SHA-256 with a byte in front that tells leaves (0) from inner nodes (1).
///
/// Thread: values. Source: RFC 6962 §2.1 (tree, audit paths, consistency proofs); checking as in RFC 9162 §2.1.3, §2.1.4.
#pragma once

#include "base/sha256.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace huitong::audit {

/// Of a record; the logs' trees have the text of a record's chained hash as its leaf.
Digest leaf_hash(std::string_view record);
Digest node_hash(const Digest& left, const Digest& right);

/// Grows a leaf at a time and keeps only the roots of its complete subtrees, the largest first: at most 64 hashes.
class MerkleTree {
public:
    MerkleTree() = default;
    /// As `subtrees` of a tree of this size gave them.
    MerkleTree(std::uint64_t size, std::vector<Digest> subtrees) : size_(size), subtrees_(std::move(subtrees)) {}
    void append(const Digest& leaf);
    /// Of the empty tree: SHA-256 of nothing.
    Digest root() const;
    std::uint64_t size() const { return size_; }
    const std::vector<Digest>& subtrees() const { return subtrees_; }

private:
    std::uint64_t size_ = 0;
    std::vector<Digest> subtrees_;
};

/// Root of all leaves.
Digest root_of(std::span<const Digest> leaves);
/// The hashes that lead from leaf `index` (from 0) to the root, nearest first.
std::vector<Digest> inclusion_path(std::span<const Digest> leaves, std::uint64_t index);
bool check_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size, std::span<const Digest> path, const Digest& root);
/// The hashes that show that the first `old_size` leaves are still the first.
std::vector<Digest> consistency_path(std::span<const Digest> leaves, std::uint64_t old_size);
bool check_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t size, const Digest& root,
                       std::span<const Digest> path);

/// From 64 hex digits; nullopt: they are not.
std::optional<Digest> read_digest(std::string_view hex);

} // namespace huitong::audit
