#include "recognition/matching.hpp"

#include <algorithm>

namespace huitong::recognition {
namespace {

std::optional<std::size_t> first_with(const Member& member, Verdict verdict, const std::string* report = nullptr) {
    for (std::size_t index = 0; index < member.judged.size(); ++index) {
        const auto& judged = member.judged[index];
        if (judged.decision.verdict == verdict && (!report || judged.candidate.report == *report)) return index;
    }
    return std::nullopt;
}

bool is_seen(const Judged& judged) {
    const auto verdict = judged.decision.verdict;
    return (verdict == Verdict::recognise || verdict == Verdict::reference_only) && judged.candidate.source_class != "self-measured";
}

/// A newer value that a doctor must not miss, beside an older one: critical, or the laboratory says another thing of it.
bool tells_otherwise(const Candidate& newer, const Candidate& older) {
    return newer.critical || newer.interpretation != older.interpretation;
}

/// The newest that stands before `index` and tells otherwise; judged are newest first.
std::optional<std::size_t> newer_and_other(const Member& member, std::size_t index) {
    for (std::size_t at = 0; at < index; ++at) {
        const auto& newer = member.judged[at];
        if (is_seen(newer) && tells_otherwise(newer.candidate, member.judged[index].candidate)) return at;
    }
    return std::nullopt;
}

/// Whether one report answers the whole panel, and nothing newer tells otherwise of any of its values.
bool answers_all(const std::vector<Member>& members, const std::string& report) {
    return std::all_of(members.begin(), members.end(), [&](const Member& member) {
        const auto found = first_with(member, Verdict::recognise, &report);
        return found && !newer_and_other(member, *found);
    });
}

} // namespace

void choose_shown(std::vector<Member>& members) {
    for (auto& member : members) {
        member.best = first_with(member, Verdict::recognise);
        if (!member.best) member.best = first_with(member, Verdict::reference_only);
        // What is recognised does not hide what has happened since.
        else if (const auto newer = newer_and_other(member, *member.best)) member.best = newer;
    }
    if (members.size() < 2) return;
    // Values of one specimen belong together: the newest report that answers the whole panel is cited rather than a mixture.
    for (const auto& judged : members.front().judged) {
        const auto& report = judged.candidate.report;
        if (report.empty() || !answers_all(members, report)) continue;
        for (auto& member : members) member.best = first_with(member, Verdict::recognise, &report);
        return;
    }
}

void conclude(Match& match, const Panel* panel) {
    std::map<std::string, Verdict> verdicts;
    for (const auto& member : match.members) {
        if (const auto* shown = member.shown()) verdicts[member.item] = shown->decision.verdict;
    }
    if (verdicts.empty()) return;
    const auto* first = match.members.front().shown();
    if (!panel) {
        match.verdict = first->decision.verdict;
        match.mark = first->decision.mark;
        if (match.verdict == Verdict::recognise) match.recognised = {match.item}, match.saving = match.price;
        else match.missing = {match.item};
        return;
    }
    auto decided = decide_panel(*panel, verdicts);
    match.verdict = decided.verdict;
    match.recognised = std::move(decided.recognised);
    match.missing = std::move(decided.missing);
    match.panel = std::move(decided.answer);
    if (match.verdict == Verdict::recognise) {
        match.saving = match.price;
        match.mark = first->decision.mark;
        // A panel carries a mark only when all its values carry the same one.
        for (const auto& member : match.members) {
            if (member.shown()->decision.mark != match.mark) match.mark.clear();
        }
        return;
    }
    if (match.recognised.empty() || !match.price) return;
    // What is saved is the panel less what is ordered singly instead.
    auto saving = *match.price;
    for (const auto& member : match.members) {
        const bool missing = std::find(match.missing.begin(), match.missing.end(), member.item) != match.missing.end();
        if (missing) saving = Decimal::subtract(saving, member.price.value_or(Decimal())).value_or(Decimal());
    }
    match.saving = saving < Decimal() ? Decimal() : saving;
}

} // namespace huitong::recognition
