/// Headings, value sets and concept maps as they are read. Source: FHIR R4, ValueSet, ConceptMap.
#include "terminology/content.hpp"

#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

constexpr std::string_view kExtension = "http://hl7.org/fhir/StructureDefinition/";
constexpr std::string_view kFilterOpOfR5 = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.compose.include.filter.op";

std::string text_of(fhir::Element element, std::string_view path) { return std::string(element.text(path)); }

/// Value of the extension of that name of HL7's own, whatever its type; "" when absent.
std::string_view extension_of(fhir::Element element, std::string_view name) {
    for (const auto extension : element.children("extension")) {
        const auto url = extension.text("url");
        if (!url.starts_with(kExtension) || url.substr(kExtension.size()) != name) continue;
        for (const auto child : extension.children()) {
            if (child.name().starts_with("value")) return child.value();
        }
    }
    return {};
}

ListedConcept read_listed(fhir::Element element) {
    ListedConcept out;
    out.code = text_of(element, "code");
    out.display = text_of(element, "display");
    out.extensions = json_array(element, "extension");
    out.deprecated = extension_of(element, "valueset-deprecated") == "true";
    for (const auto one : element.children("designation")) {
        out.designations.push_back({text_of(one, "language"), text_of(one, "use.system"), text_of(one, "use.code"),
                                    text_of(one, "use.display"), text_of(one, "value"), json_array(one, "extension")});
    }
    return out;
}

Filter read_filter(fhir::Element element) {
    Filter out{text_of(element, "property"), text_of(element, "op"), text_of(element, "value")};
    // child-of and descendent-leaf came with R5; an R4 resource carries them in an extension of its empty op.
    if (!out.op.empty()) return out;
    for (const auto extension : element["op"].children("extension")) {
        if (extension.text("url") == kFilterOpOfR5) out.op = text_of(extension, "valueCode");
    }
    return out;
}

Clause read_clause(fhir::Element element) {
    Clause out;
    out.system = without_version(element.text("system"));
    out.version = text_of(element, "version");
    if (out.version.empty()) out.version = version_of(element.text("system"));
    for (const auto listed : element.children("concept")) {
        out.by_code.emplace(listed.text("code"), out.concepts.size());
        out.concepts.push_back(read_listed(listed));
    }
    for (const auto filter : element.children("filter")) out.filters.push_back(read_filter(filter));
    for (const auto set : element.children("valueSet")) out.value_sets.emplace_back(set.value());
    return out;
}

void read_expansion(fhir::Element parent, std::vector<Coding>& out) {
    for (const auto element : parent.children("contains")) {
        if (element.text("abstract") != "true" && !element.text("code").empty()) {
            out.push_back({text_of(element, "system"), text_of(element, "version"), text_of(element, "code"), text_of(element, "display")});
        }
        read_expansion(element, out);
    }
}

void read_compose(fhir::Element compose, ValueSet& out) {
    for (const auto include : compose.children("include")) out.includes.push_back(read_clause(include));
    for (const auto exclude : compose.children("exclude")) out.excludes.push_back(read_clause(exclude));
    out.with_inactive = compose.text("inactive") != "false";
    out.compose = fhir::write_json(compose);
    for (const auto extension : compose.children("extension")) {
        if (!extension.text("url").ends_with("/valueset-expansion-parameter")) continue;
        std::string name, value;
        for (const auto part : extension.children("extension")) {
            for (const auto child : part.children()) {
                if (child.name().starts_with("value")) (part.text("url") == "name" ? name : value) = child.value();
            }
        }
        out.parameters.emplace_back(std::move(name), std::move(value));
    }
}

/// Members that an expansion repeats: who and what the set is.
std::string read_head(fhir::Element resource) {
    constexpr std::array<std::string_view, 11> kMembers = {"id",    "language", "url",          "identifier", "version",  "name",
                                                           "title", "status",   "experimental", "date",       "publisher"};
    std::string out = "\"resourceType\":\"ValueSet\"";
    for (const auto name : kMembers) {
        const auto child = resource.child(name);
        if (!child) continue;
        out.append(",\"").append(name).append("\":");
        if (name == "identifier") out += json_array(resource, name);
        else fhir::write_json(child, out);
    }
    if (const auto contained = json_array(resource, "contained"); !contained.empty()) out.append(",\"contained\":").append(contained);
    return out;
}

