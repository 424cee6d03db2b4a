#include "recognition/ledger_text.hpp"

#include "access/record_words.hpp"
#include "base/date_time.hpp"
#include "fhir/json.hpp"

#include <fmt/format.h>

namespace huitong::recognition {
namespace {

constexpr std::string_view kLetters = "prun"; ///< pass, refuse, unknown, not-applicable

/// All answers as letters in order, and what each looked at.
void write_answers(JsonWriter& json, const std::vector<RuleAnswer>& answers) {
    std::string letters;
    for (const auto& answer : answers) letters += kLetters[static_cast<std::size_t>(answer.answer)];
    json.member("answers", letters).array("evidence");
    for (const auto& answer : answers) {
        if (answer.code.empty() && answer.evidence.empty()) continue;
        json.object().member("rule", answer.rule).member_if("code", answer.code);
        if (!answer.evidence.empty()) json.array("saw");
        for (const auto& [name, value] : answer.evidence) json.object().member("name", name).member("value", value).end_object();
        if (!answer.evidence.empty()) json.end_array();
        json.end_object();
    }
    json.end_array();
}

std::vector<RuleAnswer> read_answers(fhir::Element element) {
    std::vector<RuleAnswer> out;
    for (const char letter : element.text("answers")) {
        RuleAnswer answer;
        answer.rule = out.size() < 25 ? fmt::format("R{:02}", out.size() + 1) : "PACK";
        answer.answer = static_cast<Answer>(kLetters.find(letter));
        out.push_back(std::move(answer));
    }
    for (const auto row : element.children("evidence")) {
        for (auto& answer : out) {
            if (answer.rule != row.text("rule")) continue;
            answer.code = row.text("code");
            for (const auto saw : row.children("saw")) answer.evidence.emplace_back(saw.text("name"), saw.text("value"));
        }
    }
    return out;
}

Verdict verdict_of(std::string_view text) {
    for (const auto verdict : {Verdict::recognise, Verdict::reference_only, Verdict::omitted}) {
        if (verdict_text(verdict) == text) return verdict;
    }
    return Verdict::withheld;
}

void write_judged(JsonWriter& json, const Judged& judged) {
    const auto& candidate = judged.candidate;
    const auto& decision = judged.decision;
    json.object().member("resource", candidate.resource).member("version", candidate.version);
    json.member_if("report", candidate.report).member_if("report_version", candidate.report_version);
    json.member_if("performer", candidate.performer).member_if("reporting", candidate.reporting);
    json.member("verdict", verdict_text(decision.verdict)).member_if("mark", decision.mark).member_if("certificate", decision.certificate);
    write_answers(json, decision.answers);
    json.member("explanation_zh", decision.explanation_zh).member("explanation_en", decision.explanation_en).end_object();
}

/// An explanation is the headline, the circumstances and the reasons; only the whole is kept.
std::string circumstances_of(std::string_view explanation, std::string_view before_reasons) {
    constexpr std::string_view kBehindHeadline = " · ";
    const auto from = explanation.find(kBehindHeadline);
    if (from == explanation.npos) return {};
    explanation.remove_prefix(from + kBehindHeadline.size());
    return std::string(explanation.substr(0, explanation.find(before_reasons)));
}

Judged read_judged(fhir::Element element, const Advice& advice) {
    Judged out;
    out.candidate.resource = element.text("resource");
    out.candidate.version = element.text("version");
    out.candidate.report = element.text("report");
    out.candidate.report_version = element.text("report_version");
    out.candidate.performer = element.text("performer");
    out.candidate.reporting = element.text("reporting");
    out.decision.verdict = verdict_of(element.text("verdict"));
    out.decision.mark = element.text("mark");
    out.decision.certificate = element.text("certificate");
    out.decision.answers = read_answers(element);
    out.decision.explanation_zh = element.text("explanation_zh");
    out.decision.explanation_en = element.text("explanation_en");
    out.decision.circumstances_zh = circumstances_of(out.decision.explanation_zh, "；");
    out.decision.circumstances_en = circumstances_of(out.decision.explanation_en, "; ");
    out.decision.pack = advice.pack;
    out.decision.pack_version = advice.pack_version;
    out.decision.register_version = advice.register_version;
    return out;
}

void write_order(JsonWriter& json, const Order& order, int offset_minutes) {
    json.object("order").member("id", order.id).array("codes");
    for (const auto& coding : order.codes) {
        json.object().member_if("system", coding.system).member("code", coding.code).member_if("display", coding.display).end_object();
    }
    json.end_array();
    json.member_if("specimen", order.specimen).member_if("body_site", order.body_site).member_if("laterality", order.laterality);
    json.member_if("contrast", order.contrast).member_if("method", order.method).member_if("device", order.device);
    if (order.authored_on) json.member("authored_on", instant_text(*order.authored_on, offset_minutes));
    json.end_object();
}

Instant instant(std::string_view text) {
    const auto value = read_date_time(text);
    return value ? instants_of(*value, 0).first : Instant{};
}

Order read_order(fhir::Element element) {
    Order out;
    out.id = element.text("id");
    for (const auto coding : element.children("codes")) {
        terminology::Coding code;
        code.system = coding.text("system");
        code.code = coding.text("code");
        code.display = coding.text("display");
        out.codes.push_back(std::move(code));
    }
    out.specimen = element.text("specimen");
    out.body_site = element.text("body_site");
    out.laterality = element.text("laterality");
    out.contrast = element.text("contrast");
    out.method = element.text("method");
    out.device = element.text("device");
    if (!element.text("authored_on").empty()) out.authored_on = instant(element.text("authored_on"));
    return out;
}

void write_conditions(JsonWriter& json, const store::CallerFilter& filter) {
    json.array("conditions");
    for (const auto& condition : filter.conditions) {
        json.object().member("type", condition.type).array("tokens");
        for (const auto& token : condition.tokens)
            json.object().member("param", token.param).member("system", token.system).member("code", token.code).end_object();
        json.end_array().end_object();
    }
    json.end_array();
}

void read_conditions(fhir::Element rights, store::CallerFilter& filter) {
    for (const auto row : rights.children("conditions")) {
        store::CallerFilter::TypeCondition condition;
        condition.type = row.text("type");
        for (const auto token : row.children("tokens"))
            condition.tokens.push_back(
                {std::string(token.text("param")), std::string(token.text("system")), std::string(token.text("code"))});
        filter.conditions.push_back(std::move(condition));
    }
}

void write_filter(JsonWriter& json, const store::CallerFilter& filter) {
    if (filter.unrestricted) return;
    json.object("rights").member_if("patient", filter.patient_id);
    json.texts("owners", filter.owners);
    json.texts("denied_labels", filter.denied_labels);
    json.texts("types", filter.allowed_types);
    json.texts("denied_patients", filter.denied_patients.ids());
    access::write_record_words(json, "closed_parts", filter.record_words.get());
    if (!filter.conditions.empty()) write_conditions(json, filter);
    json.end_object();
}

fhir::DocumentPtr read_object(const std::string& text) { return fhir::read_plain_json(text).value; }

Question read_question(fhir::Element entry) {
    Question out;
    out.patient.known = entry.text("patient");
    out.receiver = entry.text("receiver");
    out.department = entry.text("department");
    out.practitioner = entry.text("practitioner");
    out.visit_class = entry.text("visit_class");
    out.instance = entry.text("instance");
    out.channel = entry.text("channel");
    out.orders.push_back(read_order(entry.child("order")));
    return out;
}

/// What an entry says before its members, which come last. Within a text the quotes of the mark would be escaped.
std::string head_of(const std::string& decided) {
    const auto members = decided.find(R"(,"members":[)");
    return members == decided.npos ? decided : decided.substr(0, members) + '}';
}

std::optional<Decimal> amount(std::string_view text) { return text.empty() ? std::nullopt : Decimal::read(text); }

std::uint64_t number(std::string_view text) { return std::strtoull(std::string(text).c_str(), nullptr, 10); }

} // namespace

std::string time_key(Instant instant) { return fmt::format("{:016}", instant.microseconds / 1000); }
std::string open_key(Instant offered, const std::string& match) { return time_key(offered) + ' ' + match; }

store::FactWrite fact(std::string table, std::string key, std::string value) {
    store::FactWrite out;
    out.table = std::move(table);
    out.key = std::move(key);
    out.value = std::move(value);
    return out;
}

store::FactWrite no_fact(std::string table, std::string key) {
    auto out = fact(std::move(table), std::move(key), {});
    out.erase = true;
    return out;
}

std::string write_decided(const Question& question, const Advice& advice, const Match& match, const std::string& client,
                          const std::string& purpose, const std::string& patient, const store::CallerFilter& filter, int offset_minutes) {
    JsonWriter json;
    json.object().member("kind", "decided").member("at", instant_text(advice.at, offset_minutes)).member_if("match", match.id);
    json.member_if("client", client).member("receiver", question.receiver).member_if("department", question.department);
    json.member_if("practitioner", question.practitioner).member_if("visit_class", question.visit_class).member("purpose", purpose);
    json.member_if("instance", question.instance).member("channel", question.channel).member_if("patient", patient).count("t", advice.t);
    if (advice.took_us != 0) json.count("took_us", advice.took_us);
    json.member("pack", advice.pack).member("pack_version", advice.pack_version).member("register", advice.register_version);
    write_filter(json, filter);
    write_order(json, match.order, offset_minutes);
    json.member_if("item", match.item).flag("panel", match.is_panel).member("verdict", verdict_text(match.verdict));
    json.member_if("name_zh", match.name_zh).member_if("name_en", match.name_en).member_if("mark", match.mark);
    if (match.price) json.member("price", match.price->text());
    if (match.saving) json.member("saving", match.saving->text());
    json.texts("recognised", match.recognised);
    json.texts("missing", match.missing);
    json.array("members");
    for (const auto& member : match.members) {
        json.object().member("item", member.item).member_if("kind", member.kind);
        json.member_if("name_zh", member.name_zh).member_if("name_en", member.name_en);
        if (member.best) json.count("best", *member.best);
        json.array("candidates");
        for (const auto& judged : member.judged) write_judged(json, judged);
        json.end_array().end_object();
    }
    json.end_array().end_object();
    return json.take();
}

Held read_decided(const std::string& text) {
    Held out;
    const auto document = read_object(text);
    const auto entry = document->root();
    out.question = read_question(entry);
    out.advice.at = instant(entry.text("at"));
    out.advice.receiver = entry.text("receiver");
    out.advice.pack = entry.text("pack");
    out.advice.pack_version = entry.text("pack_version");
    out.advice.register_version = entry.text("register");
    out.advice.t = number(entry.text("t"));
    auto& match = out.match;
    match.id = entry.text("match");
    match.order = out.question.orders.front();
    match.item = entry.text("item");
    match.name_zh = entry.text("name_zh");
    match.name_en = entry.text("name_en");
    match.is_panel = entry.text("panel") == "true";
    match.verdict = verdict_of(entry.text("verdict"));
    match.mark = entry.text("mark");
    match.price = amount(entry.text("price"));
    match.saving = amount(entry.text("saving"));
    match.recognised = fhir::texts_of(entry, "recognised");
    match.missing = fhir::texts_of(entry, "missing");
    for (const auto row : entry.children("members")) {
        Member member;
        member.item = row.text("item");
        member.kind = row.text("kind");
        member.name_zh = row.text("name_zh");
        member.name_en = row.text("name_en");
        std::size_t index = 0;
        const auto best = row.text("best");
        for (const auto candidate : row.children("candidates")) {
            if (!best.empty() && index++ == number(best)) member.judged.push_back(read_judged(candidate, out.advice));
        }
        if (!member.judged.empty()) member.best = 0;
        match.members.push_back(std::move(member));
    }
    return out;
}

std::optional<DecidedScope> read_scope(const std::string& text) {
    const auto document = read_object(head_of(text));
    const auto entry = document->root();
    const auto rights = entry.child("rights");
    if (entry.text("kind") != "decided" || entry.text("patient").empty()) return std::nullopt;
    DecidedScope out;
    out.question = read_question(entry);
    out.patient = entry.text("patient");
    out.purpose = entry.text("purpose");
    out.receiver = entry.text("receiver");
    out.pack = entry.text("pack");
    out.t = number(entry.text("t"));
    out.at = instant(entry.text("at"));
    out.filter.unrestricted = !rights;
    out.filter.patient_id = rights.text("patient");
    out.filter.owners = fhir::texts_of(rights, "owners");
    out.filter.denied_labels = fhir::texts_of(rights, "denied_labels");
    out.filter.allowed_types = fhir::texts_of(rights, "types");
    out.filter.denied_patients = fhir::texts_of(rights, "denied_patients");
    out.filter.record_words = access::read_record_words(rights, "closed_parts");
    read_conditions(rights, out.filter);
    return out;
}

std::set<std::string> read_seen(const std::string& text) {
    std::set<std::string> out;
    const auto document = read_object(text);
    for (const auto member : document->root().children("members")) {
        for (const auto candidate : member.children("candidates")) out.emplace(candidate.text("resource"));
    }
    return out;
}

std::string write_state(const MatchState& state) {
    JsonWriter json;
    json.object().count("decided", state.decided).member("state", state.state).member("receiver", state.receiver);
    json.member("at", instant_text(state.at)).member_if("reason", state.reason).member_if("text", state.text);
    json.member_if("practitioner", state.practitioner).end_object();
    return json.take();
}

MatchState read_state(const std::string& text) {
    const auto document = read_object(text);
    const auto entry = document->root();
    MatchState out;
    out.decided = number(entry.text("decided"));
    out.state = entry.text("state");
    out.receiver = entry.text("receiver");
    out.reason = entry.text("reason");
    out.text = entry.text("text");
    out.practitioner = entry.text("practitioner");
    out.at = instant(entry.text("at"));
    return out;
}

std::string write_event(const std::string& match, const MatchState& state, int offset_minutes) {
    JsonWriter json;
    json.object().member("kind", state.state).member("at", instant_text(state.at, offset_minutes)).member("match", match);
    json.member("receiver", state.receiver).count("decided", state.decided).member_if("practitioner", state.practitioner);
    json.member_if("reason", state.reason).member_if("text", state.text).end_object();
    return json.take();
}

std::string write_withheld(const DecidedScope& scope, std::uint64_t decided, const std::vector<Judged>& judged, int offset_minutes) {
    JsonWriter json;
    json.object().member("kind", "withheld").member("at", instant_text(scope.at, offset_minutes)).count("decided", decided);
    json.member("receiver", scope.receiver).array("candidates");
    for (const auto& one : judged) write_judged(json, one);
    json.end_array().end_object();
    return json.take();
}

std::string write_late(const Question& question, const std::string& client, Instant at, int offset_minutes) {
    JsonWriter json;
    json.object().member("kind", "late").member("at", instant_text(at, offset_minutes)).member_if("client", client);
    json.member("receiver", question.receiver).member_if("department", question.department);
    json.member_if("instance", question.instance).member("channel", question.channel).count("orders", question.orders.size()).end_object();
    return json.take();
}

std::string write_adopted(const Adopted& adopted) {
    JsonWriter json;
    json.object().member("match", adopted.match).member("version", adopted.version).member("receiver", adopted.receiver);
    json.member("item", adopted.item).member("order", adopted.order).count("sequence", adopted.sequence);
    json.member_if("patient", adopted.asked_for).member_if("of", adopted.is_of);
    if (adopted.parted) json.flag("parted", true);
    json.end_object();
    return json.take();
}

Adopted read_adopted(const std::string& text) {
    const auto document = read_object(text);
    const auto row = document->root();
    Adopted out;
    out.match = row.text("match");
    out.version = row.text("version");
    out.receiver = row.text("receiver");
    out.item = row.text("item");
    out.order = row.text("order");
    out.sequence = number(row.text("sequence"));
    out.asked_for = row.text("patient");
    out.is_of = row.text("of");
    out.parted = row.text("parted") == "true";
    return out;
}

std::string write_notice(const Notice& notice) {
    JsonWriter json;
    json.object().member("kind", "notice").count("sequence", notice.sequence).member("at", instant_text(notice.at));
    json.member("match", notice.match).member("receiver", notice.receiver).member("order", notice.order).member("item", notice.item);
    json.member("resource", notice.resource).count("adopted_version", notice.adopted_version).count("new_version", notice.new_version);
    json.member("change", notice.change).member("status", notice.status).end_object();
    return json.take();
}

Notice read_notice(const std::string& text) {
    const auto document = read_object(text);
    const auto entry = document->root();
    Notice out;
    out.sequence = number(entry.text("sequence"));
    out.at = instant(entry.text("at"));
    out.match = entry.text("match");
    out.receiver = entry.text("receiver");
    out.order = entry.text("order");
    out.item = entry.text("item");
    out.resource = entry.text("resource");
    out.adopted_version = static_cast<std::uint32_t>(number(entry.text("adopted_version")));
    out.new_version = static_cast<std::uint32_t>(number(entry.text("new_version")));
    out.change = entry.text("change");
    out.status = entry.text("status");
    return out;
}

} // namespace huitong::recognition
