/// AuditEvents derived from access records. Source: FHIR R4, AuditEvent; IHE Basic Audit Log Patterns (read, query, denied).
#include "audit/access_log.hpp"
#include "fhir/json.hpp"

namespace huitong::audit {
namespace {

struct Kind {
    std::string_view prefix, action, subtype;
};

constexpr Kind kKinds[] = {
    {"search", "E", "search"}, {"history", "R", "history"},       {"vread", "R", "vread"},   {"read", "R", "read"},
    {"create", "C", "create"}, {"update", "U", "update"},         {"delete", "D", "delete"}, {"transaction", "E", "transaction"},
    {"cds", "E", "operation"}, {"recognition", "E", "operation"}, {"", "E", "operation"},
};

void text(std::string& out, std::string_view value) { fhir::write_json_string(value, out); }

void write_agents(const AccessRecord& record, std::string& out) {
    out += ",\"agent\":[{\"requestor\":" + std::string(record.practitioner.empty() ? "true" : "false") +
           ",\"who\":{\"identifier\":{\"system\":\"urn:huitong:client\",\"value\":";
    text(out, record.client.empty() ? "open" : record.client);
    out += "}}";
    if (!record.address.empty()) {
        out += ",\"network\":{\"address\":";
        text(out, record.address);
        out += ",\"type\":\"2\"}";
    }
    if (!record.purpose.empty()) {
        out += ",\"purposeOfUse\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActReason\",\"code\":";
        text(out, record.purpose);
        out += "}]}]";
    }
    out += '}';
    if (!record.practitioner.empty()) {
        out += ",{\"requestor\":true,\"who\":{\"identifier\":{\"system\":\"urn:huitong:organization:" + record.organization +
               ":practitioner\",\"value\":";
        text(out, record.practitioner);
        out += "}}}";
    }
    out += "],\"source\":{\"observer\":{\"display\":\"Huitong hub\"}}";
}

} // namespace

std::string audit_event(const AccessRecord& record, const std::string& id) {
    const Kind* kind = kKinds;
    while (!record.interaction.starts_with(kind->prefix)) ++kind;
    std::string out = "{\"resourceType\":\"AuditEvent\",\"id\":";
    text(out, id);
    out += ",\"type\":{\"system\":\"http://terminology.hl7.org/CodeSystem/"
           "audit-event-type\",\"code\":\"rest\"},\"subtype\":[{\"system\":\"http://hl7.org/fhir/restful-interaction\",\"code\":\"";
    out += kind->subtype;
    out += "\"}],\"action\":\"";
    out += kind->action;
    out += "\",\"recorded\":\"" + instant_text(record.at, 480) + "\",\"outcome\":\"";
    out += record.status < 400 ? "0" : record.status < 500 ? "4" : "8";
    out += '"';
    write_agents(record, out);
    if (!record.resources.empty()) {
        out += ",\"entity\":[";
        for (std::size_t index = 0; index < record.resources.size(); ++index) {
            if (index != 0) out += ',';
            out += "{\"what\":{\"reference\":";
            text(out, record.resources[index]);
            out += "}}";
        }
        out += ']';
    }
    return out + '}';
}

} // namespace huitong::audit
