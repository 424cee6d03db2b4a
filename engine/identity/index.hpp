/// Which records are one person, in memory: a pure function of the records, their merges and the stewards' words.
///
/// The order in which they arrive does not matter, and taking one back restores what was before it. A change looks only at the records it
/// can reach. Per citizen number: records that stewards or an institution have joined stand together; the rest join by equal names, unless
/// the name cannot tell (one pinyin, two names in hanzi) or a steward has said that two of that number and name are different people.
/// Two different own numbers are never joined by a machine. Thread: one at a time.
#pragma once

#include "identity/record.hpp"
#include "identity/words.hpp"

#include <cstdint>
#include <unordered_map>

namespace huitong::identity {

using NodeIndex = std::uint32_t;

/// A number under more than so many names is somebody's placeholder (a form's example) and no evidence at all.
constexpr std::size_t kNamesPerNumberMax = 50;

constexpr NodeIndex kNoPerson = 0xFFFFFFFF;

struct Node {
    std::string patient;
    std::string home; ///< the person id that this record has when it is alone; time-ordered
    Record record;
    NodeIndex person = kNoPerson; ///< the node of the person with the smallest `home`, which is the person's id
    bool present = false;         ///< false: only named (by a word or a merge), or taken back
};

/// One record changed its person.
struct Moved {
    std::string patient, from, to; ///< person ids; "" = none
};
struct ReviewPair {
    std::string a, b; ///< patient ids, a < b
    Judgement judgement;
};
struct Changes {
    std::vector<Moved> moved;
    std::vector<ReviewPair> asked;   ///< now waiting for a steward
    std::vector<ReviewPair> settled; ///< no longer waiting
};
using ReviewMap = std::map<std::pair<NodeIndex, NodeIndex>, Judgement>; ///< the node with the smaller patient id first

class Index {
public:
    Changes put(const std::string& patient, Record record, const std::string& home);
    Changes remove(const std::string& patient);
    /// After words about these patients changed.
    Changes words_changed(const std::vector<std::string>& patients);
    Words& words() { return words_; }
    const Words& words() const { return words_; }

    const Node* find(const std::string& patient) const;
    /// "" when unknown.
    std::string person_of(const std::string& patient) const;
    /// Sorted; empty when unknown.
    std::vector<std::string> patients_of(const std::string& person) const;
    /// Why the two are, or would be, one: the words of a steward, a merge, or judge() with what the other records of the number add.
    Judgement judge_pair(const std::string& a, const std::string& b) const;
    /// The oldest first (by the younger record of the pair), at most `count`.
    std::vector<ReviewPair> reviews(std::size_t count) const;
    std::vector<ReviewPair> reviews_of(const std::string& patient) const;
    /// Who has this number as the own one.
    std::vector<std::string> holders_of(const std::string& number) const;
    std::size_t size() const { return present_; }
    /// Every present record.
    std::vector<std::string> patients() const;

private:
    friend class Partition;

    NodeIndex node_of(const std::string& patient);
    void set_record(NodeIndex node, Record record, bool present);
    bool is_evidence(const std::string& number) const;
    static bool may_merge(const Record& a, const Record& b);
    void add_group(const std::string& number, std::vector<NodeIndex>& out) const;
    void add_person(NodeIndex node, std::vector<NodeIndex>& out) const;
    /// The other ends of merges that either side told of.
    std::vector<NodeIndex> merged_with(NodeIndex node) const;
    /// Closes the set over everything that could join, works the persons out anew and tells what changed.
    Changes settle(std::vector<NodeIndex> seeds);
    std::vector<NodeIndex> closure(std::vector<NodeIndex> seeds) const;
    void replace_reviews(const std::vector<NodeIndex>& subjects, ReviewMap fresh, Changes& out);
    ReviewPair review_pair(NodeIndex a, NodeIndex b, const Judgement& judgement) const;

    std::vector<Node> nodes_;
    std::size_t present_ = 0;
    std::unordered_map<std::string, NodeIndex> by_patient_;
    std::unordered_map<std::string, NodeIndex> by_home_;
    std::unordered_map<std::string, std::vector<NodeIndex>> by_number_; ///< own numbers only
    std::unordered_map<NodeIndex, std::vector<NodeIndex>> members_;     ///< persons of two and more, by the node that names them
    std::unordered_map<NodeIndex, std::vector<NodeIndex>> named_by_;    ///< who names this node in a merge
    ReviewMap reviews_;
    std::unordered_map<NodeIndex, std::vector<NodeIndex>> review_partners_;
    Words words_;
};

} // namespace huitong::identity
