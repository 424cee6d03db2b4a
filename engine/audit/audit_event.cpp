#include "audit/audit_event.hpp"

#include "base/base64.hpp"
#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::audit {
namespace {

constexpr std::string_view kRest = "http://terminology.hl7.org/CodeSystem/audit-event-type|rest";
constexpr std::string_view kImport = "http://dicom.nema.org/resources/ontology/DCM|110107";
constexpr std::string_view kAuthentication = "http://dicom.nema.org/resources/ontology/DCM|110114";
constexpr std::string_view kAlert = "http://dicom.nema.org/resources/ontology/DCM|110113";
constexpr std::string_view kEmergency = "http://dicom.nema.org/resources/ontology/DCM|110127";
constexpr std::string_view kConsentDecision = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType|AuthZ-Consent";
constexpr std::string_view kSourceRole = "http://dicom.nema.org/resources/ontology/DCM|110153";
constexpr std::string_view kDestinationRole = "http://dicom.nema.org/resources/ontology/DCM|110152";
constexpr std::string_view kRecipient = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType|IRCP";
constexpr std::string_view kActReason = "http://terminology.hl7.org/CodeSystem/v3-ActReason|";
constexpr std::string_view kEntityType = "http://terminology.hl7.org/CodeSystem/audit-entity-type|";
constexpr std::string_view kObjectRole = "http://terminology.hl7.org/CodeSystem/object-role|";
constexpr std::string_view kRequestEntity = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType|XrequestId";
constexpr std::string_view kRecordExtension = "https://huitong.example/fhir/StructureDefinition/audit-record";

/// By the beginning of the interaction's name; the first that fits. A subtype without a system is a restful interaction.
struct Kind {
    std::string_view prefix, action, type, subtype;
};
constexpr Kind kKinds[] = {
    {"search", "E", kRest, "search"},
    {"history", "R", kRest, "history"},
    {"vread", "R", kRest, "vread"},
    {"read", "R", kRest, "read"},
    {"create", "C", kRest, "create"},
    {"update", "U", kRest, "update"},
    {"patch", "U", kRest, "patch"},
    {"delete", "D", kRest, "delete"},
    {"transaction", "E", kRest, "transaction"},
    {"batch", "E", kRest, "batch"},
    {"feed", "C", kImport, ""},
    {"sign-in", "E", kAuthentication, ""},
    {"$meta-", "U", kRest, "operation"},
    {"$expunge", "D", kRest, "operation"},
    {"break-glass", "E", kAlert, kEmergency},
    {"consent-denied", "E", kAlert, kConsentDecision},
    {"token", "E", kAuthentication, ""},
    {"denied", "E", kRest, ""},
    {"", "E", kRest, "operation"},
};

class Writer {
public:
    explicit Writer(const Happening& happening) : happening_(happening) {}
    std::string write(int offset_minutes);

private:
    /// From "system|code".
    static std::string coding(std::string_view text) {
        const auto bar = text.rfind('|');
        return "{\"system\":" + fhir::json_text(text.substr(0, bar)) + ",\"code\":" + fhir::json_text(text.substr(bar + 1)) + '}';
    }
    static std::string identifier(std::string_view system, std::string_view value) {
        return "{\"identifier\":{\"system\":" + fhir::json_text(system) + ",\"value\":" + fhir::json_text(value) + "}}";
    }
    std::string purpose(std::string_view member) const {
        if (happening_.purpose.empty()) return {};
        return ",\"" + std::string(member) + "\":[{\"coding\":[" + coding(std::string(kActReason) + happening_.purpose) + ']' +
               (happening_.reason.empty() ? "" : ",\"text\":" + fhir::json_text(happening_.reason)) + "}]";
    }
    void write_agents();
    void write_entities();
    void add_entity(const std::string& what, std::string_view type, std::string_view role, const std::string& more = {});
    std::string version_of(const std::string& resource) const {
        const auto found = happening_.versions.find(resource);
        return found == happening_.versions.end()
                   ? std::string()
                   : ",\"detail\":[{\"type\":\"version\",\"valueString\":" + fhir::json_text(std::to_string(found->second)) + "}]";
    }

