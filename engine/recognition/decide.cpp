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

bool covers(const Certificate& certificate, const std::string& date) {
    return !date.empty() && certificate.valid_from <= date && date <= certificate.valid_to;
}

bool same_scope(const Certificate& a, const Certificate& b) { return a.level == b.level && a.area == b.area; }

/// A failed assessment takes back a pass of the same level and area: an item's failure the pass of its group, a later round an earlier one.
/// A pass of the item itself stands against the failure of its group.
bool overrides(const Certificate& failure, const Certificate& pass, const std::string& test_date) {
    if (!same_scope(failure, pass) || !covers(failure, test_date)) return false;
    if (failure.item.empty() != pass.item.empty()) return pass.item.empty();
    return failure.valid_from >= pass.valid_from;
}

/// Whether a failed assessment takes `pass` back on `date`.
bool is_taken_back(const RuleInput& input, const Certificate& pass, const std::string& date) {
    return std::any_of(input.certificates.begin(), input.certificates.end(),
                       [&](const auto* other) { return other->result != "pass" && overrides(*other, pass, date); });
}

/// The assessment that held on the test day still holds, or holds again, on the day of the order: no failure since has taken it back.
bool holds_at_order(const RuleInput& input, const Certificate& certificate) {
    return std::any_of(input.certificates.begin(), input.certificates.end(), [&](const auto* other) {
        return other->result == "pass" && same_scope(*other, certificate) && covers(*other, input.order_date) &&
               !is_taken_back(input, *other, input.order_date);
    });
}

void find_certificates(RuleInput& input) {
    if (!input.item) return;
    const auto& performer = input.candidate.performer;
    visit_rows(input.facts.certificates, input.facts.index.certificates(performer), [&](const Certificate& certificate) {
        const bool fits = certificate.item.empty() ? certificate.item_group == input.item->group : certificate.item == input.item->item;
        if (certificate.laboratory == performer && fits) input.certificates.push_back(&certificate);
        return true;
    });
    for (const auto* certificate : input.certificates) {
        if (certificate->result != "pass" && covers(*certificate, input.test_date)) input.failed_now = certificate;
        if (certificate->result != "pass") continue;
        if (!is_taken_back(input, *certificate, input.test_date)) input.passed.push_back(certificate);
    }
    const bool at_order = input.setting("eqaAlsoAtOrder", "false") == "true";
    for (const auto* certificate : input.passed) {
        if (covers(*certificate, input.test_date) && (!at_order || holds_at_order(input, *certificate))) input.valid.push_back(certificate);
    }
}

/// The narrowest row valid on `date`: of one of the alliances first, else of the receiver's areas from narrow to wide.
const CatalogueItem* find_row(const Register& facts, std::string_view item, const Institution& receiver,
                              const std::vector<std::string>& alliances, std::string_view date) {
    const CatalogueItem* best = nullptr;
    std::size_t best_depth = 0;
    visit_rows(facts.items, facts.index.items(item), [&](const CatalogueItem& row) {
        if (row.item != item || row.valid_from > date || date > row.valid_to) return true;
        const auto place = std::find(receiver.area_path.begin(), receiver.area_path.end(), row.area);
        const bool allied = std::find(alliances.begin(), alliances.end(), row.area) != alliances.end();
        if (place == receiver.area_path.end() && !allied) return true;
        const auto depth = allied ? receiver.area_path.size() + 1 : static_cast<std::size_t>(place - receiver.area_path.begin()) + 1;
        if (depth > best_depth) {
            best = &row;
            best_depth = depth;
        }
        return true;
    });
    return best;
}

RuleInput look_up(const Request& request, const Candidate& candidate, const Register& facts, const RulePack& pack, Instant at,
                  int offset_minutes) {
    RuleInput input{request, candidate, facts, pack, at, offset_minutes};
    input.order_date = local_date(request.authored_on, offset_minutes);
    if (candidate.collected) input.test_date = local_date(*candidate.collected, offset_minutes);
    input.receiver = find_institution(facts, request.receiver, input.order_date);
    if (!input.test_date.empty()) input.performer = find_institution(facts, candidate.performer, input.test_date);
    if (input.receiver) {
        // A row of an alliance speaks only about results of the same alliance.
        const auto alliances = input.performer ? shared_alliances(*input.receiver, *input.performer) : std::vector<std::string>();
        input.item = find_row(facts, request.ordered_item, *input.receiver, alliances, input.order_date);
    }
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
    std::string zh = laboratory, en = laboratory;
    if (input.candidate.collected) {
        const auto when = local_minute(*input.candidate.collected, input.offset_minutes);
        const auto age = age_text(input.at.microseconds - input.candidate.collected->microseconds);
        zh += " · " + when + " 采集 · 距今 " + age;
        en += " · collected " + when + " · " + age + " ago";
    }
    if (const auto hours = window_text(decision); !hours.empty()) zh += " · 窗口 " + hours, en += " · window " + hours;
    decision.circumstances_zh = zh;
    decision.circumstances_en = en;
    const auto [head_zh, head_en] = headline_of(decision.verdict, decision.mark);
    zh = head_zh + (laboratory.empty() ? "" : " · ") + zh;
    en = head_en + (laboratory.empty() ? "" : " · ") + en;
    for (const auto& answer : decision.answers) {
        if (answer.code.empty()) continue; // refused, or noted: also a rule that passes may have a word to say
        zh += "；" + reason_text(answer, Language::zh);
        en += "; " + reason_text(answer, Language::en);
    }
    // What lack of data left unchecked is said, not hidden behind a "recognised".
    std::string open_zh, open_en;
    for (const auto& answer : decision.answers) {
        if (answer.answer != Answer::unknown || !answer.code.empty()) continue;
        open_zh += (open_zh.empty() ? "" : "、") + rule_name(answer.rule, Language::zh);
        open_en += (open_en.empty() ? "" : ", ") + rule_name(answer.rule, Language::en);
    }
    if (!open_zh.empty()) zh += "；未核对：" + open_zh, en += "; not checked: " + open_en;
    decision.explanation_zh = zh;
    decision.explanation_en = en;
}

