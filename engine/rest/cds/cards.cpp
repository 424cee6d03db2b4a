#include "rest/cds/cards.hpp"

#include "base/json_writer.hpp"
#include "base/sha256.hpp"
#include "fhir/json.hpp"
#include "rest/cds/card_text.hpp"
#include "rest/cds/words.hpp"

#include <algorithm>
#include <set>

namespace huitong::rest {
namespace {

using recognition::Match;
using recognition::Verdict;

/// What the doctor's system is told to cite: reports, then results; of recognised members only.
std::vector<std::string> cited(const Match& match) {
    std::vector<std::string> out;
    const auto add = [&](const std::string& resource) {
        if (!resource.empty() && std::find(out.begin(), out.end(), resource) == out.end()) out.push_back(resource);
    };
    for (const bool reports : {true, false}) {
        for (const auto& member : match.members) {
            const auto* shown = member.shown();
            if (!shown || shown->decision.verdict != Verdict::recognise) continue;
            add(reports ? shown->candidate.report : shown->candidate.resource);
        }
    }
    return out;
}

std::set<std::string> reports_of(const Match& match) {
    std::set<std::string> out;
    for (const auto& member : match.members) {
        if (member.shown() && !member.shown()->candidate.report.empty()) out.insert(member.shown()->candidate.report);
    }
    return out;
}

/// The name of a suggestion follows from its card's, so that it needs no memory of its own.
std::string suggestion_uuid(const std::string& card) {
    const auto hex = sha256_hex(card + " suggestion");
    return hex.substr(0, 8) + '-' + hex.substr(8, 4) + "-8" + hex.substr(13, 3) + "-a" + hex.substr(17, 3) + '-' + hex.substr(20, 12);
}

void write_member(JsonWriter& json, fhir::Element element, std::string_view name) {
    if (const auto child = element.child(name)) json.key(name).raw(fhir::write_json(child));
}

void write_supporting(JsonWriter& json, const Match& match, const std::string& base_url) {
    json.array("supportingInfo");
    for (const auto& resource : cited(match)) {
        json.object().member("reference", base_url + '/' + resource).member("type", resource.substr(0, resource.find('/'))).end_object();
    }
    json.end_array();
}

void write_delete(JsonWriter& json, const Match& match, Language language) {
    json.object().member("type", "delete").member("description", word("cds-cancel-delete", language));
    json.member("resourceId", match.order.id).end_object();
}

/// The order is not simply gone: a revoked one says what was cited in its stead.
void write_cancel(JsonWriter& json, const Match& match, fhir::Element draft, const std::string& base_url, Language language) {
    json.object().member("label", word("cds-cancel", language)).member("uuid", suggestion_uuid(match.id)).flag("isRecommended", true);
    json.array("actions");
    write_delete(json, match, language);
    json.object().member("type", "create").member("description", word("cds-cancel-cite", language)).object("resource");
    json.member("resourceType", "ServiceRequest").member("status", "revoked").member("intent", "order");
    for (const auto* name : {"code", "subject", "encounter", "requester"}) write_member(json, draft, name);
    if (const auto authored = draft.text("authoredOn"); !authored.empty()) json.member("authoredOn", authored);
    write_supporting(json, match, base_url);
    json.end_object().end_object().end_array().end_object();
}

void write_order_only(JsonWriter& json, const Match& match, fhir::Element draft, const std::string& base_url, Language language) {
    json.object().member("label", word("cds-partial", language, {missing_names(match, language)}));
    json.member("uuid", suggestion_uuid(match.id)).array("actions");
    write_delete(json, match, language);
    for (const auto& member : match.members) {
        if (std::find(match.missing.begin(), match.missing.end(), member.item) == match.missing.end()) continue;
        const auto& name = in(language, member.name_zh, member.name_en);
        json.object().member("type", "create").member("description", word("cds-partial-create", language, {name})).object("resource");
        json.member("resourceType", "ServiceRequest").member("status", "draft").member("intent", "order").object("code").array("coding");
        json.object().member("system", recognition::kItemSystem).member("code", member.item).member("display", name).end_object();
        json.end_array().end_object();
        for (const auto* inherited : {"subject", "encounter", "requester"}) write_member(json, draft, inherited);
        write_supporting(json, match, base_url);
        json.end_object().end_object();
    }
    json.end_array().end_object();
}

void write_override_reasons(JsonWriter& json, const recognition::RulePack& pack, Language language) {
    json.array("overrideReasons");
    for (const auto& [code, zh] : pack.decline_reasons_zh) {
        const auto en = pack.decline_reasons_en.find(code);
        json.object().member("code", code).member("system", kReasonSystem);
        json.member("display", in(language, zh, en == pack.decline_reasons_en.end() ? "" : en->second)).end_object();
    }
    json.end_array();
}

/// Recognised wholly or in part: something to accept, and reasons not to. For reference only: neither.
void write_choices(JsonWriter& json, const Match& match, fhir::Element draft, const recognition::RulePack* pack,
                   const std::string& base_url, Language language) {
    if (match.recognised.empty()) return;
    json.array("suggestions");
    if (match.verdict == Verdict::recognise) write_cancel(json, match, draft, base_url, language);
    else write_order_only(json, match, draft, base_url, language);
    json.end_array().member("selectionBehavior", "at-most-one");
    if (pack) write_override_reasons(json, *pack, language);
}

void write_card(JsonWriter& json, const Match& match, fhir::Element draft, const recognition::RulePack* pack, const std::string& base_url,
                Language language, const std::string& images) {
    const auto content = content_of(match, language);
    json.object().member("uuid", match.id).member("summary", card_summary(content, language));
    json.member("indicator", has_critical(match) ? "warning" : "info").member("detail", card_detail(content, language));
    json.object("source").member("label", word("cds-source", language)).end_object();
    write_choices(json, match, draft, pack, base_url, language);
    json.array("links");
    for (const auto& report : reports_of(match)) {
        json.object().member("label", word("cds-report", language)).member("url", base_url + '/' + report);
        json.member("type", "absolute").end_object();
    }
    if (!images.empty())
        json.object().member("label", word("card-images", language)).member("url", images).member("type", "absolute").end_object();
    json.end_array().end_object();
}

} // namespace

std::string write_cards(const Hook& hook, const recognition::Advice& advice, const recognition::RulePack* pack, const std::string& base_url,
                        Language language, const std::function<std::string(const Match&)>& images) {
    JsonWriter json;
    json.object().array("cards");
    for (const auto& match : advice.matches) {
        if (!match.is_shown()) continue;
        const auto draft = hook.drafts.find(match.order.id);
        write_card(json, match, draft == hook.drafts.end() ? fhir::Element() : draft->second, pack, base_url, language, images(match));
    }
    json.end_array().end_object();
    return json.take();
}

std::string write_services(Language language) {
    JsonWriter json;
    json.object().array("services");
    for (const auto& service : kCdsServices) {
        json.object().member("hook", service.hook).member("id", service.id).member("title", word("cds-title", language));
        json.member("description", word("cds-about", language)).member("usageRequirements", word("cds-usage", language));
        json.object("prefetch").member("patient", "Patient/{{context.patientId}}");
        json.member("encounter", "Encounter/{{context.encounterId}}").end_object().end_object();
    }
    json.end_array().end_object();
    return json.take();
}

} // namespace huitong::rest
