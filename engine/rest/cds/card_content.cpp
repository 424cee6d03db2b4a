#include "rest/cds/card_content.hpp"

#include "rest/cds/words.hpp"

#include <algorithm>

namespace huitong::rest {
namespace {

using recognition::Match;
using recognition::Member;
using recognition::Verdict;

/// The member whose circumstances stand for the match: the first that is recognised, else the first shown.
const Member& leading(const Match& match) {
    const Member* any = nullptr;
    for (const auto& member : match.members) {
        const auto* shown = member.shown();
        if (!shown) continue;
        if (shown->decision.verdict == Verdict::recognise) return member;
        if (!any) any = &member;
    }
    return *any;
}

std::string recognition_word(const recognition::Judged& judged, Language language) {
    if (judged.decision.verdict != Verdict::recognise) return word("cds-reference", language);
    return judged.decision.mark.empty() ? word("cds-recognised", language) : judged.decision.mark;
}

CardRow row_of(const Member& member, Language language) {
    CardRow out;
    out.item = in(language, member.name_zh, member.name_en);
    const auto* shown = member.shown();
    if (!shown) {
        out.result = word("cds-nothing", language);
        return out;
    }
    const auto& candidate = shown->candidate;
    out.result = candidate.value_text;
    out.range = candidate.reference_range;
    out.flag = candidate.interpretation;
    out.is_critical = candidate.critical;
    out.recognition = recognition_word(*shown, language);
    return out;
}

bool is_of_one_specimen(const recognition::Candidate& a, const recognition::Candidate& b) {
    return a.collected == b.collected && a.performer == b.performer;
}

std::string evidence_text(const recognition::RuleAnswer& answer) {
    std::string out = answer.code;
    for (const auto& [name, value] : answer.evidence) out += "; " + name + ' ' + value;
    return out;
}

/// A reason that several members share is said once.
void add_reasons(const Member& member, Language language, CardContent& out) {
    for (const auto& answer : member.shown()->decision.answers) {
        if (answer.code.empty() || answer.code == "CRITICAL") continue;
        const auto text = recognition::reason_text(answer, language) + " [" + evidence_text(answer) + "]";
        const auto& name = in(language, member.name_zh, member.name_en);
        const auto found = std::find_if(out.reasons.begin(), out.reasons.end(), [&](const auto& line) { return line.second == text; });
        if (found == out.reasons.end()) out.reasons.emplace_back(name, text);
        else found->first.append(list_separator(language)).append(name);
        if (answer.code == "VISIT-EXEMPT" && answer.answer == recognition::Answer::refuse) out.may_test_again = true;
    }
}

void add_not_checked(const Member& member, Language language, CardContent& out) {
    for (const auto& answer : member.shown()->decision.answers) {
        if (answer.answer != recognition::Answer::unknown || !answer.code.empty()) continue;
        auto name = recognition::rule_name(answer.rule, language);
        if (std::find(out.not_checked.begin(), out.not_checked.end(), name) == out.not_checked.end())
            out.not_checked.push_back(std::move(name));
    }
}

std::string headline_text(const Match& match, Language language) {
    const bool is_partly = match.verdict != Verdict::recognise && !match.recognised.empty();
    if (!is_partly) {
        const auto [zh, en] = recognition::headline_of(match.verdict, match.mark);
        return in(language, zh, en);
    }
    return word("cds-partly", language, {std::to_string(match.recognised.size()), std::to_string(match.members.size())}) + " · " +
           word("cds-order-only", language, {missing_names(match, language)});
}

} // namespace

std::string_view list_separator(Language language) { return language == Language::zh ? "、" : ", "; }

bool has_critical(const Match& match) {
    return std::any_of(match.members.begin(), match.members.end(),
                       [](const Member& member) { return member.shown() && member.shown()->candidate.critical; });
}

std::string missing_names(const Match& match, Language language) {
    std::string out;
    for (const auto& member : match.members) {
        if (std::find(match.missing.begin(), match.missing.end(), member.item) == match.missing.end()) continue;
        out.append(out.empty() ? "" : list_separator(language)).append(in(language, member.name_zh, member.name_en));
    }
    return out;
}

CardContent content_of(const Match& match, Language language) {
    CardContent out;
    const auto& first = leading(match);
    const auto& judged = *first.shown();
    out.name = in(language, match.name_zh, match.name_en);
    out.headline = headline_text(match, language);
    out.circumstances = in(language, judged.decision.circumstances_zh, judged.decision.circumstances_en);
    const bool is_laboratory = first.kind == "laboratory";
    out.has_images = !is_laboratory && judged.candidate.has_images;
    if (!is_laboratory) out.conclusion = judged.candidate.value_text;
    for (const auto& member : match.members) {
        if (is_laboratory) out.rows.push_back(row_of(member, language));
        if (!member.shown()) continue;
        // The head of the card is of one specimen: a value of another one says when and where itself.
        if (is_laboratory && !is_of_one_specimen(member.shown()->candidate, judged.candidate)) {
            const auto& decision = member.shown()->decision;
            out.rows.back().item += " (" + in(language, decision.circumstances_zh, decision.circumstances_en) + ')';
        }
        add_reasons(member, language, out);
        add_not_checked(member, language, out);
    }
    return out;
}

} // namespace huitong::rest
