#include "fhir/json.hpp"
#include "interaction/parts.hpp"

#include <algorithm>

namespace huitong::interaction {
namespace {

constexpr std::string_view kSummaries[] = {"true", "text", "data", "count", "false"};

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = text.find(',');
        if (end != 0) out.emplace_back(text.substr(0, end));
        text = end == text.npos ? std::string_view() : text.substr(end + 1);
    }
    return out;
}

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

Result<Subset> read_subset(const Request& request) {
    Subset out;
    if (const auto summary = query_value(request, "_summary")) {
        if (std::find(std::begin(kSummaries), std::end(kSummaries), *summary) == std::end(kSummaries))
            return Outcome(error(IssueCode::invalid, "_summary", "search-value", {"_summary"}));
        if (*summary != "false") out.summary = *summary;
    }
    if (const auto elements = query_value(request, "_elements")) out.elements = split_list(*elements);
    return out;
}

std::string Subset::of(const fhir::Definitions& definitions, std::string body) const {
    return is_whole() ? std::move(body) : subset(definitions, body, summary, elements);
}

} // namespace huitong::interaction
