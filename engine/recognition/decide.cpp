#include "base/catalogue.hpp"
#include "base/date_time.hpp"
#include "recognition/rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace huitong::recognition {
namespace {

std::string local_date(Instant instant, int offset_minutes) {
    auto value = date_time_of(instant, offset_minutes);
    value.precision = Precision::day;
    value.offset_minutes.reset();
    return write_date_time(value);
}

std::string local_minute(Instant instant, int offset_minutes) {
    auto value = date_time_of(instant, offset_minutes);
    value.precision = Precision::minute;
    value.offset_minutes.reset();
    auto text = write_date_time(value);
    text[10] = ' ';
    return text;
}

void find_certificates(RuleInput& input) {
    if (!input.item) return;
    for (const auto& certificate : input.facts.certificates) {
        const bool fits = certificate.item.empty() ? certificate.item_group == input.item->group : certificate.item == input.item->item;
        if (certificate.laboratory != input.candidate.performer || !fits) continue;
        input.certificates.push_back(&certificate);
        if (certificate.result != "pass") continue;
        input.passed.push_back(&certificate);
        const bool covers = !input.test_date.empty() && certificate.valid_from <= input.test_date && input.test_date <= certificate.valid_to;
        if (covers) input.valid.push_back(&certificate);
    }
}

RuleInput look_up(const Request& request, const Candidate& candidate, const Register& facts, const RulePack& pack, Instant at, int offset_minutes) {
    RuleInput input{request, candidate, facts, pack, at, offset_minutes};
    input.order_date = local_date(request.authored_on, offset_minutes);
    if (candidate.collected) input.test_date = local_date(*candidate.collected, offset_minutes);
    input.receiver = find_institution(facts, request.receiver, input.order_date);
    if (!input.test_date.empty()) input.performer = find_institution(facts, candidate.performer, input.test_date);
    if (input.receiver) input.item = find_item(facts, request.ordered_item, *input.receiver, input.order_date);
    find_certificates(input);
    const bool waives = input.setting("allianceWaivesEqa", "false") == "true";
    input.alliance_waives = waives && input.receiver && input.performer && share_alliance(*input.receiver, *input.performer);
    return input;
}

bool refuses_unknown(const Rule& rule, const RulePack& pack) {
    const auto found = pack.on_unknown.find(std::string(rule.id));
    return (found == pack.on_unknown.end() ? rule.on_unknown : std::string_view(found->second)) == "refuse";
}

Effect effect_of(const Rule& rule, const RuleAnswer& answer, const RulePack& pack) {
    // A void report is not shown at all: its existence helps nobody and its content is known to be wrong.
    if (answer.code == "ST-VOID") return Effect::withheld;
    if (answer.answer == Answer::refuse) return rule.effect;
    if (answer.answer == Answer::unknown && refuses_unknown(rule, pack)) return rule.effect;
    return Effect::none;
}

Verdict verdict_of(Effect worst) {
    switch (worst) {
        case Effect::none: return Verdict::recognise;
        case Effect::reference_only: return Verdict::reference_only;
        case Effect::omitted: return Verdict::omitted;
        case Effect::withheld: return Verdict::withheld;
    }
    return Verdict::withheld;
}

std::string reason_text(const RuleAnswer& answer, Language language) {
    Issue issue;
    issue.rule = "recognition-" + answer.code;
    std::transform(issue.rule.begin(), issue.rule.end(), issue.rule.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const auto& [name, value] : answer.evidence) issue.arguments.push_back(value);
    if (answer.answer == Answer::unknown) {
        return text_of(issue, language) + (language == Language::zh ? "（资料不足，无法核对）" : " (not enough data to check)");
    }
    return text_of(issue, language);
}

std::string age_text(std::int64_t microseconds) {
    const auto minutes = microseconds / (60 * kMicrosecondsPerSecond);
    return fmt::format("{}h{:02}m", minutes / 60, minutes % 60);
}

std::string window_text(const Decision& decision) {
    for (const auto& answer : decision.answers) {
        if (answer.rule != "R16") continue;
        for (const auto& [name, value] : answer.evidence) {
            if (name == "window-hours") return value + "h";
        }
    }
    return {};
}

void explain(const RuleInput& input, Decision& decision) {
    const auto laboratory = input.performer ? input.performer->name : input.candidate.performer;
    std::string zh, en;
    if (decision.verdict == Verdict::recognise) {
        zh = decision.mark.empty() ? "可互认（医联体内）" : "可互认 " + decision.mark;
        en = decision.mark.empty() ? "Recognised (inside the alliance)" : "Recognised " + decision.mark;
    } else {
        zh = "仅供参考";
        en = "Reference only";
    }
    if (!laboratory.empty()) zh += " · " + laboratory, en += " · " + laboratory;
    if (input.candidate.collected) {
        const auto when = local_minute(*input.candidate.collected, input.offset_minutes);
        const auto age = age_text(input.at.microseconds - input.candidate.collected->microseconds);
        zh += " · " + when + " 采集 · 距今 " + age;
        en += " · collected " + when + " · " + age + " ago";
    }
    if (const auto hours = window_text(decision); !hours.empty()) zh += " · 窗口 " + hours, en += " · window " + hours;
    for (const auto& answer : decision.answers) {
        const bool counts = answer.answer == Answer::refuse || (answer.answer == Answer::unknown && !answer.code.empty()) || answer.code == "CRITICAL";
        if (!counts || answer.code.empty()) continue;
        zh += "；" + reason_text(answer, Language::zh);
        en += "; " + reason_text(answer, Language::en);
    }
    decision.explanation_zh = zh;
    decision.explanation_en = en;
}

}  // namespace

