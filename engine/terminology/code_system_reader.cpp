/// CodeSystem resources into concept tables. Source: FHIR R4, CodeSystem; concept properties of HL7 (notSelectable, inactive, status).
#include "fhir/json.hpp"
#include "terminology/content.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

constexpr std::string_view kConceptProperties = "http://hl7.org/fhir/concept-properties#";

std::string text_of(fhir::Element element, std::string_view path) { return std::string(element.text(path)); }

PropertyType type_of(std::string_view text) {
    if (text == "string") return PropertyType::string;
    if (text == "boolean") return PropertyType::boolean;
    if (text == "integer") return PropertyType::integer;
    if (text == "decimal") return PropertyType::decimal;
    if (text == "dateTime") return PropertyType::date_time;
    return text == "Coding" ? PropertyType::coding : PropertyType::code;
}

/// The type by the name of the value[x] element.
PropertyType type_of_value(std::string_view name) {
    auto type = std::string(name.substr(std::string_view("value").size()));
    if (!type.empty() && type != "Coding") type[0] = static_cast<char>(type[0] - 'A' + 'a');
    return type_of(type);
}

class ConceptReader {
public:
    ConceptReader(CodeSystem& system, ConceptTableBuilder& builder) : system_(system), builder_(builder) {}

    void read(fhir::Element parent, const std::string& parent_code) {
        for (const auto element : parent.children("concept")) {
            ConceptDraft draft;
            draft.code = text_of(element, "code");
            draft.display = text_of(element, "display");
            draft.definition = text_of(element, "definition");
            draft.extensions = json_array(element, "extension");
            if (!parent_code.empty()) draft.parents.push_back(parent_code);
            for (const auto one : element.children("designation")) {
                draft.designations.push_back({text_of(one, "language"), text_of(one, "use.system"), text_of(one, "use.code"),
                                              text_of(one, "use.display"), text_of(one, "value"), json_array(one, "extension")});
            }
            for (const auto property : element.children("property")) read_property(property, draft);
            builder_.add(draft);
            read(element, draft.code);
        }
    }

private:
    void read_property(fhir::Element property, ConceptDraft& draft) {
        ConceptDraft::PropertyDraft read;
        read.name = text_of(property, "code");
        for (const auto child : property.children()) {
            if (!child.name().starts_with("value")) continue;
            read.type = type_of_value(child.name());
            read.value = read.type == PropertyType::coding
                             ? text_of(child, "system") + '|' + text_of(child, "code") + '|' + text_of(child, "display")
                             : std::string(child.value());
        }
        system_.property_names.insert(read.name);
        const auto* declared = system_.property(read.name);
        const auto is = [&](std::string_view name) {
            return read.name == name ||
                   (declared && declared->uri.starts_with(kConceptProperties) && declared->uri.substr(kConceptProperties.size()) == name);
        };
        if (is("notSelectable") && read.value == "true") draft.abstract = true;
        if ((is("inactive") && read.value == "true") || (is("status") && (read.value == "retired" || read.value == "inactive")))
            draft.inactive = true;
        if ((is("subsumedBy") || is("parent")) && std::find(draft.parents.begin(), draft.parents.end(), read.value) == draft.parents.end())
            draft.parents.push_back(read.value);
        draft.properties.push_back(std::move(read));
    }

    CodeSystem& system_;
    ConceptTableBuilder& builder_;
};

} // namespace

const PropertyDefinition* CodeSystem::property(std::string_view code) const {
    const auto found = std::find_if(properties.begin(), properties.end(), [&](const auto& one) { return one.code == code; });
    return found == properties.end() ? nullptr : &*found;
}

std::string_view CodeSystem::known_property(ConceptIndex at, std::string_view name) const {
    for (const auto& one : concepts->properties(at)) {
        if (one.name == name) return one.value;
        const auto* declared = property(one.name);
        if (declared && declared->uri.starts_with(kConceptProperties) && declared->uri.substr(kConceptProperties.size()) == name)
            return one.value;
    }
    return {};
}

CodeSystem read_code_system(fhir::Element resource) {
    CodeSystem out;
    static_cast<Heading&>(out) = read_heading(resource);
    const auto content = resource.text("content");
    out.complete = content == "complete";
    out.fragment = content == "fragment" || content == "example";
    out.all_codes_url = without_version(resource.text("valueSet"));
    if (content == "supplement") out.supplements = text_of(resource, "supplements");
    for (const auto property : resource.children("property")) {
        out.properties.push_back({text_of(property, "code"), text_of(property, "uri"), type_of(property.text("type"))});
        out.property_names.insert(out.properties.back().code);
    }
    ConceptTableBuilder builder(resource.text("caseSensitive") != "false");
    ConceptReader(out, builder).read(resource, "");
    out.concepts = builder.finish();
    return out;
}

Result<CodeSystem> map_code_system(const std::string& file) {
    auto table = ConceptTable::map(file);
    if (!table) return table.error();
    const auto heading = fhir::read_json(std::string((*table)->heading()));
    if (heading.issues.has_errors() || heading.value->root().text("url").empty())
        return Outcome(error(IssueCode::invalid, "", "concept-table-format", {file}));
    auto out = read_code_system(heading.value->root());
    out.concepts = std::move(*table);
    return out;
}

} // namespace huitong::terminology