RuleAnswer missing_pack(const std::string& pack) { return {"PACK", Answer::refuse, "PACK-MISSING", {{"pack", pack}}}; }

} // namespace

std::string reason_text(const RuleAnswer& answer, Language language) {
    Issue issue;
    issue.rule = "recognition-" + answer.code;
    std::transform(issue.rule.begin(), issue.rule.end(), issue.rule.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const auto& [name, value] : answer.evidence) issue.arguments.push_back(value);
    if (answer.answer == Answer::unknown) {
        return text_of(issue, language) + (language == Language::zh ? "（资料不足，无法核对）" : " (not enough data to check)");
    }
    return text_of(issue, language);
}

std::string rule_name(std::string_view rule, Language language) {
    Issue issue;
    issue.rule = "recognition-rule-" + std::string(rule.substr(1));
    return text_of(issue, language);
}

std::pair<std::string, std::string> headline_of(Verdict verdict, const std::string& mark) {
    switch (verdict) {
    case Verdict::recognise:
        if (mark.empty()) return {"可互认（医联体内）", "Recognised (inside the alliance)"};
        return {"可互认 " + mark, "Recognised " + mark};
    case Verdict::reference_only: return {"仅供参考", "Reference only"};
    case Verdict::omitted: return {"本院近期结果，不提示", "Own recent result, not offered"};
    case Verdict::withheld: return {"不予展示", "Withheld"};
    }
    return {};
}

const Institution* find_institution(const Register& facts, std::string_view id, std::string_view date) {
    const Institution* found = nullptr;
    visit_rows(facts.institutions, facts.index.institutions(id), [&](const Institution& institution) {
        if (institution.id == id && institution.valid_from <= date && date <= institution.valid_to) found = &institution;
        return found == nullptr;
    });
    return found;
}

const CatalogueItem* find_item(const Register& facts, std::string_view item, const Institution& receiver, std::string_view date) {
    return find_row(facts, item, receiver, receiver.alliances, date);
}

const Panel* find_panel(const Register& facts, std::string_view panel, const Institution* receiver, std::string_view date) {
    const Panel* any = nullptr;
    for (const auto& row : facts.panels) {
        if (row.panel != panel) continue;
        const auto* item = receiver && !row.mandatory.empty() ? find_item(facts, row.mandatory.front(), *receiver, date) : nullptr;
        if (item && item->catalogue == row.catalogue) return &row;
        if (!any) any = &row;
    }
    return any;
}

const ImagingItem* find_imaging(const Register& facts, std::string_view item) {
    for (const auto& row : facts.imaging) {
        if (row.item == item) return &row;
    }
    return nullptr;
}

std::string item_of_code(const Register& facts, std::string_view system, std::string_view code) {
    std::string found;
    visit_rows(facts.items, facts.index.items_with(code), [&](const CatalogueItem& row) {
        for (const auto& accepted : row.codes) {
            if (accepted.first == system && accepted.second == code) found = row.item;
        }
        return found.empty();
    });
    return found;
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
    // Without its pack nothing may be recognised; identity, rights and void reports are judged all the same, so that nothing is disclosed.
    static const RulePack kNoPack;
    const auto* found = find_pack(facts, request.pack);
    const auto* pack = found ? found : &kNoPack;
    decision.pack = pack->id;
    decision.pack_version = pack->version;
    const auto input = look_up(request, candidate, facts, *pack, at, offset_minutes);
    auto worst = found ? Effect::none : Effect::reference_only;
    for (const auto& rule : kRules) {
        auto answer = rule.judge(input);
        answer.rule = rule.id;
        const auto effect = effect_of(rule, answer, *pack);
        if (answer.answer == Answer::unknown && effect != Effect::none) answer.code = rule.refusal;
        worst = std::max(worst, effect);
        decision.answers.push_back(std::move(answer));
    }
    if (!found) decision.answers.push_back(missing_pack(request.pack));
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
    if (panel.mandatory.empty()) { // a panel without members says nothing about its order
        out.answer.answer = Answer::unknown;
        out.answer.code = "PANEL-PART";
    } else if (out.missing.empty()) {
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

} // namespace huitong::recognition