void read_unmapped(fhir::Element element, ConceptMap::Group& group) {
    const auto mode = element.text("mode");
    if (mode == "provided") group.unmapped = ConceptMap::Group::Unmapped::provided;
    if (mode == "other-map") group.unmapped = ConceptMap::Group::Unmapped::other_map;
    group.other_map = text_of(element, "url");
    if (mode != "fixed") return;
    group.unmapped = ConceptMap::Group::Unmapped::fixed;
    group.fixed.target = {group.target, "", text_of(element, "code"), text_of(element, "display")};
}

ConceptMap::Group read_group(fhir::Element element_group, const ConceptMap& map, bool reviewed) {
    ConceptMap::Group group;
    group.source = without_version(element_group.text("source"));
    group.target = without_version(element_group.text("target"));
    for (const auto element : element_group.children("element")) {
        for (const auto target : element.children("target")) {
            Match match;
            match.target = {group.target, text_of(element_group, "targetVersion"), text_of(target, "code"), text_of(target, "display")};
            match.equivalence = text_of(target, "equivalence");
            match.comment = text_of(target, "comment");
            match.map_url = map.url;
            match.map_version = map.version;
            match.reviewed = reviewed;
            const auto [row, is_first] = group.rows.try_emplace(text_of(element, "code"));
            if (is_first) group.order.push_back(row->first);
            std::vector<ConditionalMatch::Dependency> depends_on;
            for (const auto one : target.children("dependsOn"))
                depends_on.push_back({text_of(one, "property"), text_of(one, "system"), text_of(one, "value")});
            if (depends_on.empty()) row->second.push_back(std::move(match));
            else group.conditional[row->first].push_back({std::move(match), std::move(depends_on)});
        }
    }
    if (const auto unmapped = element_group.child("unmapped")) read_unmapped(unmapped, group);
    group.fixed.map_url = map.url;
    group.fixed.map_version = map.version;
    return group;
}

} // namespace

std::string json_array(fhir::Element element, std::string_view name) {
    std::string out;
    for (const auto child : element.children(name)) {
        out += out.empty() ? '[' : ',';
        fhir::write_json(child, out);
    }
    return out.empty() ? out : out + ']';
}

Heading read_heading(fhir::Element resource) {
    Heading out;
    out.url = without_version(resource.text("url"));
    out.version = text_of(resource, "version");
    out.name = text_of(resource, "name");
    out.title = text_of(resource, "title");
    out.language = text_of(resource, "language");
    out.status = text_of(resource, "status");
    out.experimental = resource.text("experimental") == "true";
    out.standards_status = extension_of(resource, "structuredefinition-standards-status");
    return out;
}

ValueSet read_value_set(fhir::Element resource) {
    ValueSet out;
    static_cast<Heading&>(out) = read_heading(resource);
    if (const auto compose = resource.child("compose")) read_compose(compose, out);
    for (const auto extension : resource.children("extension")) {
        if (extension.text("url").ends_with("/valueset-supplement")) out.supplements.push_back(text_of(extension, "valueCanonical"));
    }
    for (const auto inner : resource.children("contained")) {
        if (inner.type() == "ValueSet")
            out.contained.emplace("#" + text_of(inner, "id"), std::make_shared<const ValueSet>(read_value_set(inner)));
    }
    if (const auto expansion = resource.child("expansion")) {
        read_expansion(expansion, out.expansion);
        const auto total = expansion.text("total");
        // A page: the total says more, or the server asked for the next page by offset.
        out.expansion_complete = (total.empty() || total == std::to_string(out.expansion.size())) &&
                                 expansion.text("offset").find_first_not_of('0') == std::string_view::npos;
    }
    out.head = read_head(resource);
    return out;
}

ConceptMap read_concept_map(fhir::Element resource) {
    ConceptMap out;
    static_cast<Heading&>(out) = read_heading(resource);
    out.source_scope = without_version(resource.text(resource.child("sourceUri") ? "sourceUri" : "sourceCanonical"));
    out.target_scope = without_version(resource.text(resource.child("targetUri") ? "targetUri" : "targetCanonical"));
    for (const auto group : resource.children("group")) out.groups.push_back(read_group(group, out, out.status == "active"));
    return out;
}

} // namespace huitong::terminology
