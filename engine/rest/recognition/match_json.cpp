#include "rest/recognition/match_json.hpp"

namespace huitong::rest {
namespace {

using recognition::Judged;
using recognition::Match;
using recognition::Member;
using recognition::reason_text;
using recognition::Register;
using recognition::rule_name;
using recognition::verdict_text;

std::string laboratory_name(const Register& facts, const std::string& id) {
    for (const auto& institution : facts.institutions) {
        if (institution.id == id) return institution.name;
    }
    return {};
}

void write_institution(JsonWriter& json, std::string_view name, const Register& facts, const std::string& id) {
    if (id.empty()) return;
    json.object(name).member("code", id).member_if("name", laboratory_name(facts, id)).end_object();
}

void write_result(JsonWriter& json, const recognition::Candidate& candidate, const Register& facts, int offset_minutes) {
    json.object("result").member("resource", candidate.resource).member("version", candidate.version).member("status", candidate.status);
    json.member_if("report", candidate.report).member_if("report_version", candidate.report_version);
    write_institution(json, "laboratory", facts, candidate.performer);
    write_institution(json, "reported_by", facts, candidate.reporting);
    if (candidate.collected) json.member("collected", instant_text(*candidate.collected, offset_minutes));
    if (candidate.issued) json.member("issued", instant_text(*candidate.issued, offset_minutes));
    if (candidate.has_images) {
        json.flag("images", candidate.images_available.value_or(false)).member_if("reference_text", candidate.value_text);
    } else {
        json.member_if("value", candidate.value).member_if("unit", candidate.unit).member("text", candidate.value_text);
    }
    json.member_if("range", candidate.reference_range).member_if("interpretation", candidate.interpretation);
    json.member_if("specimen", candidate.specimen).member_if("method", candidate.method).member_if("device", candidate.device);
    if (candidate.critical) json.flag("critical", true);
    json.end_object();
}

void write_saw(JsonWriter& json, const recognition::RuleAnswer& answer) {
    if (answer.evidence.empty()) return;
    json.array("saw");
    for (const auto& [name, value] : answer.evidence) json.object().member("name", name).member("value", value).end_object();
    json.end_array();
}

void write_answer(JsonWriter& json, const recognition::RuleAnswer& answer, Depth depth) {
    json.object().member("rule", answer.rule).member_if("code", answer.code).member("answer", answer_text(answer.answer));
    const bool coded = !answer.code.empty();
    const bool known = answer.rule.starts_with('R');
    json.member("zh", coded ? reason_text(answer, Language::zh) : known ? rule_name(answer.rule, Language::zh) : answer.rule);
    json.member("en", coded ? reason_text(answer, Language::en) : known ? rule_name(answer.rule, Language::en) : answer.rule);
    if (depth == Depth::all_rules || answer.answer != recognition::Answer::pass) write_saw(json, answer);
    json.end_object();
}

/// What speaks against, and what was not checked.
void write_answers(JsonWriter& json, const recognition::Decision& decision, Depth depth) {
    using recognition::Answer;
    json.array(depth == Depth::all_rules ? "rules" : "reasons");
    for (const auto& answer : decision.answers) {
        const bool counts = !answer.code.empty();
        if (depth == Depth::all_rules || counts) write_answer(json, answer, depth);
    }
    json.end_array();
    if (depth == Depth::all_rules) return;
    json.array("not_checked");
    for (const auto& answer : decision.answers) {
        if (answer.answer == Answer::unknown && answer.code.empty()) write_answer(json, answer, depth);
    }
    json.end_array();
}

void write_judged(JsonWriter& json, const Judged& judged, const Register& facts, int offset_minutes, Depth depth) {
    const auto& decision = judged.decision;
    json.member("verdict", verdict_text(decision.verdict)).member_if("mark", decision.mark).member_if("certificate", decision.certificate);
    json.member("explanation_zh", decision.explanation_zh).member("explanation_en", decision.explanation_en);
    write_answers(json, decision, depth);
    write_result(json, judged.candidate, facts, offset_minutes);
}

void write_words(JsonWriter& json, std::string_view name, const std::vector<std::string>& words) {
    json.array(name);
    for (const auto& word : words) json.text(word);
    json.end_array();
}

void write_head(JsonWriter& json, const Match& match) {
    json.member_if("match", match.id).member("order", match.order.id).member("item", match.item);
    json.member_if("name_zh", match.name_zh).member_if("name_en", match.name_en).flag("panel", match.is_panel);
    json.member("verdict", verdict_text(match.verdict)).member_if("mark", match.mark);
    if (match.price) json.member("price", match.price->text());
    if (match.saving) json.member("saving", match.saving->text());
    write_words(json, "recognised", match.recognised);
    write_words(json, "order_only", match.missing);
}

void write_match(JsonWriter& json, const Match& match, const Register& facts, int offset_minutes, Depth depth) {
    json.object();
    write_head(json, match);
    json.array("members");
    for (const auto& member : match.members) {
        json.object().member("item", member.item).member_if("name_zh", member.name_zh).member_if("name_en", member.name_en);
        if (const auto* shown = member.shown()) write_judged(json, *shown, facts, offset_minutes, depth);
        json.end_object();
    }
    json.end_array().end_object();
}

void write_frame(JsonWriter& json, const recognition::Question& question, const recognition::Advice& advice, int offset_minutes) {
    json.object().member_if("instance", question.instance).member("at", instant_text(advice.at, offset_minutes));
    json.member("receiver", advice.receiver).member("pack", advice.pack).member("pack_version", advice.pack_version);
    json.member("register", advice.register_version);
    if (advice.late) json.flag("late", true);
}

void write_unmapped(JsonWriter& json, const recognition::Advice& advice) {
    json.array("unmapped");
    for (const auto& match : advice.matches) {
        if (match.item.empty()) json.text(match.order.id);
    }
    json.end_array();
}

} // namespace

std::string write_advice(const recognition::Question& question, const recognition::Advice& advice, const Register& facts,
                         int offset_minutes) {
    JsonWriter json;
    write_frame(json, question, advice, offset_minutes);
    json.array("matches");
    for (const auto& match : advice.matches) {
        if (match.is_shown()) write_match(json, match, facts, offset_minutes, Depth::reasons);
    }
    json.end_array();
    write_unmapped(json, advice);
    json.end_object();
    return json.take();
}

std::string write_explanation(const recognition::Question& question, const recognition::Advice& advice, const Register& facts,
                              int offset_minutes, bool everything) {
    JsonWriter json;
    write_frame(json, question, advice, offset_minutes);
    json.array("orders");
    for (const auto& match : advice.matches) {
        json.object();
        write_head(json, match);
        json.array("members");
        for (const auto& member : match.members) {
            json.object().member("item", member.item).member_if("name_zh", member.name_zh).array("candidates");
            for (const auto& judged : member.judged) {
                if (judged.decision.verdict == recognition::Verdict::withheld && !everything) continue;
                json.object();
                write_judged(json, judged, facts, offset_minutes, Depth::all_rules);
                json.flag("shown", member.shown() == &judged).end_object();
            }
            json.end_array().end_object();
        }
        json.end_array().end_object();
    }
    json.end_array();
    write_unmapped(json, advice);
    json.end_object();
    return json.take();
}

std::string write_held(const recognition::Held& held, const Register& facts, int offset_minutes) {
    JsonWriter json;
    write_frame(json, held.question, held.advice, offset_minutes);
    json.member("state", held.state).member("state_at", instant_text(held.state_at, offset_minutes));
    json.member_if("reason", held.reason).member_if("reason_text", held.text).count("ledger", held.sequence).key("match");
    write_match(json, held.match, facts, offset_minutes, Depth::all_rules);
    json.end_object();
    return json.take();
}

std::string write_status(const recognition::Held& held, const recognition::Advice& now, const Register& facts, int offset_minutes) {
    JsonWriter json;
    json.object().member("match", held.match.id).member("state", held.state).object("then");
    json.member("at", instant_text(held.advice.at, offset_minutes)).member("register", held.advice.register_version).key("decision");
    write_match(json, held.match, facts, offset_minutes, Depth::reasons);
    json.end_object().object("now");
    json.member("at", instant_text(now.at, offset_minutes)).member("register", now.register_version);
    for (const auto& match : now.matches) {
        json.key("decision");
        write_match(json, match, facts, offset_minutes, Depth::reasons);
    }
    json.end_object().end_object();
    return json.take();
}

std::string write_reasons(const recognition::RulePack& pack) {
    JsonWriter json;
    json.object().member("pack", pack.id).member("version", pack.version).array("reasons");
    for (const auto& [code, zh] : pack.decline_reasons_zh) {
        const auto en = pack.decline_reasons_en.find(code);
        bool needs_text = false;
        for (const auto& other : pack.text_required) needs_text = needs_text || other == code;
        json.object().member("code", code).member("zh", zh);
        if (en != pack.decline_reasons_en.end()) json.member("en", en->second);
        json.flag("text_required", needs_text).end_object();
    }
    json.end_array().end_object();
    return json.take();
}

std::string write_notices(const std::vector<recognition::Service::Told>& told, std::uint64_t since, int offset_minutes) {
    JsonWriter json;
    json.object().array("notices");
    for (const auto& [notice, before, after] : told) {
        since = notice.sequence;
        json.object().member("token", "seq-" + std::to_string(notice.sequence)).member("at", instant_text(notice.at, offset_minutes));
        json.member("match", notice.match).member("order", notice.order).member("item", notice.item).member("resource", notice.resource);
        json.member("change", notice.change).member("status", notice.status);
        const auto write = [&](std::string_view name, std::uint32_t version, const std::optional<recognition::Candidate>& candidate) {
            json.object(name).count("version", version);
            if (candidate)
                json.member("status", candidate->status)
                    .member("text", candidate->value_text)
                    .member_if("range", candidate->reference_range);
            json.end_object();
        };
        write("adopted", notice.adopted_version, before);
        write("current", notice.new_version, after);
        json.end_object();
    }
    json.end_array().member("next", "seq-" + std::to_string(since)).end_object();
    return json.take();
}

} // namespace huitong::rest
