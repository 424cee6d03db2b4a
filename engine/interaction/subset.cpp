#include "fhir/json.hpp"
#include "interaction/parts.hpp"

#include <algorithm>

namespace huitong::interaction {
namespace {

bool is_kept(const fhir::Definitions& definitions, const fhir::TypedName& root, std::string_view name, std::string_view summary,
             const std::vector<std::string>& elements) {
    if (name == "id" || name == "meta" || name == "resourceType") return true;
    if (!elements.empty()) {
        const auto matches = [&](const std::string& element) {
            return element == name || element == std::string(root.type) + '.' + std::string(name);
        };
        if (std::any_of(elements.begin(), elements.end(), matches)) return true;
    }
    const auto child = definitions.child(root, name);
    const auto* declared = child.declared;
    const bool mandatory = declared && declared->min > 0;
    if (!elements.empty())
        return mandatory ||
               (declared && declared->is_choice && std::any_of(elements.begin(), elements.end(), [&](const std::string& element) {
                    return declared->name == element + "[x]";
                }));
    if (summary == "text") return name == "text" || mandatory;
    if (summary == "data") return name != "text";
    if (summary == "true") return declared && (declared->is_summary || mandatory);
    return true;
}

} // namespace

std::string subset(const fhir::Definitions& definitions, const std::string& body, std::string_view summary,
                   const std::vector<std::string>& elements) {
    if (summary == "false" && elements.empty()) return body;
    auto parsed = fhir::read_json(body);
    auto& document = *parsed.value;
    const auto resource = document.root();
    const auto root = definitions.type_root(resource.type());
    std::vector<fhir::NodeIndex> dropped;
    for (const auto child : resource.children()) {
        if (!is_kept(definitions, root, child.name(), summary, elements)) dropped.push_back(child.index());
    }
    for (const auto index : dropped) document.remove_child(resource.index(), index);
    auto meta = resource.child("meta");
    const auto meta_index = meta ? meta.index() : document.add_child(resource.index(), "meta", false);
    const auto tag = document.add_child(meta_index, "tag", true);
    document.set_value(document.add_child(tag, "system", false), fhir::ValueKind::text,
                       "http://terminology.hl7.org/CodeSystem/v3-ObservationValue");
    document.set_value(document.add_child(tag, "code", false), fhir::ValueKind::text, "SUBSETTED");
    return fhir::write_json(resource);
}

} // namespace huitong::interaction
