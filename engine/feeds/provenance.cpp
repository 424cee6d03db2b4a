#include "feeds/provenance.hpp"

#include "base/date_time.hpp"
#include "fhir/json.hpp"
#include "interaction/restriction.hpp"

#include <algorithm>
#include <array>

namespace huitong::feeds {
namespace {

constexpr std::string_view kInstitutionSystem = "urn:oid:2.16.156.10011.1.5";
constexpr std::string_view kMessageSystem = "urn:huitong:message";
constexpr std::string_view kExtensionBase = "https://huitong.example/fhir/StructureDefinition/";

struct StatusRank {
    std::string_view status;
    store::Rank rank;
};
constexpr std::array kRanks = {
    StatusRank{"registered", store::Rank::preliminary},  StatusRank{"partial", store::Rank::preliminary},
    StatusRank{"preliminary", store::Rank::preliminary}, StatusRank{"final", store::Rank::final_},
    StatusRank{"cancelled", store::Rank::final_}, // and higher where it cancels a correction
    StatusRank{"amended", store::Rank::corrected},       StatusRank{"corrected", store::Rank::corrected},
    StatusRank{"appended", store::Rank::corrected},      StatusRank{"entered-in-error", store::Rank::voided},
};

/// Only results have a status that ranks; other resources go by their time alone.
bool is_result(std::string_view type) { return type == "Observation" || type == "DiagnosticReport"; }

std::string business_key(fhir::Element resource) {
    const auto identifier = resource.child("identifier");
    if (!identifier || identifier.text("value").empty()) return {};
    return std::string(resource.type()) + '|' + std::string(identifier.text("system")) + '|' + std::string(identifier.text("value"));
}

/// Clocks of senders may run ahead so far; what is later is a wrong clock, whose time would keep every later truth out.
constexpr std::int64_t kClockAheadMax = 10 * 60 * std::int64_t{1'000'000};

/// When the source says that it happened, never later than the message came: the same answer for every replay.
Instant source_time(Passage& passage) {
    const auto received = passage.message.message.received_at;
    const auto said = read_date_time(passage.mapped.output->root().text("timestamp"));
    if (!said) return received;
    const auto when = instants_of(*said, passage.feed->settings.offset_minutes).first;
    if (when.microseconds <= received.microseconds + kClockAheadMax) return when;
    passage.issues.add(warning(IssueCode::value, "Bundle.timestamp", "feed-time-future"));
    return received;
}

std::string extension_text(std::string_view name, std::string_view member, std::string_view value) {
    return "{\"url\":" + fhir::json_text(std::string(kExtensionBase) + std::string(name)) + ",\"" + std::string(member) +
           "\":" + fhir::json_text(value) + '}';
}

/// What made the resources, and whether what came was signed; "" when neither is known.
std::string extensions_text(const Passage& passage) {
    std::string out;
    if (const auto& map = passage.feed->settings.map; !map.empty()) out = extension_text("map", "valueCanonical", map);
    const auto state = passage.source ? passage.source->root().text("_signed") : std::string_view();
    if (!state.empty()) out += (out.empty() ? "" : ",") + extension_text("signature-state", "valueCode", state);
    return out.empty() ? out : "\"extension\":[" + out + "],";
}

/// Who signed is whom the certificate names: no practitioner of a register stands behind that name by itself.
std::string signature_text(fhir::Element found) {
    const auto signer = found.text("signer");
    std::string out = "{\"extension\":[" + extension_text("signature-state", "valueCode", found.text("state"));
    if (const auto reason = found.text("reason"); !reason.empty()) out += ',' + extension_text("signature-reason", "valueCode", reason);
    if (const auto method = found.text("method"); !method.empty()) out += ',' + extension_text("signature-method", "valueCode", method);
    out += R"(],"type":[{"system":"urn:iso-astm:E1762-95:2013","code":"1.2.840.10065.1.12.1.1","display":"Author's Signature"}],"when":)" +
           fhir::json_text(found.text("when")) + ",\"who\":{";
    if (const auto certificate = found.text("certificate"); !certificate.empty())
        out += R"("identifier":{"system":"urn:huitong:certificate","value":)" + fhir::json_text(certificate) + "},";
    out += "\"display\":" + fhir::json_text(signer.empty() ? std::string_view("?") : signer) +
           "},\"sigFormat\":" + fhir::json_text(found.text("format"));
    if (const auto data = found.text("data"); !data.empty()) out += ",\"data\":" + fhir::json_text(data);
    return out + '}';
}

std::string signatures_text(const Passage& passage) {
    std::string out;
    if (!passage.source) return out;
    for (const auto found : passage.source->root().children("_signature")) out += (out.empty() ? "" : ",") + signature_text(found);
    return out.empty() ? out : ",\"signature\":[" + out + ']';
}

std::string provenance_text(const Passage& passage, Instant recorded) {
    std::string out = "{\"resourceType\":\"Provenance\"," + extensions_text(passage);
    out += "\"target\":[";
    for (std::size_t index = 0; index < passage.resources.size(); ++index) {
        if (index != 0) out += ',';
        out += "{\"reference\":" + fhir::json_text(passage.resources[index]) + '}';
    }
    out += "],\"recorded\":\"" + instant_text(recorded, passage.feed->settings.offset_minutes) +
           "\",\"agent\":[{\"type\":{\"coding\":[{"
           "\"system\":\"http://terminology.hl7.org/CodeSystem/"
           "provenance-participant-type\",\"code\":\"author\"}]},\"who\":{\"identifier\":{\"system\":";
    out += fhir::json_text(kInstitutionSystem) + ",\"value\":" + fhir::json_text(passage.feed->settings.organization) +
           "}}}],\"entity\":[{\"role\":\"source\",";
    out += "\"what\":{\"identifier\":{\"system\":" + fhir::json_text(kMessageSystem) + ",\"value\":" + fhir::json_text(passage.message.id) +
           "}}}]" + signatures_text(passage) + '}';
    return out;
}

/// The Provenance that the map wrote, nullptr = none. What a FHIR feed sends is a resource like any other.
const interaction::Entry* said_provenance(const Passage& passage) {
    if (passage.feed->settings.map.empty()) return nullptr;
    const auto& entries = passage.prepared->entries;
    const auto is_it = [](const interaction::Entry& entry) { return entry.write && entry.type == "Provenance" && entry.method == "POST"; };
    const auto found = std::find_if(entries.begin(), entries.end(), is_it);
    return found == entries.end() ? nullptr : &*found;
}

/// The hub's own Provenance with all that the message said of itself beside it: the hub alone says what was written and by which feed.
fhir::DocumentPtr complete(const std::string& own, const std::string& said) {
    auto out = fhir::read_json(own).value;
    const auto told = fhir::read_json(said).value;
    for (const auto element : told->root().children()) {
        const auto name = element.name();
        if (name == "id" || name == "meta" || name == "target") continue;
        if (name == "recorded") out->set_value(out->root().child(name).index(), fhir::ValueKind::text, out->copy(element.value()));
        else out->graft(0, out->intern(name), element.node().in_array, element);
    }
    return out;
}

/// A result that is cancelled is one no longer, whatever stands there: later than a correction, it counts like one. A final one that comes
/// later still is the result that came after all.
store::Rank rank_over(fhir::Element resource, store::ReadView& view, const store::ResourceKey& key) {
    const auto rank = rank_of(resource);
    if (!is_result(resource.type()) || resource.text("status") != "cancelled") return rank;
    const auto stored = view.current(key);
    if (!stored || !*stored || (*stored)->deleted) return rank;
    const bool is_corrected = rank_of(fhir::read_json((*stored)->body).value->root()) == store::Rank::corrected;
    return is_corrected ? store::Rank::corrected : rank;
}

/// A result of which only is known that it is final: its value was announced and never came (OBX-11 U). It holds nothing out, for what was
/// sent as preliminary is older.
bool is_only_announced(const interaction::Entry& entry, store::ReadView& view) {
    if (entry.type != "Observation" || !entry.resource || entry.resource.text("dataAbsentReason.coding.code") != "temp-unknown")
        return false;
    const auto stored = view.current({entry.type, entry.id});
    return stored && !*stored;
}

/// The status that is written: a preliminary result that was announced as final is final (kept.hpp).
store::Rank written_rank(fhir::Element resource, const store::Write& write, store::ReadView& view) {
    const bool may_be_kept = resource.type() == "Observation" && rank_of(resource) == store::Rank::preliminary;
    return may_be_kept ? rank_of(fhir::read_json(write.body).value->root()) : rank_over(resource, view, write.key);
}

} // namespace

store::Rank rank_of(fhir::Element resource) {
    const auto status = resource.text("status");
    if (!is_result(resource.type())) return status == "entered-in-error" ? store::Rank::voided : store::Rank::none;
    const auto* found = std::find_if(kRanks.begin(), kRanks.end(), [&](const StatusRank& row) { return row.status == status; });
    return found == kRanks.end() ? store::Rank::none : found->rank;
}

void attach_provenance(const interaction::Services& services, Passage& passage) {
    auto& commit = passage.prepared->commit;
    commit.actor = "feed:" + passage.feed->settings.name;
    commit.reason = "feed";
    commit.message_id = passage.message.id;
    const auto when = source_time(passage);
    const auto* said = said_provenance(passage);
    auto view = services.store->view();
    passage.resources.clear();
    for (const auto& entry : passage.prepared->entries) {
        if (!entry.write || &entry == said) continue;
        auto& write = commit.writes[*entry.write];
        write.owner = passage.feed->settings.organization;
        passage.resources.push_back(entry.type + '/' + entry.id);
        // What a message merely mentions, and is created because nobody knows it, holds nothing that comes later out.
        if (entry.method == "POST" || is_only_announced(entry, *view)) continue;
        auto key = entry.resource ? business_key(entry.resource) : std::string();
        if (key.empty()) continue;
        store::Precedence precedence;
        precedence.source = passage.feed->settings.organization;
        precedence.business_key = std::move(key);
        precedence.source_time = when;
        precedence.rank = written_rank(entry.resource, write, *view);
        write.precedence = std::move(precedence);
    }
    access::Caller caller;
    caller.organization = passage.feed->settings.organization;
    interaction::restrict_what_came_out(services, caller, commit.writes);
    if (passage.resources.empty()) return;
    const auto own = provenance_text(passage, services.clock->now());
    if (said) {
        auto& write = commit.writes[*said->write];
        write = interaction::make_write(services, caller, store::Action::create, "Provenance", said->id, complete(own, write.body)->root());
        return;
    }
    const auto parsed = fhir::read_json(own);
    commit.writes.push_back(
        interaction::make_write(services, caller, store::Action::create, "Provenance", services.store->new_id(), parsed.value->root()));
}

} // namespace huitong::feeds
