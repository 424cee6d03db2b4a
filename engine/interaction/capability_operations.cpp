/// The operations of the capability statement and the statement about terminology.
/// Source: FHIR R4, CapabilityStatement, "operation"; TerminologyCapabilities.
#include "base/json_writer.hpp"
#include "interaction/parts.hpp"
#include "interaction/stored_terminology.hpp"
#include "terminology/library.hpp"

#include <map>
#include <set>
#include <utility>

namespace huitong::interaction {
namespace {

struct OperationRow {
    std::string_view type, name, definition; ///< type "": of the server, "*": of every type; definition below kHl7 unless it is a URL
};

constexpr std::string_view kHl7 = "http://hl7.org/fhir/OperationDefinition/";
constexpr OperationRow kOperations[] = {
    {"", "versions", "CapabilityStatement-versions"},
    {"", "closure", "ConceptMap-closure"},
    {"", "graphql", "Resource-graphql"},
    {"", "export", "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export"},
    {"*", "validate", "Resource-validate"},
    {"*", "meta", "Resource-meta"},
    {"*", "meta-add", "Resource-meta-add"},
    {"*", "meta-delete", "Resource-meta-delete"},
    {"*", "graphql", "Resource-graphql"},
    {"CodeSystem", "lookup", "CodeSystem-lookup"},
    {"CodeSystem", "validate-code", "CodeSystem-validate-code"},
    {"CodeSystem", "batch-validate-code", "http://hl7.org/fhir/uv/tx-ecosystem/OperationDefinition/CodeSystem-batch-validate-code"},
    {"CodeSystem", "subsumes", "CodeSystem-subsumes"},
    {"CodeSystem", "find-matches", "CodeSystem-find-matches"},
    {"ValueSet", "expand", "ValueSet-expand"},
    {"ValueSet", "validate-code", "ValueSet-validate-code"},
    {"ValueSet", "batch-validate-code", "http://hl7.org/fhir/uv/tx-ecosystem/OperationDefinition/ValueSet-batch-validate-code"},
    {"ConceptMap", "translate", "ConceptMap-translate"},
    {"Patient", "everything", "Patient-everything"},
    {"Patient", "export", "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export"},
    {"Group", "export", "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export"},
    {"Observation", "lastn", "Observation-lastn"},
    {"Observation", "stats", "Observation-stats"},
    {"Composition", "document", "Composition-document"},
};

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

/// A row says where an operation belongs; the table of interactions says whether there is one.
bool is_routed(std::string_view name) {
    for (const auto& row : interactions()) {
        if (row.name.starts_with('$') && row.name.substr(1) == name) return true;
    }
    return false;
}

} // namespace

std::string capability_operations(std::string_view type) {
    std::string out = "\"operation\":[";
    bool first = true;
    for (const auto& row : kOperations) {
        if ((row.type != type && (row.type != "*" || type.empty())) || !is_routed(row.name)) continue;
        const auto base = row.definition.starts_with("http") ? std::string_view() : kHl7;
        out += std::string(first ? "" : ",") + "{\"name\":\"" + std::string(row.name) + "\",\"definition\":\"" + std::string(base) +
               std::string(row.definition) + "\"}";
        first = false;
    }
    return out + "]";
}

std::string terminology_capabilities(const Services& services) {
    std::map<std::string, std::set<std::string>> systems; // versions by url
    if (services.stored_terminology) (void)services.stored_terminology->catch_up();
    for (const auto& system : services.terminology->library().added_systems()) systems[system->url].insert(system->version);
    JsonWriter out;
    out.object().member("resourceType", "TerminologyCapabilities").member("url", services.base_url + "/metadata?mode=terminology");
    out.member("version", "0.1.0").member("name", "HuitongTerminology").member("title", "Terminology of the hub");
    out.member("status", "active").member("date", instant_text(services.clock->now(), 480)).member("publisher", "Huitong");
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
