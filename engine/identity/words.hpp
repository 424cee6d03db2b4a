/// What stewards have said about pairs of records. It stands above every machine judgement until it is withdrawn, and then what was said
/// before it stands again. Not a log: the events are. Thread: one at a time.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace huitong::identity {

struct Word {
    std::string decision; ///< id of the decision; one may speak about several pairs
    bool same = false;
    std::string who, why;
};

class Words {
public:
    /// Unordered; `first` is the smaller id.
    using Pair = std::pair<std::string, std::string>;
    static Pair pair_of(const std::string& a, const std::string& b) { return a < b ? Pair(a, b) : Pair(b, a); }

    void add(const Pair& pair, Word word);
    /// The pairs that the decision spoke about.
    std::vector<Pair> remove(const std::string& decision);
    /// The newest word on the pair, nullptr when there is none.
    const Word* standing(const std::string& a, const std::string& b) const;
    std::vector<std::string> said_same(const std::string& patient) const { return neighbours(patient, true); }
    std::vector<std::string> said_different(const std::string& patient) const { return neighbours(patient, false); }
    /// All records that stewards have made one with this one, itself included.
    std::set<std::string> one_with(const std::string& patient) const;
    /// Two records that are one by some words and two by another, looked for around a patient.
    bool contradicts_itself_at(const std::string& patient) const;
    bool empty() const { return words_.empty(); }

private:
    std::vector<std::string> neighbours(const std::string& patient, bool same) const;

    std::map<Pair, std::map<std::string, Word>> words_; ///< by decision id: grows with time
    std::unordered_map<std::string, std::set<std::string>> partners_;
};

} // namespace huitong::identity
