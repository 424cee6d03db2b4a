#include "rest/cds/card_text.hpp"

#include "rest/cds/words.hpp"

#include <algorithm>

namespace huitong::rest {
namespace {

using recognition::Match;
using recognition::Member;
using recognition::reason_text;
using recognition::rule_name;
using recognition::Verdict;

std::string shortened(const std::string& text, std::size_t characters_max) {
    std::size_t characters = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if ((text[at] & 0xC0) == 0x80) continue;
        // One place is kept for the dots.
        if (++characters == characters_max && text.size() - at > 4) return text.substr(0, at) + "…";
    }
    return text;
}

/// A cell of a Markdown table.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += "\\|";
        else out += c == '\n' || c == '\r' ? ' ' : c;
    }
    return out;
}

/// The member whose circumstances stand for the match: the first that is recognised, else the first shown.
const Member* leading(const Match& match) {
    const Member* any = nullptr;
    for (const auto& member : match.members) {
        const auto* shown = member.shown();
        if (!shown) continue;
        if (shown->decision.verdict == Verdict::recognise) return &member;
        if (!any) any = &member;
    }
    return any;
}

bool is_partly(const Match& match) { return match.verdict != Verdict::recognise && !match.recognised.empty(); }

std::string recognition_cell(const recognition::Judged& judged, Language language) {
    if (judged.decision.verdict != Verdict::recognise) return word("cds-reference", language);
    return judged.decision.mark.empty() ? word("cds-recognised", language) : judged.decision.mark;
}

void add_row(std::string& out, std::initializer_list<std::string> cells) {
    for (const auto& text : cells) out += "| " + cell(text) + ' ';
    out += "|\n";
}

void add_table(const Match& match, Language language, std::string& out) {
    add_row(out, {word("cds-column-item", language), word("cds-column-result", language), word("cds-column-range", language),
                  word("cds-column-flag", language), word("cds-column-recognition", language)});
    out += "|---|---|---|---|---|\n";
    for (const auto& member : match.members) {
        const auto& name = in(language, member.name_zh, member.name_en);
        const auto* shown = member.shown();
        if (!shown) {
            add_row(out, {name, word("cds-nothing", language), "", "", ""});
            continue;
        }
        const auto& candidate = shown->candidate;
        const auto flag = candidate.critical ? candidate.interpretation + " " + word("cds-critical", language) : candidate.interpretation;
        add_row(out, {name, candidate.value_text, candidate.reference_range, flag, recognition_cell(*shown, language)});
    }
}

std::string evidence_text(const recognition::RuleAnswer& answer) {
    std::string out = answer.code;
    for (const auto& [name, value] : answer.evidence) out += "; " + name + ' ' + value;
    return out;
}

/// A reason that several members share is said once.
void add_reasons(const Match& match, Language language, std::string& out) {
    std::vector<std::pair<std::string, std::string>> lines; ///< reason, items
    for (const auto& member : match.members) {
        const auto* shown = member.shown();
        if (!shown) continue;
        for (const auto& answer : shown->decision.answers) {
            if (answer.code.empty() || answer.code == "CRITICAL") continue;
            const auto text = reason_text(answer, language) + " [" + evidence_text(answer) + "]";
            const auto& name = in(language, member.name_zh, member.name_en);
            const auto found = std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.first == text; });
            if (found == lines.end()) lines.emplace_back(text, name);
            else found->second += (language == Language::zh ? "、" : ", ") + name;
        }
    }
    if (lines.empty()) return;
    out += "\n**" + word("cds-reasons", language) + "**\n\n";
    for (const auto& [text, names] : lines) out += "- " + names + (language == Language::zh ? "：" : ": ") + text + '\n';
}

void add_not_checked(const Match& match, Language language, std::string& out) {
    std::vector<std::string> names;
    for (const auto& member : match.members) {
        const auto* shown = member.shown();
        if (!shown) continue;
        for (const auto& answer : shown->decision.answers) {
            if (answer.answer != recognition::Answer::unknown || !answer.code.empty()) continue;
            auto name = rule_name(answer.rule, language);
            if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
        }
    }
    if (names.empty()) return;
    out += "\n" + word("cds-not-checked", language) + (language == Language::zh ? "：" : ": ");
    for (std::size_t index = 0; index < names.size(); ++index)
        out += (index == 0 ? "" : language == Language::zh ? "、" : ", ") + names[index];
    out += '\n';
}

bool may_test_again(const Match& match) {
    for (const auto& member : match.members) {
        const auto* shown = member.shown();
        if (!shown) continue;
        for (const auto& answer : shown->decision.answers) {
            if (answer.code == "VISIT-EXEMPT" && answer.answer == recognition::Answer::refuse) return true;
        }
    }
    return false;
}

void add_conclusion(const Match& match, Language language, std::string& out) {
    const auto* member = leading(match);
    if (member->kind == "laboratory" || member->shown()->candidate.value_text.empty()) return;
    out += "\n> " + word("cds-conclusion", language) + (language == Language::zh ? "：" : ": ") +
           cell(member->shown()->candidate.value_text) + '\n';
}

} // namespace

bool has_critical(const Match& match) {
    return std::any_of(match.members.begin(), match.members.end(),
                       [](const Member& member) { return member.shown() && member.shown()->candidate.critical; });
}

std::string missing_names(const Match& match, Language language) {
    std::string out;
    for (const auto& member : match.members) {
        if (std::find(match.missing.begin(), match.missing.end(), member.item) == match.missing.end()) continue;
        out += (out.empty() ? "" : language == Language::zh ? "、" : ", ") + in(language, member.name_zh, member.name_en);
    }
    return out;
}

std::string card_summary(const Match& match, Language language) {
    const auto& decision = leading(match)->shown()->decision;
    auto out = in(language, match.name_zh, match.name_en) + (language == Language::zh ? "：" : ": ");
    if (is_partly(match)) {
        out += word("cds-partly", language, {std::to_string(match.recognised.size()), std::to_string(match.members.size())}) + " · " +
               word("cds-order-only", language, {missing_names(match, language)});
    } else {
        const auto [zh, en] = recognition::headline_of(match.verdict, match.mark);
        out += in(language, zh, en);
    }
    const auto& circumstances = in(language, decision.circumstances_zh, decision.circumstances_en);
    if (!circumstances.empty()) out += " · " + circumstances;
    return shortened(out, kCardSummaryCharactersMax);
}

std::string card_detail(const Match& match, Language language) {
    const auto& decision = leading(match)->shown()->decision;
    std::string out = "**" + in(language, match.name_zh, match.name_en) + "** " +
                      in(language, decision.circumstances_zh, decision.circumstances_en) + "\n\n";
    if (leading(match)->kind == "laboratory") add_table(match, language, out);
    add_conclusion(match, language, out);
    if (may_test_again(match)) out += "\n" + word("cds-retest", language) + '\n';
    add_reasons(match, language, out);
    add_not_checked(match, language, out);
    return out;
}

} // namespace huitong::rest