    const Happening& happening_;
    std::string out_;
    bool has_entity_ = false;
};

void Writer::write_agents() {
    const bool is_feed = happening_.client.starts_with("feed:");
    const auto client = is_feed ? identifier(kFeedSystem, std::string_view(happening_.client).substr(5))
                                : identifier(kClientSystem, happening_.client.empty() ? "open" : happening_.client);
    out_ += ",\"agent\":[{\"type\":{\"coding\":[" + coding(kSourceRole) + "]},\"who\":" + client;
    if (!happening_.client.empty()) out_ += ",\"altId\":" + fhir::json_text(happening_.client);
    if (!happening_.organization.empty()) out_ += ",\"name\":" + fhir::json_text(happening_.organization);
    out_ += std::string(",\"requestor\":") + (happening_.practitioner.empty() ? "true" : "false");
    if (!happening_.address.empty()) out_ += ",\"network\":{\"address\":" + fhir::json_text(happening_.address) + ",\"type\":\"2\"}";
    out_ += purpose("purposeOfUse") + "},{\"type\":{\"coding\":[" + coding(kDestinationRole) +
            "]},\"who\":{\"display\":\"Huitong\"},\"requestor\":false}";
    if (!happening_.practitioner.empty()) {
        out_ += ",{\"type\":{\"coding\":[" + coding(kRecipient) + "]}";
        if (!happening_.role.empty()) out_ += ",\"role\":[{\"text\":" + fhir::json_text(happening_.role) + "}]";
        out_ += ",\"who\":" + identifier("urn:huitong:organization:" + happening_.organization + ":practitioner", happening_.practitioner) +
                ",\"altId\":" + fhir::json_text(happening_.practitioner) + ",\"requestor\":true" + purpose("purposeOfUse") + '}';
    }
    out_ += ']';
}

/// `what` "" and no role: the entity has none.
void Writer::add_entity(const std::string& what, std::string_view type, std::string_view role, const std::string& more) {
    out_ += has_entity_ ? "," : ",\"entity\":[";
    has_entity_ = true;
    out_ += '{';
    if (!what.empty()) out_ += "\"what\":" + what + ',';
    out_ += "\"type\":" + coding(type);
    if (!role.empty()) out_ += ",\"role\":" + coding(role);
    out_ += more + '}';
}

void Writer::write_entities() {
    const auto person = std::string(kEntityType) + '1', thing = std::string(kEntityType) + '2';
    const auto patient_role = std::string(kObjectRole) + '1', resource_role = std::string(kObjectRole) + '4';
    for (const auto& patient : happening_.patients)
        add_entity("{\"reference\":" + fhir::json_text(patient) + '}', person, patient_role, version_of(patient));
    for (const auto& resource : happening_.resources) {
        if (std::find(happening_.patients.begin(), happening_.patients.end(), resource) == happening_.patients.end())
            add_entity("{\"reference\":" + fhir::json_text(resource) + '}', thing, resource_role, version_of(resource));
    }
    // IHE BALP, "Query": the text as it was asked, in Base64.
    if (!happening_.query.empty())
        add_entity({}, thing, std::string(kObjectRole) + "24", ",\"query\":" + fhir::json_text(encode_base64(happening_.query)));
    if (!happening_.message.empty()) add_entity(identifier(kMessageSystem, happening_.message), thing, std::string(kObjectRole) + "3");
    if (!happening_.request.empty()) add_entity(identifier(kRequestSystem, happening_.request), kRequestEntity, {});
    if (has_entity_) out_ += ']';
}

/// What every event begins with.
std::string head_of(const Happening& happening) { return "{\"resourceType\":\"AuditEvent\",\"id\":" + fhir::json_text(happening.id); }

std::string Writer::write(int offset_minutes) {
    const Kind* kind = kKinds;
    while (!happening_.interaction.starts_with(kind->prefix)) ++kind;
    out_ = head_of(happening_) + ",\"extension\":[{\"url\":" + fhir::json_text(kRecordExtension) +
           ",\"valueString\":" + fhir::json_text(happening_.record) + "}],\"type\":" + coding(kind->type);
    if (!kind->subtype.empty())
        out_ += ",\"subtype\":[" +
                coding(kind->subtype.find('|') != kind->subtype.npos
                           ? std::string(kind->subtype)
                           : "http://hl7.org/fhir/restful-interaction|" + std::string(kind->subtype)) +
                ']';
    out_ += ",\"action\":\"" + std::string(kind->action) + "\",\"recorded\":\"" + instant_text(happening_.at, offset_minutes) +
            "\",\"outcome\":\"" +
            (happening_.status < 400   ? "0"
             : happening_.status < 500 ? "4"
                                       : "8") +
            '"';
    if (happening_.status >= 400) out_ += ",\"outcomeDesc\":\"HTTP " + std::to_string(happening_.status) + '"';
    out_ += purpose("purposeOfEvent");
    write_agents();
    out_ += ",\"source\":{";
    if (!happening_.hub.empty()) out_ += "\"site\":" + fhir::json_text(happening_.hub) + ',';
    out_ += "\"observer\":{\"display\":\"Huitong\"}}";
    write_entities();
    return std::move(out_) + '}';
}

constexpr std::string_view kWrites[] = {"create", "update", "patch", "delete", "transaction", "batch", "$meta-add", "$meta-delete"};

} // namespace

