/// The capability statement, made from the table of interactions and the search parameters. Source: FHIR R4, CapabilityStatement.
#include "fhir/json.hpp"
#include "interaction/parts.hpp"

#include <algorithm>
#include <set>

namespace huitong::interaction {
namespace {

constexpr std::string_view kTypeNames[] = {"number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special"};

/// What test tools of terminology ask for first: the version of the suite that the answers follow, and that resources may be sent along.
std::string statement_features() {
    const auto feature = [](std::string_view url, std::string_view value) {
        return R"({"url":"http://hl7.org/fhir/uv/application-feature/StructureDefinition/feature","extension":[{"url":"definition",)"
               R"("valueCanonical":")" +
               std::string(url) + R"("},{"url":"value",)" + std::string(value) + "}]}";
    };
    return "\"extension\":[" + feature("http://hl7.org/fhir/uv/tx-tests/FeatureDefinition/test-version", R"("valueCode":"1.9.0")") + "," +
           feature("http://hl7.org/fhir/uv/tx-ecosystem/FeatureDefinition/CodeSystemAsParameter", R"("valueBoolean":true)") + "],";
}

/// `_query` names queries, of which there are none; and some parameters of the package say in words alone what they are.
bool is_searchable(const fhir::SearchParameterDefinition& parameter) {
    return parameter.code != "_query" && (!parameter.expression.empty() || parameter.code.starts_with('_'));
}

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

void write_type(const Services& services, const std::vector<Operation>& operations, std::string_view type, std::string& out) {
    out += "{\"type\":\"" + std::string(type) + "\",\"profile\":\"http://hl7.org/fhir/StructureDefinition/" + std::string(type) + "\",";
    write_interactions(out);
    out += ",\"searchParam\":[";
    bool first = true;
    for (const auto* parameter : services.registry->parameters_of(type)) {
        if (!is_searchable(*parameter)) continue;
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
    if (const auto own = capability_operations(operations, type); !own.empty()) out += ',' + own;
    out += '}';
}

} // namespace

std::string capability_statement(const Services& services) {
    std::string out = "{\"resourceType\":\"CapabilityStatement\"," + statement_features() + "\"url\":";
    fhir::write_json_string(services.base_url + "/metadata", out);
    out += ",\"version\":\"0.1.0\",\"name\":\"Huitong\",\"title\":\"Huitong hub\",\"status\":\"active\",\"date\":\"" +
           instant_text(services.clock->now(), services.registry->offset_minutes()) +
           "\",\"publisher\":\"Huitong\",\"kind\":\"instance\",\"instantiates\":[\"http://hl7.org/fhir/CapabilityStatement/"
           "terminology-server\"],\"software\":{\"name\":\"Huitong\",\"version\":\"0.1.0\",\"releaseDate\":\"2026-11-27\"},"
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
    out += "],\"interaction\":[{\"code\":\"transaction\"},{\"code\":\"batch\"},{\"code\":\"search-system\"},{\"code\":\"history-"
           "system\"}]," +
           capability_operations(operations, "") + "}]}";
    return out;
}

boost::asio::awaitable<Response> capabilities(const Services& services, Request request, Route) {
    Response response;
    const auto wanted = read_subset(request);
    if (!wanted) co_return failed(wanted.error());
    const bool of_terminology = query_value(request, "mode") == "terminology";
    response.body = wanted->of(*services.definitions, of_terminology ? terminology_capabilities(services) : capability_statement(services));
    co_return response;
}

} // namespace huitong::interaction
