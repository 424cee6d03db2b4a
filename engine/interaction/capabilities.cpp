/// The capability statement, made from the table of interactions and the search parameters. Source: FHIR R4, CapabilityStatement.
#include "fhir/json.hpp"
#include "interaction/parts.hpp"

#include <algorithm>
#include <set>

namespace huitong::interaction {
namespace {

constexpr std::string_view kTypeNames[] = {"number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special"};

void write_interactions(std::string& out) {
    std::set<std::string_view> names;
    for (const auto& row : interactions()) {
        if (!row.shape.empty() && row.shape[0] == 'T' && !row.name.starts_with('$') && row.name != "search-compartment")
            names.insert(row.name);
    }
    out += "\"interaction\":[";
    bool first = true;
    for (const auto name : names) {
        if (!first) out += ',';
        first = false;
        out += "{\"code\":\"" + std::string(name) + "\"}";
    }
    out += "],\"versioning\":\"versioned\",\"readHistory\":true,\"updateCreate\":true,\"conditionalCreate\":true,\"conditionalRead\":"
           "\"full-support\",\"conditionalUpdate\":true,"
           "\"conditionalDelete\":\"single\",\"referencePolicy\":[\"literal\",\"logical\",\"local\"]";
}

/// Operations by name, each with what defines it and the types that it is for; none: it is for all of them, or for the system.
struct Operation {
    std::string name, definition;
    std::vector<std::string> types;
};

std::vector<Operation> operations_of(const fhir::Definitions& definitions) {
    std::vector<Operation> out;
    for (const auto& row : interactions()) {
        if (!row.name.starts_with('$') || row.name.ends_with("-job")) continue;
        const std::string name(row.name.substr(1));
        if (std::any_of(out.begin(), out.end(), [&](const auto& one) { return one.name == name; })) continue;
        out.push_back({name, "https://huitong.example/fhir/OperationDefinition/" + name, {}});
    }
    for (const auto url : definitions.resource_urls("OperationDefinition")) {
        const auto parsed = fhir::read_json(std::string(definitions.resource_json("OperationDefinition", url)));
        if (parsed.issues.has_errors()) continue;
        const auto root = parsed.value->root();
        const auto found = std::find_if(out.begin(), out.end(), [&](const auto& one) { return one.name == root.text("code"); });
        if (found == out.end() || url.find("example") != url.npos) continue;
        found->definition = url;
        for (const auto type : root.children("resource")) found->types.emplace_back(type.value());
    }
    return out;
}

void write_operations(const std::vector<Operation>& operations, std::string_view type, std::string& out) {
    bool first = true;
    for (const auto& operation : operations) {
        const bool fits = type.empty() ? operation.types.empty()
                                       : std::find(operation.types.begin(), operation.types.end(), type) != operation.types.end();
        if (!fits) continue;
        out += first ? ",\"operation\":[" : ",";
        first = false;
        out += "{\"name\":\"" + operation.name + "\",\"definition\":\"" + operation.definition + "\"}";
    }
    if (!first) out += ']';
}

void write_type(const Services& services, const std::vector<Operation>& operations, std::string_view type, std::string& out) {
    out += "{\"type\":\"" + std::string(type) + "\",\"profile\":\"http://hl7.org/fhir/StructureDefinition/" + std::string(type) + "\",";
    write_interactions(out);
    out += ",\"searchParam\":[";
    bool first = true;
    for (const auto* parameter : services.registry->parameters_of(type)) {
        if (!first) out += ',';
        first = false;
        out += "{\"name\":";
        fhir::write_json_string(parameter->code, out);
        out += ",\"definition\":";
        fhir::write_json_string(parameter->url, out);
        out += ",\"type\":\"" + std::string(kTypeNames[static_cast<std::size_t>(parameter->type)]) + '"';
        if (!services.registry->is_complete(*parameter, type)) out += ",\"documentation\":\"Being indexed; cannot be asked for yet.\"";
        out += '}';
    }
    out += ']';
    write_operations(operations, type, out);
    out += '}';
}

} // namespace

std::string capability_statement(const Services& services) {
    std::string out = "{\"resourceType\":\"CapabilityStatement\",\"status\":\"active\",\"date\":\"" +
                      instant_text(services.clock->now(), 480) +
                      "\",\"publisher\":\"Huitong\",\"kind\":\"instance\",\"software\":{\"name\":\"Huitong\",\"version\":\"0.1.0\"},"
                      "\"implementation\":{\"description\":\"Huitong hub\",\"url\":";
    fhir::write_json_string(services.base_url, out);
    out += "},\"fhirVersion\":\"4.0.1\",\"format\":[\"application/fhir+json\",\"application/"
           "fhir+xml\",\"json\",\"xml\"],\"patchFormat\":[\"application/json-patch+json\",\"application/fhir+json\",\"application/"
           "fhir+xml\",\"application/xml-patch+xml\"],\"rest\":[{\"mode\":\"server\","
           "\"security\":{\"cors\":true,\"service\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
           "restful-security-service\",\"code\":\"SMART-on-FHIR\"}]}]},\"resource\":[";
    // The table and the definitions do not change while the program runs.
    static const auto operations = operations_of(*services.definitions);
    bool first = true;
    for (const auto type : services.definitions->resource_types()) {
        if (!first) out += ',';
        first = false;
        write_type(services, operations, type, out);
    }
    out += ']';
    write_operations(operations, "", out);
    return out + ",\"interaction\":[{\"code\":\"transaction\"},{\"code\":\"batch\"},{\"code\":\"search-system\"},{\"code\":\"history-"
                 "system\"}]}]}";
}

boost::asio::awaitable<Response> capabilities(const Services& services, Request, Route) {
    Response response;
    response.body = capability_statement(services);
    co_return response;
}

} // namespace huitong::interaction
