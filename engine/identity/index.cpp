#include "identity/index.hpp"

#include "identity/partition.hpp"

#include <algorithm>

namespace huitong::identity {
namespace {

const std::string& name_key(const Record& record) { return record.name.empty() ? record.pinyin : record.name; }

void erase_value(std::vector<NodeIndex>& from, NodeIndex value) { from.erase(std::remove(from.begin(), from.end(), value), from.end()); }

void sort_unique(std::vector<NodeIndex>& nodes) {
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
}

} // namespace

NodeIndex Index::node_of(const std::string& patient) {
    const auto [found, is_new] = by_patient_.emplace(patient, static_cast<NodeIndex>(nodes_.size()));
    if (is_new) {
        nodes_.emplace_back();
        nodes_.back().patient = patient;
    }
    return found->second;
}

const Node* Index::find(const std::string& patient) const {
    const auto found = by_patient_.find(patient);
    return found == by_patient_.end() || !nodes_[found->second].present ? nullptr : &nodes_[found->second];
}

void Index::set_record(NodeIndex node, Record record, bool present) {
    auto& old = nodes_[node].record;
    if (old.use == NumberUse::own) erase_value(by_number_[old.id_number], node);
    for (const auto& target : old.merges) erase_value(named_by_[node_of(target)], node);
    for (const auto& target : record.merges) named_by_[node_of(target)].push_back(node);
    if (record.use == NumberUse::own) by_number_[record.id_number].push_back(node);
    auto& entry = nodes_[node]; // node_of may have moved the nodes
    present_ = present_ + (present ? 1 : 0) - (entry.present ? 1 : 0);
    entry.record = std::move(record);
    entry.present = present;
}

bool Index::is_evidence(const std::string& number) const {
    const auto found = by_number_.find(number);
    if (found == by_number_.end()) return false; // also ""
    if (found->second.size() <= kNamesPerNumberMax) return true;
    std::set<std::string_view> names;
    for (const auto node : found->second) {
        if (names.insert(name_key(nodes_[node].record)).second && names.size() > kNamesPerNumberMax) return false;
    }
    return true;
}

/// Only who keeps both records may say that they are one, and never that the newborn is the mother.
bool Index::may_merge(const Record& a, const Record& b) {
    if (a.institution.empty() || a.institution != b.institution) return false;
    return a.id_number.empty() || a.id_number != b.id_number || a.use == b.use;
}

void Index::add_group(const std::string& number, std::vector<NodeIndex>& out) const {
    const auto found = by_number_.find(number);
    if (found != by_number_.end()) out.insert(out.end(), found->second.begin(), found->second.end());
}

void Index::add_person(NodeIndex node, std::vector<NodeIndex>& out) const {
    const auto found = members_.find(nodes_[node].person);
    if (found != members_.end()) out.insert(out.end(), found->second.begin(), found->second.end());
}

std::vector<NodeIndex> Index::merged_with(NodeIndex node) const {
    std::vector<NodeIndex> out;
    for (const auto& target : nodes_[node].record.merges) {
        const auto found = by_patient_.find(target);
        if (found != by_patient_.end() && found->second != node) out.push_back(found->second);
    }
    if (const auto found = named_by_.find(node); found != named_by_.end())
        out.insert(out.end(), found->second.begin(), found->second.end());
    sort_unique(out);
    std::erase_if(out, [&](NodeIndex other) { return !nodes_[other].present || other == node; });
    return out;
}

std::vector<NodeIndex> Index::closure(std::vector<NodeIndex> seeds) const {
    std::set<NodeIndex> out;
    std::set<std::string> numbers;
    while (!seeds.empty()) {
        const auto node = seeds.back();
        seeds.pop_back();
        if (!nodes_[node].present || !out.insert(node).second) continue;
        const auto& record = nodes_[node].record;
        if (record.use == NumberUse::own && numbers.insert(record.id_number).second && is_evidence(record.id_number))
            add_group(record.id_number, seeds);
        const auto merged = merged_with(node);
        seeds.insert(seeds.end(), merged.begin(), merged.end());
        if (words_.empty()) continue;
        for (const auto& partner : words_.said_same(nodes_[node].patient)) {
            if (const auto found = by_patient_.find(partner); found != by_patient_.end()) seeds.push_back(found->second);
        }
    }
    return {out.begin(), out.end()};
}

Changes Index::put(const std::string& patient, Record record, const std::string& home) {
    const auto node = node_of(patient);
    std::vector<NodeIndex> seeds{node};
    add_person(node, seeds);
    // A number may become evidence, or cease to be, by this very record: whoever holds it is looked at before and after.
    std::vector<std::string> numbers;
    for (const auto* held : {&nodes_[node].record, &record}) {
        if (held->use == NumberUse::own) numbers.push_back(held->id_number);
    }
    auto add_holders = [&] {
        for (const auto& number : numbers) {
            if (is_evidence(number)) add_group(number, seeds);
        }
    };
    add_holders();
    if (nodes_[node].home.empty()) {
        nodes_[node].home = home;
        by_home_[home] = node;
    }
    set_record(node, std::move(record), true);
    add_holders();
    return settle(std::move(seeds));
}

Changes Index::remove(const std::string& patient) {
    const auto found = by_patient_.find(patient);
    if (found == by_patient_.end() || !nodes_[found->second].present) return {};
    const auto node = found->second;
    std::vector<NodeIndex> seeds = closure({node});
    const auto number = nodes_[node].record.use == NumberUse::own ? nodes_[node].record.id_number : std::string();
    set_record(node, Record(), false);
    if (is_evidence(number)) add_group(number, seeds);
    auto out = settle(std::move(seeds));
    by_home_.erase(nodes_[node].home);
    nodes_[node].home.clear();
    return out;
}

Changes Index::words_changed(const std::vector<std::string>& patients) {
    std::vector<NodeIndex> seeds;
    for (const auto& patient : patients) {
        const auto node = node_of(patient);
        seeds.push_back(node);
        add_person(node, seeds);
    }
    return settle(std::move(seeds));
}

Changes Index::settle(std::vector<NodeIndex> seeds) {
    Changes out;
    std::vector<NodeIndex> gone;
    for (const auto node : seeds) {
        if (!nodes_[node].present) gone.push_back(node);
    }
    const Partition partition(*this, closure(std::move(seeds)));
    const auto& subjects = partition.subjects();
    const auto persons = partition.persons();
    auto home = [&](NodeIndex node) { return nodes_[node].home; };
    for (const auto node : gone) {
        if (!nodes_[node].home.empty()) out.moved.push_back({nodes_[node].patient, home(nodes_[node].person), ""});
        members_.erase(nodes_[node].person);
    }
    for (const auto node : subjects) members_.erase(nodes_[node].person);
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        auto& node = nodes_[subjects[i]];
        const bool is_new = node.person == kNoPerson;
        if (is_new || node.person != persons[i]) out.moved.push_back({node.patient, is_new ? "" : home(node.person), home(persons[i])});
        node.person = persons[i];
        members_[persons[i]].push_back(subjects[i]);
    }
    for (const auto person : persons) {
        if (const auto found = members_.find(person); found != members_.end() && found->second.size() == 1) members_.erase(found);
    }
    for (const auto node : gone) nodes_[node].person = kNoPerson;
    auto touched = subjects;
    touched.insert(touched.end(), gone.begin(), gone.end());
    replace_reviews(touched, partition.reviews(), out);
    return out;
}

