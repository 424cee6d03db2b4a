#include "terminology/search/suggest.hpp"

#include "terminology/search/pinyin.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace huitong::terminology {
namespace {

constexpr double kScoreMin = 0.3;
constexpr std::size_t kHitsMax = 200;

std::string percent(double share) { return std::to_string(std::lround(share * 100)) + " % alike"; }

/// How alike two names are, and why.
Suggestion compare(const CodeSystem& system, const Hit& hit, std::string_view code, std::string_view folded, std::string_view initials) {
    Suggestion out;
    out.at = hit.at;
    const auto other = folded_name(hit.name);
    const auto add = [&](double score, std::string reason) {
        out.score = std::max(out.score, score);
        out.reasons.push_back(std::move(reason));
    };
    if (other == folded) {
        add(1, hit.name == system.concepts->display(hit.at) ? "same name" : "same name as " + std::string(hit.name));
    } else {
        const double like = likeness(other, folded);
        const auto longer = std::max(other.size(), folded.size());
        const auto shorter = std::min(other.size(), folded.size());
        const double covered = longer == 0 ? 0 : static_cast<double>(shorter) / static_cast<double>(longer);
        if (other.find(folded) != std::string::npos) add(0.4 + 0.45 * covered, "holds the local name");
        else if (!other.empty() && folded.find(other) != std::string::npos) add(0.3 + 0.4 * covered, "is part of the local name");
        if (like >= kScoreMin) add(0.85 * like, percent(like));
    }
    if (out.score < 1 && initials.size() >= 2 && initials_of(hit.name) == initials) add(0.6, "same pinyin initials");
    if (!code.empty() && folded_code(system.concepts->code(hit.at)) == folded_code(code)) add(0.7, "same code");
    if (system.concepts->is_inactive(hit.at)) {
        out.score *= 0.5;
        out.reasons.emplace_back("no longer active");
    }
    return out;
}

} // namespace

std::vector<Suggestion> suggest(const NameIndex& index, std::string_view code, std::string_view name, std::size_t count) {
    const auto folded = folded_name(name);
    const auto initials = initials_of(name);
    auto hits = index.search(name, kHitsMax);
    for (const auto query : {std::string_view(initials), code}) {
        if (query.size() < 2) continue;
        for (const auto& hit : index.search(query, kHitsMax)) {
            if (hit.how == Found::code || hit.how == Found::initials) hits.push_back(hit);
        }
    }
    std::vector<Suggestion> out;
    for (const auto& hit : hits) {
        auto made = compare(index.system(), hit, code, folded, initials);
        const auto known = std::find_if(out.begin(), out.end(), [&](const auto& one) { return one.at == made.at; });
        if (known == out.end()) out.push_back(std::move(made));
        else if (known->score < made.score) *known = std::move(made);
    }
    std::erase_if(out, [](const auto& one) { return one.score < kScoreMin; });
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    if (out.size() > count) out.resize(count);
    return out;
}

} // namespace huitong::terminology
