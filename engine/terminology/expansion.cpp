#include "terminology/expansion.hpp"

#include <algorithm>
#include <cctype>

namespace huitong::terminology {
namespace {

constexpr int kImportDepthMax = 16;

std::string folded(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// Codes among which the set's members are; the membership then keeps those that belong.
class Candidates {
public:
    explicit Candidates(const Library& library) : library_(library) {}

    Outcome of(const ValueSet& set, int depth) {
        if (depth > kImportDepthMax) return error(IssueCode::too_costly, "", "value-set-depth", {set.url});
        if (set.includes.empty()) {
            if (set.expansion.empty() || !set.expansion_complete)
                return error(IssueCode::not_supported, "", "value-set-not-expandable", {set.url});
            out.insert(out.end(), set.expansion.begin(), set.expansion.end());
        }
        for (const auto& clause : set.includes) {
            if (auto issues = of(clause, depth); issues.has_errors()) return issues;
        }
        return {};
    }

    std::vector<Coding> out;

private:
    Outcome of(const Clause& clause, int depth) {
        const auto known = clause.system.empty() ? nullptr : library_.system(clause.system);
        for (const auto& listed : clause.concepts) {
            Coding coding{clause.system, clause.version, listed.code, listed.display};
            const auto found = known ? known->find(coding.code) : kNoConcept;
            if (coding.display.empty() && found != kNoConcept) coding.display = known->concepts->display(found);
            out.push_back(std::move(coding));
        }
        if (!clause.concepts.empty()) return {};
        if (known && known->complete) {
            const auto& table = *known->concepts;
            for (ConceptIndex one = 0; one < table.size(); ++one) {
                if (!table.is_abstract(one))
                    out.push_back({clause.system, known->version, std::string(table.code(one)), std::string(table.display(one))});
            }
            return {};
        }
        if (clause.value_sets.empty()) return error(IssueCode::not_supported, "", "value-set-not-expandable", {clause.system});
        const auto imported = library_.nearest_value_set(clause.value_sets.front());
        if (!imported) return error(IssueCode::not_found, "", "value-set-unknown", {clause.value_sets.front()});
        return of(*imported, depth + 1);
    }

    const Library& library_;
};

} // namespace

Result<std::vector<Coding>> expanded(const Library& library, const ValueSet& set, const Membership& membership) {
    Candidates candidates(library);
    if (auto issues = candidates.of(set, 0); issues.has_errors()) {
        // What the terminology here cannot compute may have come ready with the resource.
        if (!set.expansion.empty() && set.expansion_complete) return set.expansion;
        return issues;
    }
    std::vector<Coding> out;
    std::set<std::pair<std::string, std::string>> seen;
    for (auto& coding : candidates.out) {
        const auto answer = membership.contains(coding.system, coding.code);
        if (answer == Answer::unknown) return Outcome(error(IssueCode::not_supported, "", "value-set-not-expandable", {coding.system}));
        if (answer == Answer::yes && seen.emplace(coding.system, coding.code).second) out.push_back(std::move(coding));
    }
    return out;
}

bool fits_filter(const Coding& coding, std::string_view filter) {
    const auto text = folded(coding.code + '\n' + coding.display);
    const auto words = folded(filter);
    for (std::size_t begin = 0; begin < words.size();) {
        const auto end = std::min(words.find(' ', begin), words.size());
        if (text.find(words.substr(begin, end - begin)) == std::string::npos) return false;
        begin = end + 1;
    }
    return true;
}

} // namespace huitong::terminology
