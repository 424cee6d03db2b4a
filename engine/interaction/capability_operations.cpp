/// The operations of the capability statement and the statement about terminology.
/// Source: FHIR R4, CapabilityStatement, "operation"; TerminologyCapabilities.
#include "base/json_writer.hpp"
#include "fhir/json.hpp"
#include "interaction/parts.hpp"
#include "interaction/stored_terminology.hpp"
#include "terminology/library.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <utility>

namespace huitong::interaction {
namespace {

/// What defines an operation that the definition package does not hold, and the types it is for; none: of the server alone.
struct Elsewhere {
    std::string_view name, definition, types;
};

constexpr Elsewhere kElsewhere[] = {
    {"export", "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export", "Patient Group"},
    {"batch-validate-code", "http://hl7.org/fhir/uv/tx-ecosystem/OperationDefinition/ValueSet-batch-validate-code", "CodeSystem ValueSet"},
    {"diff", "https://huitong.example/fhir/OperationDefinition/diff", "Resource"},
    {"expunge", "https://huitong.example/fhir/OperationDefinition/expunge", "Resource"},
    {"fhirpath", "https://huitong.example/fhir/OperationDefinition/fhirpath", ""},
    {"unit", "https://huitong.example/fhir/OperationDefinition/unit", ""},
    {"import", "https://huitong.example/fhir/OperationDefinition/import", ""},
};

/// Definitions of the package whose operation is here, but not for their type.
constexpr std::string_view kNotForThese[] = {"http://hl7.org/fhir/OperationDefinition/Group-everything",
                                             "http://hl7.org/fhir/OperationDefinition/MedicinalProduct-everything"};

/// Parameters of $expand that are understood.
constexpr std::string_view kExpansionParameters[] = {
    "url",
    "valueSet",
    "tx-resource",
    "filter",
    "offset",
    "count",
    "includeDesignations",
    "designation",
    "includeDefinition",
    "activeOnly",
    "excludeNested",
    "displayLanguage",
    "system-version",
    "check-system-version",
    "force-system-version",
    "default-valueset-version",
    "property",
    "useSupplement",
};

/// Asking for a job and taking its files are rows of the table, but no operations of their own.
bool is_operation(std::string_view name) { return name.starts_with('$') && !name.ends_with("-job"); }

bool is_for(const Operation& operation, std::string_view type) {
    return std::any_of(operation.types.begin(), operation.types.end(), [&](const auto& one) { return one == type || one == "Resource"; });
}

} // namespace

std::vector<Operation> operations_of(const fhir::Definitions& definitions) {
    std::map<std::string, Operation> routed;
    for (const auto& row : interactions()) {
        if (!is_operation(row.name)) continue;
        auto& operation = routed[std::string(row.name.substr(1))];
        operation.of_server |= row.shape.starts_with('O');
        operation.of_types |= row.shape.starts_with('T');
    }
    std::vector<Operation> out;
    const auto add = [&](const std::string& name, std::string_view definition, std::vector<std::string> types) {
        const auto found = routed.find(name);
        if (found == routed.end()) return;
        auto operation = found->second;
        operation.name = name;
        operation.definition = definition;
        operation.types = std::move(types);
        out.push_back(std::move(operation));
    };
    for (const auto url : definitions.resource_urls("OperationDefinition")) {
        if (std::find(std::begin(kNotForThese), std::end(kNotForThese), url) != std::end(kNotForThese)) continue;
        const auto parsed = fhir::read_json(std::string(definitions.resource_json("OperationDefinition", url)));
        if (parsed.issues.has_errors() || url.find("example") != url.npos) continue;
        std::vector<std::string> types;
        for (const auto type : parsed.value->root().children("resource")) types.emplace_back(type.value());
        add(std::string(parsed.value->root().text("code")), url, std::move(types));
    }
    for (const auto& row : kElsewhere) {
        std::istringstream words{std::string(row.types)};
        add(std::string(row.name), row.definition, {std::istream_iterator<std::string>(words), {}});
    }
    return out;
}

std::string capability_operations(const std::vector<Operation>& operations, std::string_view type) {
    std::string out;
    for (const auto& operation : operations) {
        const bool fits = type.empty() ? operation.of_server : operation.of_types && is_for(operation, type);
        if (!fits) continue;
        out += out.empty() ? "\"operation\":[" : ",";
        out += "{\"name\":\"" + operation.name + "\",\"definition\":\"" + operation.definition + "\"}";
    }
    return out.empty() ? out : out + ']';
}

std::string terminology_capabilities(const Services& services) {
    std::map<std::string, std::set<std::string>> systems; // versions by url
    if (services.stored_terminology) (void)services.stored_terminology->catch_up();
    for (const auto& system : services.terminology->library().added_systems()) systems[system->url].insert(system->version);
    JsonWriter out;
    out.object().member("resourceType", "TerminologyCapabilities").member("url", services.base_url + "/metadata?mode=terminology");
    out.member("version", "0.1.0").member("name", "HuitongTerminology").member("title", "Terminology of the hub");
    out.member("status", "active")
        .member("date", instant_text(services.clock->now(), services.registry->offset_minutes()))
        .member("publisher", "Huitong");
    out.member("kind", "instance").object("software").member("name", "Huitong").member("version", "0.1.0").end_object();
    out.object("implementation").member("description", "Huitong hub").member("url", services.base_url).end_object();
    if (!systems.empty()) out.array("codeSystem");
    for (const auto& [url, versions] : systems) {
        out.object().member("uri", url);
        bool first = true;
        for (const auto& version : versions) {
            if (version.empty()) continue;
            if (std::exchange(first, false)) out.array("version");
            out.object().member("code", version).end_object();
        }
        if (!first) out.end_array();
        out.end_object();
    }
    if (!systems.empty()) out.end_array();
    out.object("expansion").flag("hierarchical", true).flag("paging", true).flag("incomplete", false).array("parameter");
    for (const auto name : kExpansionParameters) out.object().member("name", name).end_object();
    out.end_array().end_object();
    out.member("codeSearch", "all").object("validateCode").flag("translations", true).end_object();
    out.object("translation").flag("needsMap", false).end_object().object("closure").flag("translation", false).end_object().end_object();
    return out.take();
}

} // namespace huitong::interaction