void Index::replace_reviews(const std::vector<NodeIndex>& subjects, ReviewMap fresh, Changes& out) {
    std::set<ReviewMap::key_type> kept;
    for (const auto node : subjects) {
        const auto partners = review_partners_.find(node);
        if (partners == review_partners_.end()) continue;
        for (const auto other : std::vector<NodeIndex>(partners->second)) {
            const auto key = reviews_.contains({node, other}) ? std::pair(node, other) : std::pair(other, node);
            const auto held = reviews_.find(key);
            if (const auto again = fresh.find(key); again != fresh.end() && again->second == held->second) {
                kept.insert(key);
                continue;
            }
            out.settled.push_back(review_pair(key.first, key.second, held->second));
            reviews_.erase(held);
            erase_value(review_partners_[key.first], key.second);
            erase_value(review_partners_[key.second], key.first);
        }
    }
    for (auto& [key, judgement] : fresh) {
        if (kept.contains(key)) continue;
        out.asked.push_back(review_pair(key.first, key.second, judgement));
        review_partners_[key.first].push_back(key.second);
        review_partners_[key.second].push_back(key.first);
        reviews_[key] = std::move(judgement);
    }
}

ReviewPair Index::review_pair(NodeIndex a, NodeIndex b, const Judgement& judgement) const {
    return {nodes_[a].patient, nodes_[b].patient, judgement};
}