bool is_told_by_log(const AccessRecord& record) {
    return record.status < 400 && std::find(std::begin(kWrites), std::end(kWrites), record.interaction) != std::end(kWrites);
}

Happening happening_of(const store::LogEntry& entry) {
    auto note = read_note(entry.reason);
    Happening out;
    out.id = "log." + std::to_string(entry.t);
    out.record = "log:" + std::to_string(entry.t);
    out.at = entry.instant;
    out.interaction = std::move(note.interaction);
    out.client = entry.actor;
    out.organization = std::move(note.organization);
    out.practitioner = std::move(note.practitioner);
    out.role = std::move(note.role);
    out.purpose = std::move(note.purpose);
    out.reason = std::move(note.reason);
    out.address = std::move(note.address);
    out.request = std::move(note.request);
    out.message = entry.message_id;
    for (const auto& [key, version] : entry.writes) {
        out.resources.push_back(key.type + '/' + key.id);
        out.versions[out.resources.back()] = version;
    }
    return out;
}

Happening happening_of(const AccessRecord& record, JournalPosition position) {
    const auto segment = std::to_string(position >> 40), offset = std::to_string(position & ((1ULL << 40) - 1));
    Happening out;
    out.id = "access." + segment + '.' + offset;
    out.record = "access:" + segment + ':' + offset;
    out.at = record.at;
    out.interaction = record.interaction;
    out.status = record.status;
    out.client = record.client;
    out.organization = record.organization;
    out.practitioner = record.practitioner;
    out.role = record.role;
    out.purpose = record.purpose;
    out.reason = record.reason;
    out.address = record.address;
    out.request = record.request_id;
    out.resources = record.resources;
    for (std::size_t index = 0; index < record.versions.size() && index < record.resources.size(); ++index) {
        if (record.versions[index] != 0) out.versions[record.resources[index]] = record.versions[index];
    }
    if (out.resources.empty() && !record.type.empty() && !record.id.empty()) out.resources.push_back(record.type + '/' + record.id);
    return out;
}

std::string audit_event(const Happening& happening, int offset_minutes) { return Writer(happening).write(offset_minutes); }

EventBody stored_body(const Happening& happening, std::string_view event) {
    const auto head = head_of(happening).size();
    EventBody out;
    out.text.reserve(event.size() + 16);
    out.text.append(event.substr(0, head)).append(",\"meta\":{");
    out.meta_at = out.text.size();
    out.text.append("}").append(event.substr(head));
    return out;
}

} // namespace huitong::audit