const Institution* find_institution(const Register& facts, std::string_view id, std::string_view date) {
    for (const auto& institution : facts.institutions) {
        if (institution.id == id && institution.valid_from <= date && date <= institution.valid_to) return &institution;
    }
    return nullptr;
}

const CatalogueItem* find_item(const Register& facts, std::string_view item, const Institution& receiver, std::string_view date) {
    const CatalogueItem* best = nullptr;
    std::size_t best_depth = 0;
    for (const auto& row : facts.items) {
        if (row.item != item || row.valid_from > date || date > row.valid_to) continue;
        const auto place = std::find(receiver.area_path.begin(), receiver.area_path.end(), row.area);
        const bool allied = std::find(receiver.alliances.begin(), receiver.alliances.end(), row.area) != receiver.alliances.end();
        if (place == receiver.area_path.end() && !allied) continue;
        const auto depth = allied ? receiver.area_path.size() + 1 : static_cast<std::size_t>(place - receiver.area_path.begin()) + 1;
        if (depth > best_depth) {
            best = &row;
            best_depth = depth;
        }
    }
    return best;
}

const RulePack* find_pack(const Register& facts, std::string_view id) {
    for (const auto& pack : facts.packs) {
        if (pack.id == id) return &pack;
    }
    return nullptr;
}

std::vector<std::string> Decision::reasons() const {
    std::vector<std::string> out;
    for (const auto& answer : answers) {
        if (answer.code.empty() || answer.code == "CRITICAL" || answer.answer == Answer::pass) continue;
        out.push_back(answer.code);
    }
    return out;
}

Decision decide(const Request& request, const Candidate& candidate, const Register& facts, Instant at, int offset_minutes) {
    Decision decision;
    decision.register_version = facts.version;
    const auto* pack = find_pack(facts, request.pack);
    if (!pack) {  // without its rules nothing may be recognised
        decision.verdict = Verdict::reference_only;
        decision.answers.push_back({"PACK", Answer::refuse, "PACK-MISSING", {{"pack", request.pack}}});
        decision.explanation_zh = "仅供参考：没有规则包 " + request.pack;
        decision.explanation_en = "Reference only: there is no rule pack " + request.pack;
        return decision;
    }
    decision.pack = pack->id;
    decision.pack_version = pack->version;
    const auto input = look_up(request, candidate, facts, *pack, at, offset_minutes);
    auto worst = Effect::none;
    for (const auto& rule : kRules) {
        auto answer = rule.judge(input);
        answer.rule = rule.id;
        const auto effect = effect_of(rule, answer, *pack);
        if (answer.answer == Answer::unknown && effect != Effect::none) answer.code = rule.refusal;
        worst = std::max(worst, effect);
        decision.answers.push_back(std::move(answer));
    }
    decision.verdict = verdict_of(worst);
    if (decision.verdict == Verdict::recognise) {
        if (const auto* certificate = carrying_certificate(input)) {
            decision.mark = certificate->area_label + "HR";
            decision.certificate = certificate->id;
        }
    }
    explain(input, decision);
    return decision;
}

PanelDecision decide_panel(const Panel& panel, const std::map<std::string, Verdict>& members) {
    PanelDecision out;
    for (const auto& item : panel.mandatory) {
        const auto found = members.find(item);
        const bool recognised = found != members.end() && found->second == Verdict::recognise;
        (recognised ? out.recognised : out.missing).push_back(item);
    }
    out.answer.rule = "R25";
    if (out.missing.empty()) {
        out.verdict = Verdict::recognise;
    } else {
        out.answer.answer = Answer::refuse;
        out.answer.code = "PANEL-PART";
        for (const auto& item : out.missing) out.answer.evidence.emplace_back("order-only", item);
    }
    return out;
}

std::string_view verdict_text(Verdict verdict) {
    constexpr std::string_view kTexts[] = {"RECOGNISE", "REFERENCE_ONLY", "OMITTED", "WITHHELD"};
    return kTexts[static_cast<std::size_t>(verdict)];
}

std::string_view answer_text(Answer answer) {
    constexpr std::string_view kTexts[] = {"pass", "refuse", "unknown", "not-applicable"};
    return kTexts[static_cast<std::size_t>(answer)];
}

}  // namespace huitong::recognition
