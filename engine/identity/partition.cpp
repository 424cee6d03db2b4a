#include "identity/partition.hpp"

#include <algorithm>
#include <numeric>

namespace huitong::identity {

Partition::Partition(const Index& index, std::vector<NodeIndex> subjects) : index_(index), subjects_(std::move(subjects)) {
    std::sort(subjects_.begin(), subjects_.end(), [&](auto a, auto b) { return index_.nodes_[a].patient < index_.nodes_[b].patient; });
    parent_.resize(subjects_.size());
    std::iota(parent_.begin(), parent_.end(), Place{0});
    for (Place place = 0; place < subjects_.size(); ++place) places_[subjects_[place]] = place;
    for (Place place = 0; place < subjects_.size(); ++place) {
        if (record(place).use == NumberUse::own && index_.is_evidence(record(place).id_number))
            holders_[record(place).id_number].push_back(place);
    }
    join_by_words();
    join_by_merges();
    join_by_numbers();
}

const Record& Partition::record(Place place) const { return index_.nodes_[subjects_[place]].record; }
const std::string& Partition::patient(Place place) const { return index_.nodes_[subjects_[place]].patient; }

Partition::Place Partition::root(Place place) const {
    while (parent_[place] != place) place = parent_[place];
    return place;
}

/// The pairs of a subject with those of the patients that are subjects and come after it.
std::vector<Partition::Pair> Partition::pairs_of(const std::vector<std::string>& patients, Place place) const {
    std::vector<Pair> out;
    for (const auto& other : patients) {
        const auto node = index_.by_patient_.find(other);
        if (node == index_.by_patient_.end()) continue;
        const auto found = places_.find(node->second);
        if (found != places_.end() && found->second > place) out.emplace_back(place, found->second);
    }
    std::sort(out.begin(), out.end());
    return out;
}

bool Partition::are_apart(Place a, Place b) const {
    const Pair wanted = std::minmax({root(a), root(b)});
    return std::any_of(apart_.begin(), apart_.end(), [&](const Pair& pair) {
        return Pair(std::minmax({root(pair.first), root(pair.second)})) == wanted;
    });
}

/// Both persons have own numbers, and none in common.
bool Partition::have_other_numbers(Place a, Place b) const {
    std::set<std::string> of_a, of_b;
    for (Place place = 0; place < subjects_.size(); ++place) {
        if (record(place).use != NumberUse::own) continue;
        if (root(place) == root(a)) of_a.insert(record(place).id_number);
        if (root(place) == root(b)) of_b.insert(record(place).id_number);
    }
    return !of_a.empty() && !of_b.empty() &&
           std::none_of(of_a.begin(), of_a.end(), [&](const auto& number) { return of_b.contains(number); });
}

void Partition::join_by_words() {
    if (index_.words_.empty()) return;
    for (Place place = 0; place < subjects_.size(); ++place) {
        for (const auto& [a, b] : pairs_of(index_.words_.said_same(patient(place)), place)) unite(a, b);
        for (const auto& pair : pairs_of(index_.words_.said_different(patient(place)), place)) apart_.push_back(pair);
    }
}

void Partition::join_by_merges() {
    for (Place place = 0; place < subjects_.size(); ++place) {
        std::vector<std::string> partners;
        for (const auto node : index_.merged_with(subjects_[place])) partners.push_back(index_.nodes_[node].patient);
        for (const auto& pair : pairs_of(partners, place)) {
            if (root(pair.first) == root(pair.second) || are_apart(pair.first, pair.second)) continue;
            if (Index::may_merge(record(pair.first), record(pair.second)) && !have_other_numbers(pair.first, pair.second))
                unite(pair.first, pair.second);
            else refused_merges_.push_back(pair);
        }
    }
}

/// Equal hanzi are a bucket. A record with pinyin alone goes to the only hanzi with that pinyin; where there are two, it cannot tell.
void Partition::join_by_numbers() {
    for (const auto& [number, holders] : holders_) {
        std::map<std::string, std::vector<Place>> by_name;
        std::map<std::string, std::set<std::string>> names_of_pinyin;
        for (const auto place : holders) {
            const auto& one = record(place);
            if (one.name.empty() || one.unreadable_name) continue;
            by_name[one.name].push_back(place);
            if (!one.pinyin.empty()) names_of_pinyin[one.pinyin].insert(one.name);
        }
        for (const auto place : holders) {
            const auto& one = record(place);
            if (!one.name.empty() || one.pinyin.empty() || one.unreadable_name) continue;
            const auto& names = names_of_pinyin[one.pinyin];
            by_name[names.size() == 1 ? *names.begin() : one.pinyin].push_back(place);
        }
        for (auto& [name, bucket] : by_name) {
            std::sort(bucket.begin(), bucket.end());
            join_equal_names(bucket);
        }
    }
}

/// Without a steward's word all are one. With one, number and name no longer tell these people apart: two join only when stewards have held
/// them apart from the very same others.
void Partition::join_equal_names(const std::vector<Place>& bucket) {
    std::map<Place, std::set<Place>> apart_from;
    for (const auto place : bucket) apart_from[root(place)];
    for (const auto& [a, b] : apart_) {
        const auto one = root(a), other = root(b);
        if (!apart_from.contains(one) || !apart_from.contains(other)) continue;
        apart_from[one].insert(other);
        apart_from[other].insert(one);
    }
    std::map<std::set<Place>, Place> first;
    for (const auto& [one, others] : apart_from) {
        const auto [found, is_new] = first.emplace(others, one);
        if (!is_new && !are_apart(found->second, one)) unite(found->second, one);
    }
}

std::vector<NodeIndex> Partition::persons() const {
    std::unordered_map<Place, NodeIndex> oldest;
    for (Place place = 0; place < subjects_.size(); ++place) {
        const auto [found, is_new] = oldest.emplace(root(place), subjects_[place]);
        if (!is_new && index_.nodes_[subjects_[place]].home < index_.nodes_[found->second].home) found->second = subjects_[place];
    }
    std::vector<NodeIndex> out;
    for (Place place = 0; place < subjects_.size(); ++place) out.push_back(oldest[root(place)]);
    return out;
}

ReviewMap Partition::reviews() const {
    ReviewMap out;
    std::set<Pair> seen;
    auto ask = [&](Place a, Place b, Judgement judgement) {
        if (root(a) == root(b) || are_apart(a, b) || !seen.insert(std::minmax({root(a), root(b)})).second) return;
        out[{subjects_[a], subjects_[b]}] = std::move(judgement);
    };
    for (const auto& [a, b] : refused_merges_) ask(a, b, {Verdict::review, {"identity-merge-doubtful"}});
    for (const auto& [number, holders] : holders_) {
        if (std::all_of(holders.begin(), holders.end(), [&](Place place) { return root(place) == root(holders.front()); })) continue;
        for (std::size_t i = 0; i < holders.size(); ++i) {
            for (std::size_t j = i + 1; j < holders.size(); ++j) {
                if (root(holders[i]) == root(holders[j])) continue;
                auto judgement = judge(record(holders[i]), record(holders[j]));
                if (judgement.verdict == Verdict::same) judgement = {Verdict::review, {"identity-ambiguous"}};
                if (judgement.verdict == Verdict::review) ask(holders[i], holders[j], std::move(judgement));
            }
        }
    }
    return out;
}

} // namespace huitong::identity
