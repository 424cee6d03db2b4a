/// The OpenAPI description, made from the table of interactions and the definitions. Source: OpenAPI 3.0.3.
#include "fhir/json.hpp"
#include "interaction/parts.hpp"

#include <map>
#include <utility>

namespace huitong::interaction {
namespace {

/// The path of a shape; {type} is an enumeration of all types, so that the text stays small.
std::string path_of(const InteractionRow& row) {
    std::string out;
    bool has_type = false;
    for (const char letter : row.shape) {
        switch (letter) {
        case 'M': out += "/metadata"; break;
        case 'A': out += "/openapi.json"; break;
        case 'H': out += "/_history"; break;
        case 'S': out += "/_search"; break;
        case 'V': out += "/{version}"; break;
        case 'I': out += "/{id}"; break;
        case 'O': out += '/' + std::string(row.name); break;
        case 'J': out += "/{job}"; break;
        case 'F': out += "/{file}"; break;
        case 'T': out += std::exchange(has_type, true) ? "/{member}" : "/{type}"; break;
        default: break;
        }
    }
    return out.empty() ? "/" : out;
}

void write_parameters(const std::string& path, std::string& out) {
    out += "\"parameters\":[";
    bool first = true;
    for (const std::string_view name : {"type", "id", "version", "member", "job", "file"}) {
        if (path.find('{' + std::string(name) + '}') == path.npos) continue;
        if (!first) out += ',';
        first = false;
        out += "{\"name\":\"" + std::string(name) + "\",\"in\":\"path\",\"required\":true,\"schema\":{";
        out += name == "type" || name == "member" ? "\"$ref\":\"#/components/schemas/ResourceType\"" : "\"type\":\"string\"";
        out += "}}";
    }
    out += ']';
}

void write_operation(const InteractionRow& row, const std::string& path, std::string& out) {
    std::string method(row.method);
    for (auto& c : method) c = static_cast<char>(c | 32);
    std::string id(row.name);
    for (const char c : row.shape) id += c;
    out += '"' + method + "\":{\"operationId\":\"" + method + '-' + id + "\",\"summary\":\"" + std::string(row.name) + "\",";
    write_parameters(path, out);
    if (row.method == "POST" || row.method == "PUT" || row.method == "PATCH") {
        out += ",\"requestBody\":{\"content\":{\"application/fhir+json\":{\"schema\":{\"type\":\"object\"}}";
        if (row.method == "PATCH")
            out += ",\"application/json-patch+json\":{\"schema\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}";
        out += "}}";
    }
    out += ",\"responses\":{\"200\":{\"$ref\":\"#/components/responses/Resource\"},\"default\":{\"$ref\":\"#/components/responses/"
           "Outcome\"}}}";
}

} // namespace

boost::asio::awaitable<Response> open_api(const Services& services, Request, Route) {
    std::map<std::string, std::vector<const InteractionRow*>> paths;
    for (const auto& row : interactions()) paths[path_of(row)].push_back(&row);
    Response response;
    response.media_type = "application/json";
    std::string& out = response.body;
    out = "{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"Huitong, FHIR R4\",\"version\":\"0.1.0\"},\"servers\":[{\"url\":";
    fhir::write_json_string(services.base_url, out);
    out += "}],\"security\":[{\"bearer\":[]}],\"paths\":{";
    bool first_path = true;
    for (const auto& [path, rows] : paths) {
        if (!first_path) out += ',';
        first_path = false;
        fhir::write_json_string(path, out);
        out += ":{";
        for (std::size_t index = 0; index < rows.size(); ++index) {
            if (index > 0) out += ',';
            write_operation(*rows[index], path, out);
        }
        out += '}';
    }
    out += "},\"components\":{\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"}},\"responses\":{";
    for (const std::string_view name : {"Resource", "Outcome"}) {
        if (name == "Outcome") out += ',';
        out += '"' + std::string(name) + "\":{\"description\":\"" +
               (name == "Outcome" ? "An OperationOutcome says why." : "A FHIR resource.") +
               "\",\"content\":{\"application/fhir+json\":{\"schema\":{\"type\":\"object\"}}}}";
    }
    out += "},\"schemas\":{\"ResourceType\":{\"type\":\"string\",\"enum\":[";
    bool first = true;
    for (const auto type : services.definitions->resource_types()) {
        if (!first) out += ',';
        first = false;
        fhir::write_json_string(type, out);
    }
    out += "]}}}}";
    co_return response;
}

} // namespace huitong::interaction
