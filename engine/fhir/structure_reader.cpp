#include "fhir/structure_reader.hpp"

#include "fhir/json.hpp"

#include <charconv>
#include <map>

namespace huitong::fhir {
namespace {

constexpr std::string_view kSystemTypes = "http://hl7.org/fhirpath/";
constexpr std::string_view kFhirType = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";

std::uint32_t read_count(std::string_view text, std::uint32_t fallback) {
    if (text == "*") return kUnbounded;
    std::uint32_t value = fallback;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string_view type_code(Element type, std::string_view path) {
    auto code = type.text("code");
    if (!code.starts_with(kSystemTypes)) return code;
    if (path.ends_with(".id")) return "string"; // a resource's own id becomes `id` in read_structure
    for (auto extension : type.children("extension")) {
        if (extension.text("url") == kFhirType && !path.ends_with(".value")) return extension.text("valueUrl");
    }
    return code.substr(kSystemTypes.size());
}

TypeReference read_type(Element type, std::string_view path) {
    TypeReference out;
    out.code = type_code(type, path);
    for (auto profile : type.children("profile")) out.profiles.push_back(profile.value());
    for (auto target : type.children("targetProfile")) out.target_profiles.push_back(target.value());
    return out;
}

BindingStrength read_strength(std::string_view text) {
    if (text == "required") return BindingStrength::required;
    if (text == "extensible") return BindingStrength::extensible;
    if (text == "preferred") return BindingStrength::preferred;
    return text == "example" ? BindingStrength::example : BindingStrength::none;
}

void read_fixed(Element element, ElementDefinition& out, Document& keeper) {
    for (auto child : element.children()) {
        const auto name = child.name();
        const bool fixed = name.starts_with("fixed") && name.size() > 5;
        const bool pattern = name.starts_with("pattern") && name.size() > 7;
        if (!fixed && !pattern) continue;
        (fixed ? out.fixed : out.pattern) = keeper.keep(write_json(child));
        out.fixed_type = name.substr(fixed ? 5 : 7);
    }
}

void read_slicing(Element slicing, Slicing& out) {
    if (!slicing) return;
    out.rules = slicing.text("rules");
    out.ordered = slicing.text("ordered") == "true";
    for (auto discriminator : slicing.children("discriminator"))
        out.discriminators.push_back({discriminator.text("type"), discriminator.text("path")});
}

} // namespace

ElementDefinition read_element(Element element, Document& keeper) {
    ElementDefinition out;
    out.id = element.text("id");
    out.path = element.text("path");
    out.name = out.path.substr(out.path.rfind('.') + 1);
    out.slice_name = element.text("sliceName");
    out.min = read_count(element.text("min"), 0);
    out.max = read_count(element.text("max"), 1);
    out.base_max = element.child("base") ? read_count(element.text("base.max"), out.max) : out.max;
    for (auto type : element.children("type")) out.types.push_back(read_type(type, out.path));
    out.content_reference = element.text("contentReference");
    if (const auto hash = out.content_reference.find('#'); hash != std::string_view::npos) out.content_reference.remove_prefix(hash + 1);
    out.binding = read_strength(element.text("binding.strength"));
    out.value_set = element.text("binding.valueSet");
    for (auto constraint : element.children("constraint")) {
        out.constraints.push_back(
            {constraint.text("key"), constraint.text("human"), constraint.text("expression"), constraint.text("severity") != "warning"});
    }
    read_fixed(element, out, keeper);
    out.max_length = element.text("maxLength");
    out.short_text = element.text("short");
    read_slicing(element.child("slicing"), out.slicing);
    out.is_modifier = element.text("isModifier") == "true";
    out.is_summary = element.text("isSummary") == "true";
    out.must_support = element.text("mustSupport") == "true";
    out.is_choice = out.path.ends_with("[x]");
    for (auto representation : element.children("representation"))
        out.xml_attribute = out.xml_attribute || representation.value() == "xmlAttr";
    return out;
}

// Children of an element are the following ones whose path is one step longer; slices nest below their own slice by id.
void link_children(std::vector<ElementDefinition>& elements) {
    std::map<std::string_view, std::uint32_t> by_id;
    for (std::uint32_t index = 0; index < elements.size(); ++index) {
        auto& element = elements[index];
        const auto id = element.id.empty() ? element.path : element.id;
        const auto dot = id.rfind('.');
        if (dot != id.npos) {
            const auto found = by_id.find(id.substr(0, dot));
            if (found != by_id.end()) {
                element.parent = found->second;
                elements[found->second].children.push_back(index);
            }
        }
        by_id[id] = index;
    }
}

namespace {

StructureKind read_kind(std::string_view text) {
    if (text == "primitive-type") return StructureKind::primitive;
    if (text == "resource") return StructureKind::resource;
    return text == "logical" ? StructureKind::logical : StructureKind::complex;
}

SearchType read_search_type(std::string_view text) {
    static constexpr std::string_view kTexts[] = {"number",    "date",     "string", "token",  "reference",
                                                  "composite", "quantity", "uri",    "special"};
    for (std::size_t i = 0; i < std::size(kTexts); ++i) {
        if (kTexts[i] == text) return static_cast<SearchType>(i);
    }
    return SearchType::special;
}

std::vector<std::string_view> values(Element element, std::string_view name) {
    std::vector<std::string_view> out;
    for (auto child : element.children(name)) out.push_back(child.value());
    return out;
}

} // namespace

Parsed<StructureDefinition> read_structure(Element resource, Document& keeper) {
    Parsed<StructureDefinition> out;
    auto& structure = out.value;
    structure.url = resource.text("url");
    structure.version = resource.text("version");
    structure.name = resource.text("name");
    structure.type = resource.text("type");
    structure.base = resource.text("baseDefinition");
    structure.kind = read_kind(resource.text("kind"));
    structure.abstract = resource.text("abstract") == "true";
    structure.is_profile = resource.text("derivation") == "constraint";
    // A logical model's type may be a URL; its instances name the last step.
    if (const auto slash = structure.type.rfind('/'); slash != structure.type.npos) structure.type.remove_prefix(slash + 1);
    for (auto element : resource["snapshot"].children("element")) structure.elements.push_back(read_element(element, keeper));
    // Resource.id is an `id`, whatever type the published snapshot gives it.
    if (structure.kind == StructureKind::resource && structure.elements.size() > 1 && structure.elements[1].name == "id") {
        structure.elements[1].types.resize(1);
        structure.elements[1].types.front().code = "id";
    }
    if (structure.url.empty() || structure.type.empty()) {
        out.issues.add(error(IssueCode::required, "StructureDefinition", "structure-invalid"));
    } else if (structure.elements.empty()) {
        out.issues.add(error(IssueCode::required, "StructureDefinition.snapshot", "structure-no-snapshot", {std::string(structure.url)}));
    } else {
        link_children(structure.elements);
    }
    return out;
}

Parsed<SearchParameterDefinition> read_search_parameter(Element resource) {
    Parsed<SearchParameterDefinition> out;
    auto& parameter = out.value;
    parameter.url = resource.text("url");
    parameter.code = resource.text("code");
    parameter.expression = resource.text("expression");
    parameter.type = read_search_type(resource.text("type"));
    parameter.bases = values(resource, "base");
    parameter.targets = values(resource, "target");
    parameter.comparators = values(resource, "comparator");
    parameter.modifiers = values(resource, "modifier");
    parameter.chains = values(resource, "chain");
    for (auto component : resource.children("component"))
        parameter.components.push_back({component.text("definition"), component.text("expression")});
    if (parameter.url.empty() || parameter.code.empty() || parameter.bases.empty()) {
        out.issues.add(error(IssueCode::required, "SearchParameter", "search-parameter-invalid"));
    }
    return out;
}

} // namespace huitong::fhir
