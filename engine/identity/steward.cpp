// What stewards say: the part of Linker that a person drives.
#include "identity/identity.hpp"

#include <algorithm>
#include <mutex>

namespace huitong::identity {

Outcome Linker::check_words(const std::string& a, const std::string& b, Saying saying, const std::string& who,
                            const std::string& why) const {
    if (a == b) return error(IssueCode::invalid, "", "identity-same-record");
    if (saying != Saying::withdraw && (index_.find(a) == nullptr || index_.find(b) == nullptr))
        return error(IssueCode::not_found, "", "identity-unknown-patient");
    if (who.empty() || why.empty()) return error(IssueCode::required, "", "identity-who-why");
    if (saying == Saying::withdraw && index_.words().standing(a, b) == nullptr) return error(IssueCode::not_found, "", "identity-no-word");
    return {};
}

/// Adds the word on the pair, and for "different" on everybody in a's person who is not one with b by a steward's word.
bool Linker::say(const std::string& a, const std::string& b, Word word, std::vector<Words::Pair>& pairs) {
    auto& words = index_.words();
    pairs.push_back(Words::pair_of(a, b));
    words.add(pairs.back(), word);
    if (!word.same && index_.person_of(a) == index_.person_of(b)) {
        const auto with_b = words.one_with(b);
        for (const auto& member : index_.patients_of(index_.person_of(a))) {
            if (member == a || with_b.contains(member)) continue;
            pairs.push_back(Words::pair_of(member, b));
            words.add(pairs.back(), word);
        }
    }
    if (!words.contradicts_itself_at(a) && !words.contradicts_itself_at(b)) return true;
    words.remove(word.decision);
    return false;
}

bool Linker::withdraw(const std::string& a, const std::string& b, std::vector<std::pair<Words::Pair, Word>>& withdrawn) {
    auto& words = index_.words();
    const auto word = *words.standing(a, b);
    bool contradicts = false;
    const auto pairs = words.remove(word.decision);
    for (const auto& pair : pairs) {
        withdrawn.emplace_back(pair, word);
        contradicts = contradicts || words.contradicts_itself_at(pair.first) || words.contradicts_itself_at(pair.second);
    }
    if (!contradicts) return true;
    for (const auto& pair : pairs) words.add(pair, word);
    return false;
}

Result<Linked> Linker::decide(const std::string& patient_a, const std::string& patient_b, Saying saying, const std::string& who,
                              const std::string& why) {
    const std::unique_lock lock(mutex_);
    if (auto refused = check_words(patient_a, patient_b, saying, who, why); !refused.empty()) return refused;
    Linked out;
    out.patient_id = patient_a;
    std::vector<Words::Pair> pairs;
    bool agreed = false;
    if (saying == Saying::withdraw) {
        agreed = withdraw(patient_a, patient_b, out.withdrawn);
        for (const auto& [pair, word] : out.withdrawn) {
            pairs.push_back(pair);
            out.facts.push_back(erased_word_fact(pair, word.decision));
        }
    } else {
        const Word word{store_.new_id(), saying == Saying::same, who, why};
        out.decision = word.decision;
        agreed = say(patient_a, patient_b, word, pairs);
        for (const auto& pair : pairs) out.facts.push_back(word_fact(pair, word));
    }
    if (!agreed) return Outcome(error(IssueCode::conflict, "", "identity-word-conflict"));
    constexpr std::string_view kKinds[] = {"word-same", "word-different", "word-withdrawn"};
    for (const auto& [patient, other] : {std::pair(patient_a, patient_b), std::pair(patient_b, patient_a)}) {
        auto event = new_event(std::string(kKinds[static_cast<std::size_t>(saying)]));
        event.with = other;
        event.who = who;
        event.why = why;
        out.facts.push_back(event_fact(patient, event));
    }
    std::vector<std::string> touched;
    for (const auto& pair : pairs) touched.insert(touched.end(), {pair.first, pair.second});
    out.changes = index_.words_changed(touched);
    tell(out.changes, out.facts);
    out.facts.insert(out.facts.end(), owed_.begin(), owed_.end());
    owed_.clear();
    finish(out);
    return out;
}

} // namespace huitong::identity
