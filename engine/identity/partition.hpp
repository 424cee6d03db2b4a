/// Works the persons of a closed set of records out; Index makes one for each change and throws it away. See index.hpp for the rules.
#pragma once

#include "identity/index.hpp"

namespace huitong::identity {

class Partition {
public:
    /// `subjects` is closed: no record outside can join one inside.
    Partition(const Index& index, std::vector<NodeIndex> subjects);
    const std::vector<NodeIndex>& subjects() const { return subjects_; }
    /// For each subject the node whose home names its person.
    std::vector<NodeIndex> persons() const;
    /// Pairs of persons that a steward should look at, one pair of records for each.
    ReviewMap reviews() const;

private:
    using Place = std::uint32_t; ///< position in subjects_
    using Pair = std::pair<Place, Place>;
    const Record& record(Place place) const;
    const std::string& patient(Place place) const;
    Place root(Place place) const;
    void unite(Place a, Place b) { parent_[root(b)] = root(a); }
    std::vector<Pair> pairs_of(const std::vector<std::string>& patients, Place place) const;
    bool are_apart(Place a, Place b) const;
    bool have_other_numbers(Place a, Place b) const;
    void join_by_words();
    void join_by_merges();
    void join_by_numbers();
    void join_equal_names(const std::vector<Place>& bucket);

    const Index& index_;
    std::vector<NodeIndex> subjects_; ///< by patient id: the result may not depend on the order of arrival
    std::unordered_map<NodeIndex, Place> places_;
    std::vector<Place> parent_;
    std::vector<Pair> apart_;                           ///< a steward said "different"
    std::vector<Pair> refused_merges_;                  ///< an institution said "same", and something speaks against it
    std::map<std::string, std::vector<Place>> holders_; ///< of own numbers that are evidence
};

} // namespace huitong::identity
