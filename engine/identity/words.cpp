#include "identity/words.hpp"

#include <algorithm>

namespace huitong::identity {

void Words::add(const Pair& pair, Word word) {
    partners_[pair.first].insert(pair.second);
    partners_[pair.second].insert(pair.first);
    auto decision = word.decision;
    words_[pair].insert_or_assign(std::move(decision), std::move(word));
}

std::vector<Words::Pair> Words::remove(const std::string& decision) {
    std::vector<Pair> out;
    for (auto at = words_.begin(); at != words_.end();) {
        if (at->second.erase(decision) != 0) out.push_back(at->first);
        if (!at->second.empty()) {
            ++at;
            continue;
        }
        partners_[at->first.first].erase(at->first.second);
        partners_[at->first.second].erase(at->first.first);
        at = words_.erase(at);
    }
    return out;
}

const Word* Words::standing(const std::string& a, const std::string& b) const {
    const auto found = words_.find(pair_of(a, b));
    return found == words_.end() ? nullptr : &found->second.rbegin()->second;
}

std::vector<std::string> Words::neighbours(const std::string& patient, bool same) const {
    std::vector<std::string> out;
    const auto found = partners_.find(patient);
    if (found == partners_.end()) return out;
    for (const auto& partner : found->second) {
        if (standing(patient, partner)->same == same) out.push_back(partner);
    }
    return out;
}

std::set<std::string> Words::one_with(const std::string& patient) const {
    std::set<std::string> out{patient};
    std::vector<std::string> open{patient};
    while (!open.empty()) {
        const auto next = std::move(open.back());
        open.pop_back();
        for (auto& partner : said_same(next)) {
            if (out.insert(partner).second) open.push_back(std::move(partner));
        }
    }
    return out;
}

bool Words::contradicts_itself_at(const std::string& patient) const {
    const auto one = one_with(patient);
    for (const auto& member : one) {
        const auto apart = said_different(member);
        if (std::any_of(apart.begin(), apart.end(), [&](const auto& other) { return one.contains(other); })) return true;
    }
    return false;
}

} // namespace huitong::identity
