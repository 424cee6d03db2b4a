#include "recognition/rules.hpp"

#include "base/date_time.hpp"
#include "recognition/result_words.hpp"
#include "ucum/ucum.hpp"

#include <algorithm>
#include <array>

namespace huitong::recognition {

std::string RuleInput::setting(std::string_view name, std::string_view fallback) const {
    const auto found = pack.settings.find(std::string(name));
    return std::string(found == pack.settings.end() ? fallback : std::string_view(found->second));
}

bool RuleInput::in_list(std::string_view name, std::string_view fallback, std::string_view word) const {
    const auto list = "," + setting(name, fallback) + ",";
    return list.find("," + std::string(word) + ",") != list.npos;
}

int tier_of(std::string_view level) {
    // "1" … without a letter: the hospital has its level but no grade yet; it stands below the letter B of its level.
    static constexpr std::array<std::string_view, 14> kOrder = {"NONE", "1C", "1",  "1B", "1A", "2C", "2",
                                                                "2B",   "2A", "3C", "3",  "3B", "3A", "3A+"};
    const auto found = std::find(kOrder.begin(), kOrder.end(), level);
    return found == kOrder.end() ? 0 : static_cast<int>(found - kOrder.begin()) + 1;
}

int level_class(std::string_view level) { return level.empty() || level.front() < '1' || level.front() > '3' ? 0 : level.front() - '0'; }

bool jiangsu_upper(std::string_view level) { return tier_of(level) >= tier_of("2A"); }

std::vector<std::string> shared_alliances(const Institution& a, const Institution& b) {
    std::vector<std::string> out;
    for (const auto& name : a.alliances) {
        if (std::find(b.alliances.begin(), b.alliances.end(), name) != b.alliances.end()) out.push_back(name);
    }
    return out;
}

bool share_alliance(const Institution& a, const Institution& b) { return !shared_alliances(a, b).empty(); }

bool area_holds(const Certificate& certificate, const Institution& receiver) {
    return std::find(receiver.area_path.begin(), receiver.area_path.end(), certificate.area) != receiver.area_path.end();
}

const Certificate* carrying_certificate(const RuleInput& input) {
    if (!input.receiver) return nullptr;
    static constexpr std::array<std::string_view, 5> kNarrowFirst = {"county", "city", "province", "region", "nation"};
    for (const auto level : kNarrowFirst) {
        for (const auto* certificate : input.valid) {
            if (certificate->level == level && area_holds(*certificate, *input.receiver)) return certificate;
        }
    }
    return nullptr;
}

namespace {

using Evidence = std::vector<std::pair<std::string, std::string>>;

RuleAnswer pass(Evidence evidence = {}) { return {"", Answer::pass, "", std::move(evidence)}; }
RuleAnswer refuse(std::string code, Evidence evidence = {}) { return {"", Answer::refuse, std::move(code), std::move(evidence)}; }
RuleAnswer unknown(Evidence evidence = {}) { return {"", Answer::unknown, "", std::move(evidence)}; }
RuleAnswer not_applicable() { return {"", Answer::not_applicable, "", {}}; }

bool is_laboratory(const RuleInput& input) { return input.item && input.item->kind == "laboratory"; }
bool is_imaging(const RuleInput& input) { return input.item && input.item->kind == "imaging"; }

RuleAnswer identity(const RuleInput& input) {
    const auto& grade = input.candidate.match_grade;
    if (!input.candidate.same_person) return refuse("ID-WEAK", {{"match-grade", grade.empty() ? "none" : grade}});
    if (grade.empty()) return unknown();
    if (grade == "certain" || grade == input.setting("matchGrade", "certain")) return pass({{"match-grade", grade}});
    return refuse("ID-WEAK", {{"match-grade", grade}});
}

RuleAnswer rights(const RuleInput& input) {
    if (input.candidate.withheld_by_access) return refuse("AUTH-DENY");
    const auto& purpose = input.request.purpose;
    if (purpose.empty()) return unknown();
    // Recognition serves treatment only (v3 PurposeOfUse codes); research or billing never sees a candidate.
    const bool treats = purpose == "TREAT" || purpose == "ETREAT" || purpose == "BTG";
    return treats ? pass({{"purpose", purpose}}) : refuse("AUTH-DENY", {{"purpose", purpose}});
}

bool is_final(std::string_view status) { return status == "final" || status == "amended" || status == "corrected" || status == "appended"; }
bool is_void(std::string_view status) { return status == "entered-in-error" || status == "cancelled"; }

RuleAnswer finality(const RuleInput& input) {
    const auto& own = input.candidate.status;
    const auto& report = input.candidate.report_status;
    const Evidence evidence = {{"status", own}, {"report-status", report}};
    if (is_void(own) || is_void(report)) return refuse("ST-VOID", evidence);
    if (own.empty() && report.empty()) return unknown();
    // An imaging study is "available"; its report, and each laboratory value, must be final.
    const bool own_final = is_final(own) || own == "available" || (own.empty() && is_final(report));
    if (own_final && (report.empty() || is_final(report))) return pass(evidence);
    return refuse("ST-NOTFINAL", evidence);
}

RuleAnswer data_not_conclusion(const RuleInput& input) {
    if (!input.item) return unknown();
    if (is_laboratory(input)) return pass({{"kind", "laboratory"}});
    if (!input.candidate.has_images) return refuse("IMG-NONE");
    if (!input.candidate.images_available) return unknown({{"images", "not checked"}});
    return *input.candidate.images_available ? pass({{"images", "retrievable"}}) : refuse("IMG-NONE", {{"images", "not retrievable"}});
}

RuleAnswer in_catalogue(const RuleInput& input) {
    if (!input.receiver) return unknown({{"receiver", input.request.receiver}});
    if (!input.item || input.candidate.item != input.request.ordered_item) return refuse("CAT-OUT", {{"item", input.request.ordered_item}});
    // The candidates of an item are found by the codes of all its rows; the row of this order decides which it accepts.
    const auto& codes = input.candidate.item_codes;
    const auto& accepted = input.item->codes;
    const bool is_accepted = codes.empty() || std::any_of(codes.begin(), codes.end(), [&](const auto& code) {
                                 return std::find(accepted.begin(), accepted.end(), code) != accepted.end();
                             });
    if (!is_accepted) return refuse("CAT-OUT", {{"item", input.item->item}, {"code", codes.front().first + '|' + codes.front().second}});
    return pass({{"catalogue", input.item->catalogue}, {"item", input.item->item}});
}

RuleAnswer mapping_quality(const RuleInput& input) {
    const auto& equivalence = input.candidate.code_equivalence;
    if (equivalence.empty()) return unknown();
    const bool same = equivalence == "equal" || equivalence == "equivalent";
    const Evidence evidence = {{"equivalence", equivalence}, {"reviewed", input.candidate.code_reviewed ? "yes" : "no"}};
    return same && input.candidate.code_reviewed ? pass(evidence) : refuse("MAP-UNSURE", evidence);
}

/// What is asked for against what was done: "" asked = not stated; "" done = not known.
Answer compare(std::string_view asked, std::string_view done) {
    if (asked.empty()) return Answer::not_applicable;
    if (done.empty()) return Answer::unknown;
    return asked == done ? Answer::pass : Answer::refuse;
}

RuleAnswer specimen_and_site(const RuleInput& input) {
    if (!input.item) return unknown();
    const auto& asked = input.request;
    const auto& done = input.candidate;
    const std::string specimen = asked.specimen.empty() ? input.item->specimen : asked.specimen;
    const std::pair<std::string_view, Answer> parts[] = {
        {"specimen", is_imaging(input) ? Answer::not_applicable : compare(specimen, done.specimen)},
        {"body-site", compare(asked.body_site, done.body_site)},
        {"laterality", compare(asked.laterality, done.laterality)},
        {"contrast", compare(asked.contrast, done.contrast)},
    };
    Evidence evidence;
    Answer worst = Answer::not_applicable;
    for (const auto& [name, answer] : parts) {
        if (answer == Answer::not_applicable) continue;
        evidence.emplace_back(name, answer_text(answer));
        if (answer == Answer::refuse) worst = Answer::refuse;
        else if (answer == Answer::unknown && worst != Answer::refuse) worst = Answer::unknown;
        else if (worst == Answer::not_applicable) worst = Answer::pass;
    }
    return {"", worst, worst == Answer::refuse ? "SPEC-DIFF" : "", std::move(evidence)};
}

RuleAnswer unit(const RuleInput& input) {
    if (!input.item) return unknown();
    if (!is_laboratory(input)) return not_applicable();
    const auto& candidate = input.candidate;
    if (input.item->unit.empty()) {
        if (!candidate.value.empty()) return pass();
        // A lone dash is "negative" of a strip and "nothing" everywhere else.
        const bool is_strip = candidate.specimen == "UR" || input.item->specimen == "UR";
        return says_a_result(candidate.value_text, is_strip) ? pass() : unknown({{"value", "says no result"}});
    }
    if (candidate.value.empty() || candidate.unit.empty()) return unknown({{"unit", candidate.unit}});
    const Evidence evidence = {{"unit", candidate.unit}, {"catalogue-unit", input.item->unit}};
    return ucum::convert(Decimal(1), candidate.unit, input.item->unit) ? pass(evidence) : refuse("UNIT-BAD", evidence);
}

RuleAnswer method(const RuleInput& input) {
    if (!input.item) return unknown();
    const auto& comparability = input.item->comparability;
    if (comparability == "any" || !is_laboratory(input)) return not_applicable();
    const bool platform = comparability == "same-platform";
    const auto& own = platform ? input.request.device : input.request.method;
    const auto& other = platform ? input.candidate.device : input.candidate.method;
    if (own.empty() || other.empty()) return unknown({{"comparability", comparability}});
    return own == other ? pass({{"comparability", comparability}}) : refuse("METH-DIFF", {{"comparability", comparability}});
}

RuleAnswer reference_interval(const RuleInput& input) {
    if (!is_laboratory(input)) return not_applicable();
    return input.candidate.reference_range.empty() ? refuse("RANGE-NONE") : pass();
}

RuleAnswer institution(const RuleInput& input) {
    const auto& id = input.candidate.performer;
    if (id.empty() || input.test_date.empty()) return unknown();
    // Who measured is a claim, whose word must count for that laboratory.
    const auto& writer = input.candidate.written_by;
    if (!writer.empty()) return refuse("ORG-CLAIMED", {{"laboratory", id}, {"written-by", writer}});
    return input.performer ? pass({{"laboratory", id}}) : refuse("ORG-OUT", {{"laboratory", id}});
}

Evidence certificate_evidence(const Certificate& certificate) {
    return {{"certificate", certificate.id},
            {"level", certificate.level},
            {"valid-from", certificate.valid_from},
            {"valid-to", certificate.valid_to}};
}

RuleAnswer eqa_passed(const RuleInput& input) {
    if (input.alliance_waives) return not_applicable();
    if (input.candidate.performer.empty() || !input.item) return unknown();
    if (input.certificates.empty()) return refuse("EQA-NONE", {{"laboratory", input.candidate.performer}, {"item", input.item->item}});
    if (input.passed.empty()) return refuse("EQA-FAIL", certificate_evidence(*input.certificates.front()));
    // A failure of the very period counts, however many older certificates were passed.
    if (input.failed_now && input.valid.empty()) return refuse("EQA-FAIL", certificate_evidence(*input.failed_now));
    return pass(certificate_evidence(*input.passed.front()));
}

/// The certificate that ran out last before the test day; if none had begun by then, the one that begins first.
const Certificate& last_held(const RuleInput& input) {
    const auto held = [&](const Certificate* certificate) { return certificate->valid_from <= input.test_date; };
    return **std::max_element(input.passed.begin(), input.passed.end(), [&](const auto* a, const auto* b) {
        if (held(a) != held(b)) return held(b);
        return held(a) ? a->valid_to < b->valid_to : a->valid_from > b->valid_from;
    });
}

RuleAnswer eqa_valid(const RuleInput& input) {
    if (input.alliance_waives || (input.passed.empty() && input.item && !input.candidate.performer.empty())) return not_applicable();
    if (input.test_date.empty() || input.passed.empty()) return unknown();
    if (input.valid.empty()) return input.failed_now ? not_applicable() : refuse("EQA-LAPSED", certificate_evidence(last_held(input)));
    return pass(certificate_evidence(*input.valid.front()));
}

RuleAnswer area(const RuleInput& input) {
    if (input.alliance_waives || (input.passed.empty() && input.item && !input.candidate.performer.empty())) return not_applicable();
    if (!input.receiver || input.passed.empty()) return unknown();
    // A lapsed certificate is refused by R13; its area is judged all the same, so that the doctor sees every reason.
    for (const auto* certificate : input.valid.empty() ? input.passed : input.valid) {
        if (area_holds(*certificate, *input.receiver)) return pass({{"area", certificate->area}, {"certificate", certificate->id}});
    }
    return refuse("AREA-OUT", {{"area", input.passed.front()->area}});
}

RuleAnswer tier(const RuleInput& input) {
    const auto rule = input.setting("tier", "all");
    if (rule == "all") return not_applicable();
    if (!input.receiver || !input.performer) return unknown();
    const int own = tier_of(input.receiver->level);
    const int other = tier_of(input.performer->level);
    if (own == 0 || other == 0) return not_applicable(); // a laboratory has no hospital tier
    const Evidence evidence = {{"tier-rule", rule}, {"receiver", input.receiver->level}, {"laboratory", input.performer->level}};
    bool accepted = false;
    if (rule == "same-or-higher") accepted = other >= own;
    if (rule == "jiangsu") {
        accepted = jiangsu_upper(input.performer->level) || !jiangsu_upper(input.receiver->level) ||
                   share_alliance(*input.receiver, *input.performer);
    }
    if (rule == "inner-mongolia-pilot") {
        accepted = level_class(input.performer->level) >= level_class(input.receiver->level);
        for (const auto& name : shared_alliances(*input.receiver, *input.performer))
            accepted = accepted || input.in_list("pilotAlliances", "", name);
    }
    return accepted ? pass(evidence) : refuse("TIER-LOW", evidence);
}

RuleAnswer window(const RuleInput& input) {
    if (!input.item) return unknown();
    const auto& windows = input.item->window_hours;
    auto found = windows.find(input.request.visit_class);
    if (found == windows.end()) found = windows.find("*");
    const auto anchor = input.setting("anchor", "collected") == "issued" ? input.candidate.issued : input.candidate.collected;
    if (!anchor || found == windows.end() || *anchor > input.at) return unknown();
    const auto age = input.at.microseconds - anchor->microseconds;
    const auto limit = std::int64_t{found->second} * 3600 * kMicrosecondsPerSecond;
    const Evidence evidence = {{"window-hours", std::to_string(found->second)},
                               {"age-minutes", std::to_string(age / (60 * kMicrosecondsPerSecond))}};
    return age <= limit ? pass(evidence) : refuse("TIME-OVER", evidence); // the boundary belongs to the window
}

RuleAnswer intervention(const RuleInput& input) {
    bool undated = false;
    for (const auto& event : input.candidate.events) {
        constexpr std::string_view kDefault = "surgery,transfusion,delivery";
        const bool listed = input.in_list("interventionEvents", kDefault, event.kind) ||
                            (!event.code.empty() && input.in_list("interventionEvents", kDefault, event.kind + ":" + event.code));
        if (!listed || event.at > input.at) continue;
        const auto& collected = input.candidate.collected;
        if (collected && event.at >= *collected) {
            Evidence evidence = {{"event", event.kind}};
            if (!event.resource.empty()) evidence.emplace_back("resource", event.resource);
            return refuse("EVENT-BETWEEN", std::move(evidence));
        }
        if (!collected || event.until > *collected) undated = true; // before or after the specimen: nobody can say
    }
    // That the record names no intervention says something only where the pack vouches that all are in it.
    const bool is_complete = input.candidate.events_known || input.setting("interventionRecord", "partial") == "complete";
    return is_complete && !input.candidate.events_partial && !undated ? pass() : unknown();
}

RuleAnswer specimen_quality(const RuleInput& input) {
    if (!is_laboratory(input)) return not_applicable();
    const auto& conditions = input.candidate.specimen_quality;
    if (conditions.empty()) return unknown();
    for (const auto& quality : conditions) {
        if (input.in_list("specimenQualityFlags", "HEM,LIP,QNS,CLOT,REJ", quality)) return refuse("SPEC-QUAL", {{"quality", quality}});
    }
    return pass();
}

RuleAnswer internal_control(const RuleInput& input) {
    if (!is_laboratory(input)) return not_applicable();
    if (const auto said = input.candidate.iqc_in_control) return *said ? pass() : refuse("IQC-OUT");
    // Of what is said of the item and of its group on the day of the test, the worst counts.
    const ControlPeriod* worst = nullptr;
    for (const auto& period : input.facts.controls) {
        const bool is_of_day = !input.test_date.empty() && period.valid_from <= input.test_date && input.test_date <= period.valid_to;
        if (!input.item || !is_of_day || period.laboratory != input.candidate.performer) continue;
        const bool fits = period.item.empty() ? period.item_group == input.item->group : period.item == input.item->item;
        if (fits && (!worst || worst->in_control)) worst = &period;
    }
    if (!worst) return unknown();
    const Evidence evidence = {{"valid-from", worst->valid_from}, {"valid-to", worst->valid_to}};
    return worst->in_control ? pass(evidence) : refuse("IQC-OUT", evidence);
}

/// A word that nobody defined ("E", "急诊") may mean an emergency: it is no class. Source: HL7 v3 ActEncounterCode; PREOP and FORENSIC are
/// ours; a pack and the windows of an item may name more.
bool is_visit_class(const RuleInput& input, const std::string& text) {
    static constexpr std::array<std::string_view, 13> kKnown = {"AMB", "IMP", "ACUTE", "NONAC", "EMER",  "OBSENC",  "SS",
                                                                "VR",  "HH",  "FLD",   "PRENC", "PREOP", "FORENSIC"};
    if (std::find(kKnown.begin(), kKnown.end(), text) != kKnown.end()) return true;
    return text != "*" && input.item && input.item->window_hours.contains(text);
}

RuleAnswer visit(const RuleInput& input) {
    const auto& visit_class = input.request.visit_class;
    if (visit_class.empty()) return unknown();
    const Evidence evidence = {{"visit-class", visit_class}};
    if (input.in_list("visitExempt", "EMER,PREOP,FORENSIC", visit_class)) return refuse("VISIT-EXEMPT", evidence);
    return is_visit_class(input, visit_class) ? pass() : unknown(evidence);
}

RuleAnswer source_class(const RuleInput& input) {
    const auto& source = input.candidate.source_class;
    if (!source.empty() && source != "institution") return refuse("SRC-SELF", {{"source", source}});
    // A signature that does not hold is no better than none.
    const auto& signature = input.candidate.signature;
    const auto choice = input.setting("unsigned", "accept");
    if (!signature.empty() && signature != "verified" && choice != "accept") {
        const Evidence evidence = {{"signature", signature}};
        return choice == "refuse" ? refuse("SRC-UNSIGNED", evidence) : RuleAnswer{"", Answer::pass, "SRC-UNSIGNED", evidence};
    }
    return source.empty() ? unknown() : pass();
}

RuleAnswer own_recent(const RuleInput& input) {
    if (input.candidate.reporting.empty() && input.candidate.performer.empty()) return unknown();
    const auto& reporting = input.candidate.reporting.empty() ? input.candidate.performer : input.candidate.reporting;
    if (reporting != input.request.receiver) return not_applicable();
    if (!input.candidate.collected) return unknown();
    const auto hours = Decimal::read(input.setting("ownExclusionHours", "24"));
    const auto limit = hours && hours->to_int64() ? *hours->to_int64() : 24;
    const auto age = input.at.microseconds - input.candidate.collected->microseconds;
    const Evidence evidence = {{"exclusion-hours", std::to_string(limit)}};
    return age <= limit * 3600 * kMicrosecondsPerSecond ? refuse("OWN-RECENT", evidence) : pass(evidence);
}

RuleAnswer critical(const RuleInput& input) {
    // Never a refusal: a critical value is shown with an alert.
    return input.candidate.critical ? RuleAnswer{"", Answer::pass, "CRITICAL", {}} : pass();
}

std::string mark_text(std::string_view mark) {
    std::string out(mark);
    for (const std::string_view piece : {"【", "】", "[", "]", "(", ")", "（", "）", " ", "-"}) {
        for (auto at = out.find(piece); at != out.npos; at = out.find(piece)) out.erase(at, piece.size());
    }
    return out;
}

RuleAnswer claimed_mark(const RuleInput& input) {
    const auto claimed = mark_text(input.candidate.claimed_mark);
    if (claimed.empty()) return not_applicable();
    // Without item, laboratory or day there is nothing to check the claim against: no conflict is alleged.
    if (!input.item || input.candidate.performer.empty() || input.test_date.empty()) return unknown({{"claimed", claimed}});
    for (const auto* certificate : input.valid) {
        if (claimed == certificate->area_label + "HR") return pass({{"claimed", claimed}, {"certificate", certificate->id}});
    }
    return refuse("MARK-CONFLICT", {{"claimed", claimed}});
}

RuleAnswer panel(const RuleInput&) { return not_applicable(); } // judged over the members by decide_panel

} // namespace

const Rule kRules[25] = {
    {"R01", "ID-WEAK", Effect::withheld, "refuse", identity},
    {"R02", "AUTH-DENY", Effect::withheld, "refuse", rights},
    {"R03", "ST-NOTFINAL", Effect::reference_only, "refuse", finality},
    {"R04", "IMG-NONE", Effect::reference_only, "refuse", data_not_conclusion},
    {"R05", "CAT-OUT", Effect::reference_only, "refuse", in_catalogue},
    {"R06", "MAP-UNSURE", Effect::reference_only, "refuse", mapping_quality},
    {"R07", "SPEC-DIFF", Effect::reference_only, "refuse", specimen_and_site},
    {"R08", "UNIT-BAD", Effect::reference_only, "refuse", unit},
    {"R09", "METH-DIFF", Effect::reference_only, "refuse", method},
    {"R10", "RANGE-NONE", Effect::none, "note", reference_interval},
    {"R11", "ORG-OUT", Effect::reference_only, "refuse", institution},
    {"R12", "EQA-NONE", Effect::reference_only, "refuse", eqa_passed},
    {"R13", "EQA-LAPSED", Effect::reference_only, "refuse", eqa_valid},
    {"R14", "AREA-OUT", Effect::reference_only, "refuse", area},
    {"R15", "TIER-LOW", Effect::reference_only, "refuse", tier},
    {"R16", "TIME-OVER", Effect::reference_only, "refuse", window},
    {"R17", "EVENT-BETWEEN", Effect::reference_only, "note", intervention},
    {"R18", "SPEC-QUAL", Effect::reference_only, "note", specimen_quality},
    {"R19", "IQC-OUT", Effect::reference_only, "note", internal_control},
    {"R20", "VISIT-EXEMPT", Effect::reference_only, "refuse", visit},
    {"R21", "SRC-SELF", Effect::reference_only, "note", source_class},
    {"R22", "OWN-RECENT", Effect::omitted, "refuse", own_recent},
    {"R23", "CRITICAL", Effect::none, "note", critical},
    {"R24", "MARK-CONFLICT", Effect::none, "note", claimed_mark},
    {"R25", "PANEL-PART", Effect::reference_only, "refuse", panel},
};

} // namespace huitong::recognition
