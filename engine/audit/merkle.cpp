#include "audit/merkle.hpp"

#include <bit>

namespace huitong::audit {
namespace {

std::string_view bytes_of(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

/// The largest power of two below `size` (which is at least 2): where a tree parts.
std::uint64_t split_of(std::uint64_t size) { return std::bit_floor(size - 1); }

/// The path of RFC 6962's SUBPROOF; `is_whole`: the part of the old tree is a subtree whose root the checker knows.
void add_subproof(std::span<const Digest> leaves, std::uint64_t old_size, bool is_whole, std::vector<Digest>& out) {
    if (old_size == leaves.size()) {
        if (!is_whole) out.push_back(root_of(leaves));
        return;
    }
    const auto split = split_of(leaves.size());
    if (old_size <= split) {
        add_subproof(leaves.first(split), old_size, is_whole, out);
        out.push_back(root_of(leaves.subspan(split)));
    } else {
        add_subproof(leaves.subspan(split), old_size - split, false, out);
        out.push_back(root_of(leaves.first(split)));
    }
}

} // namespace

Digest leaf_hash(std::string_view record) { return sha256(std::string_view("\0", 1), record); }

Digest node_hash(const Digest& left, const Digest& right) {
    std::string text("\1");
    text.append(bytes_of(left)).append(bytes_of(right));
    return sha256(text);
}

void MerkleTree::append(const Digest& leaf) {
    auto node = leaf;
    // Complete subtrees of one size join, as ones of a counter carry.
    for (auto size = size_; (size & 1) != 0; size >>= 1) {
        node = node_hash(subtrees_.back(), node);
        subtrees_.pop_back();
    }
    subtrees_.push_back(node);
    ++size_;
}

Digest MerkleTree::root() const {
    if (subtrees_.empty()) return sha256("");
    auto out = subtrees_.back();
    for (auto left = subtrees_.rbegin() + 1; left != subtrees_.rend(); ++left) out = node_hash(*left, out);
    return out;
}

Digest root_of(std::span<const Digest> leaves) {
    MerkleTree tree;
    for (const auto& leaf : leaves) tree.append(leaf);
    return tree.root();
}

std::vector<Digest> inclusion_path(std::span<const Digest> leaves, std::uint64_t index) {
    if (leaves.size() < 2) return {};
    const auto split = split_of(leaves.size());
    const bool is_left = index < split;
    auto out = is_left ? inclusion_path(leaves.first(split), index) : inclusion_path(leaves.subspan(split), index - split);
    out.push_back(root_of(is_left ? leaves.subspan(split) : leaves.first(split)));
    return out;
}

bool check_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size, std::span<const Digest> path, const Digest& root) {
    if (index >= size) return false;
    auto place = index, last = size - 1;
    auto node = leaf;
    for (const auto& other : path) {
        if (last == 0) return false;
        if ((place & 1) != 0 || place == last) {
            node = node_hash(other, node);
            while ((place & 1) == 0 && place != 0) place >>= 1, last >>= 1;
        } else {
            node = node_hash(node, other);
        }
        place >>= 1, last >>= 1;
    }
    return last == 0 && node == root;
}

std::vector<Digest> consistency_path(std::span<const Digest> leaves, std::uint64_t old_size) {
    std::vector<Digest> out;
    if (old_size != 0 && old_size < leaves.size()) add_subproof(leaves, old_size, true, out);
    return out;
}

bool check_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t size, const Digest& root,
                       std::span<const Digest> path) {
    if (old_size > size) return false;
    if (old_size == size) return path.empty() && old_root == root;
    if (old_size == 0) return path.empty() && old_root == sha256("");
    std::vector<Digest> all;
    if (std::has_single_bit(old_size)) all.push_back(old_root); // the old tree is a subtree: its root needs no place in the path
    all.insert(all.end(), path.begin(), path.end());
    if (all.empty()) return false;
    auto place = old_size - 1, last = size - 1;
    while ((place & 1) != 0) place >>= 1, last >>= 1;
    auto before = all.front(), now = all.front();
    for (const auto& other : std::span(all).subspan(1)) {
        if (last == 0) return false;
        if ((place & 1) != 0 || place == last) {
            before = node_hash(other, before);
            now = node_hash(other, now);
            while ((place & 1) == 0 && place != 0) place >>= 1, last >>= 1;
        } else {
            now = node_hash(now, other);
        }
        place >>= 1, last >>= 1;
    }
    return last == 0 && before == old_root && now == root;
}

std::optional<Digest> read_digest(std::string_view hex) {
    Digest out{};
    if (hex.size() != out.size() * 2) return std::nullopt;
    const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
    for (std::size_t index = 0; index < out.size(); ++index) {
        const int high = digit(hex[2 * index]), low = digit(hex[2 * index + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out[index] = static_cast<unsigned char>(high * 16 + low);
    }
    return out;
}

} // namespace huitong::audit
