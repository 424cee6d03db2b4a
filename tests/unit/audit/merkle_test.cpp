// Trees over the logs, held against the definition of RFC 6962 §2.1 word for word.
#include "audit/merkle.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::audit;

namespace {

std::vector<Digest> leaves(std::size_t count) {
    std::vector<Digest> out;
    for (std::size_t index = 0; index < count; ++index) out.push_back(leaf_hash("record " + std::to_string(index)));
    return out;
}

/// The definition, word for word: the largest power of two smaller than n parts the list.
Digest defined_root(std::span<const Digest> all) {
    if (all.empty()) return sha256("");
    if (all.size() == 1) return all.front();
    std::size_t split = 1;
    while (split * 2 < all.size()) split *= 2;
    return node_hash(defined_root(all.first(split)), defined_root(all.subspan(split)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(merkle)

BOOST_AUTO_TEST_CASE(leaves_and_nodes_are_told_apart) {
    BOOST_TEST(hex_text(root_of({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    BOOST_TEST(hex_text(leaf_hash("")) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    BOOST_TEST(hex_text(leaf_hash("")) != hex_text(sha256("")));
}

BOOST_AUTO_TEST_CASE(a_tree_that_grows_has_the_root_of_the_definition) {
    MerkleTree tree;
    const auto all = leaves(130);
    for (std::size_t count = 0; count < all.size(); ++count) {
        BOOST_TEST(hex_text(tree.root()) == hex_text(defined_root(std::span(all).first(count))), count);
        const MerkleTree again(tree.size(), tree.subtrees());
        BOOST_TEST(hex_text(again.root()) == hex_text(tree.root()));
        tree.append(all[count]);
    }
}

BOOST_AUTO_TEST_CASE(every_record_is_proven_and_no_other_in_its_place) {
    for (const std::size_t count : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 31U, 33U}) {
        const auto all = leaves(count);
        const auto root = root_of(all);
        for (std::size_t index = 0; index < count; ++index) {
            auto path = inclusion_path(all, index);
            BOOST_TEST(check_inclusion(all[index], index, count, path, root), count << " " << index);
            BOOST_TEST(!check_inclusion(leaf_hash("another"), index, count, path, root));
            BOOST_TEST(!check_inclusion(all[index], count, count, path, root));
            if (count > 1) BOOST_TEST(!check_inclusion(all[index], (index + 1) % count, count, path, root));
            if (path.empty()) continue;
            path.back()[0] ^= 1;
            BOOST_TEST(!check_inclusion(all[index], index, count, path, root));
            path.pop_back();
            BOOST_TEST(!check_inclusion(all[index], index, count, path, root));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_log_that_only_grew_is_proven_and_one_that_changed_is_not) {
    for (const std::size_t count : {1U, 2U, 3U, 6U, 7U, 8U, 9U, 20U, 33U}) {
        const auto all = leaves(count);
        const auto root = root_of(all);
        for (std::size_t old = 1; old <= count; ++old) {
            const auto path = consistency_path(all, old);
            const auto before = root_of(std::span(all).first(old));
            BOOST_TEST(check_consistency(old, before, count, root, path), old << " " << count);
            BOOST_TEST(!check_consistency(old, leaf_hash("x"), count, root, path));
            auto edited = all;
            edited[old - 1] = leaf_hash("edited");
            BOOST_TEST(!check_consistency(old, before, count, root_of(edited), consistency_path(edited, old)));
        }
        BOOST_TEST(!check_consistency(count + 1, root, count, root, {}));
    }
}

BOOST_AUTO_TEST_CASE(digests_are_read_from_hex_alone) {
    const auto digest = sha256("a");
    BOOST_TEST(hex_text(*read_digest(hex_text(digest))) == hex_text(digest));
    BOOST_TEST(!read_digest("abc"));
    BOOST_TEST(!read_digest(std::string(64, 'g')));
    BOOST_TEST(!read_digest(std::string(64, 'A')));
}

BOOST_AUTO_TEST_SUITE_END()