std::string Index::person_of(const std::string& patient) const {
    const auto* node = find(patient);
    return node == nullptr ? std::string() : nodes_[node->person].home;
}

std::vector<std::string> Index::patients_of(const std::string& person) const {
    const auto found = by_home_.find(person);
    if (found == by_home_.end() || nodes_[found->second].person != found->second) return {};
    std::vector<std::string> out;
    const auto members = members_.find(found->second);
    if (members == members_.end()) out.push_back(nodes_[found->second].patient);
    else {
        for (const auto node : members->second) out.push_back(nodes_[node].patient);
    }
    std::sort(out.begin(), out.end());
    return out;
}

Judgement Index::judge_pair(const std::string& a, const std::string& b) const {
    if (const auto* word = words_.standing(a, b)) return {word->same ? Verdict::same : Verdict::different, {"identity-steward"}};
    const auto *one = find(a), *other = find(b);
    if (one == nullptr || other == nullptr) return {Verdict::different, {"identity-unknown-patient"}};
    const bool together = one->person == other->person;
    const auto merged = merged_with(by_patient_.at(a));
    if (std::find(merged.begin(), merged.end(), by_patient_.at(b)) != merged.end())
        return together ? Judgement{Verdict::same, {"identity-merged"}} : Judgement{Verdict::review, {"identity-merge-doubtful"}};
    auto judgement = judge(one->record, other->record);
    if (!together && judgement.verdict != Verdict::different) {
        if (!is_evidence(one->record.id_number)) return {Verdict::different, {"identity-number-placeholder"}};
        if (judgement.verdict == Verdict::same) return {Verdict::review, {"identity-ambiguous"}};
    }
    if (together && judgement.verdict != Verdict::same) judgement.reasons.insert(judgement.reasons.begin(), "identity-through-others");
    return judgement;
}

std::vector<ReviewPair> Index::reviews(std::size_t count) const {
    std::vector<std::pair<std::string, const ReviewMap::value_type*>> order;
    for (const auto& review : reviews_)
        order.emplace_back(std::max(nodes_[review.first.first].home, nodes_[review.first.second].home), &review);
    std::sort(order.begin(), order.end());
    std::vector<ReviewPair> out;
    for (const auto& [since, review] : order) {
        if (out.size() == count) break;
        out.push_back(review_pair(review->first.first, review->first.second, review->second));
    }
    return out;
}

std::vector<ReviewPair> Index::reviews_of(const std::string& patient) const {
    std::vector<ReviewPair> out;
    const auto node = by_patient_.find(patient);
    if (node == by_patient_.end()) return out;
    const auto partners = review_partners_.find(node->second);
    if (partners == review_partners_.end()) return out;
    for (const auto other : partners->second) {
        const auto key = reviews_.contains({node->second, other}) ? std::pair(node->second, other) : std::pair(other, node->second);
        out.push_back(review_pair(key.first, key.second, reviews_.at(key)));
    }
    return out;
}

std::vector<std::string> Index::holders_of(const std::string& number) const {
    std::vector<NodeIndex> nodes;
    add_group(number, nodes);
    std::vector<std::string> out;
    for (const auto node : nodes) out.push_back(nodes_[node].patient);
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<std::string> Index::patients() const {
    std::vector<std::string> out;
    for (const auto& node : nodes_) {
        if (node.present) out.push_back(node.patient);
    }
    return out;
}

} // namespace huitong::identity
