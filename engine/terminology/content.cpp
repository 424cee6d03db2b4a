/// FHIR resources to terminology in memory. Source: FHIR R4, CodeSystem, ValueSet, ConceptMap.
#include "terminology/content.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

std::string text_of(fhir::Element element, std::string_view path) { return std::string(element.text(path)); }

void read_concepts(fhir::Element parent, const std::string& parent_code, std::vector<Concept>& out) {
    for (const auto element : parent.children("concept")) {
        Concept read;
        read.code = text_of(element, "code");
        read.display = text_of(element, "display");
        read.definition = text_of(element, "definition");
        if (!parent_code.empty()) read.parents.push_back(parent_code);
        for (const auto designation : element.children("designation")) {
            read.designations.push_back(
                {text_of(designation, "language"), text_of(designation, "use.code"), text_of(designation, "value")});
        }
        for (const auto property : element.children("property")) {
            std::string value;
            for (const auto child : property.children()) {
                if (child.name().starts_with("value")) value = child.has_value() ? std::string(child.value()) : text_of(child, "code");
            }
            const auto name = text_of(property, "code");
            if (name == "notSelectable" && value == "true") read.abstract = true;
            if ((name == "inactive" && value == "true") || (name == "status" && (value == "retired" || value == "inactive")))
                read.inactive = true;
            const bool names_parent = name == "subsumedBy" || name == "parent";
            if (names_parent && std::find(read.parents.begin(), read.parents.end(), value) == read.parents.end())
                read.parents.push_back(value);
            read.properties.emplace_back(name, value);
        }
        const auto code = read.code;
        out.push_back(std::move(read));
        read_concepts(element, code, out);
    }
}

Clause read_clause(fhir::Element element) {
    Clause out;
    out.system = text_of(element, "system");
    out.version = text_of(element, "version");
    for (const auto concept_element : element.children("concept")) {
        out.codes.push_back({out.system, out.version, text_of(concept_element, "code"), text_of(concept_element, "display")});
        out.code_set.insert(out.codes.back().code);
    }
    for (const auto filter : element.children("filter"))
        out.filters.push_back({text_of(filter, "property"), text_of(filter, "op"), text_of(filter, "value")});
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

void read_unmapped(fhir::Element element, ConceptMap::Group& group) {
    const auto mode = element.text("mode");
    if (mode == "provided") group.unmapped = ConceptMap::Group::Unmapped::provided;
    if (mode == "other-map") group.unmapped = ConceptMap::Group::Unmapped::other_map;
    group.other_map = text_of(element, "url");
    if (mode != "fixed") return;
    group.unmapped = ConceptMap::Group::Unmapped::fixed;
    group.fixed.target = {group.target, "", text_of(element, "code"), text_of(element, "display")};
}

} // namespace

std::string_view without_version(std::string_view canonical) { return canonical.substr(0, canonical.find('|')); }

std::string CodeSystem::key(std::string_view code) const {
    std::string out(code);
    if (!case_sensitive)
        std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

const Concept* CodeSystem::find(std::string_view code) const {
    const auto found = by_code.find(key(code));
    return found == by_code.end() ? nullptr : &concepts[found->second];
}

bool CodeSystem::is_a(std::string_view code, std::string_view ancestor) const {
    const auto* top = find(ancestor);
    const auto* bottom = find(code);
    if (!top || !bottom) return false;
    std::vector<const Concept*> open{bottom};
    std::unordered_set<const Concept*> seen; // a system that names itself as its parent ends too
    while (!open.empty()) {
        const auto* at = open.back();
        open.pop_back();
        if (at == top) return true;
        if (!seen.insert(at).second) continue;
        for (const auto& parent : at->parents) {
            if (const auto* next = find(parent)) open.push_back(next);
        }
    }
    return false;
}

void CodeSystem::index() {
    for (std::size_t position = 0; position < concepts.size(); ++position) {
        by_code.emplace(key(concepts[position].code), position);
        for (const auto& [name, value] : concepts[position].properties) properties.insert(name);
    }
}

CodeSystem read_code_system(fhir::Element resource) {
    CodeSystem out;
    out.url = without_version(resource.text("url"));
    out.version = text_of(resource, "version");
    out.name = text_of(resource, "name");
    out.complete = resource.text("content") == "complete";
    out.case_sensitive = resource.text("caseSensitive") != "false";
    out.all_codes_url = without_version(resource.text("valueSet"));
    for (const auto property : resource.children("property")) out.properties.insert(text_of(property, "code"));
    read_concepts(resource, "", out.concepts);
    out.index();
    return out;
}

ValueSet read_value_set(fhir::Element resource) {
    ValueSet out;
    out.url = without_version(resource.text("url"));
    out.version = text_of(resource, "version");
    out.name = text_of(resource, "name");
    if (const auto compose = resource.child("compose")) {
        for (const auto include : compose.children("include")) out.includes.push_back(read_clause(include));
        for (const auto exclude : compose.children("exclude")) out.excludes.push_back(read_clause(exclude));
        out.with_inactive = compose.text("inactive") != "false";
    }
    if (const auto expansion = resource.child("expansion")) {
        read_expansion(expansion, out.expansion);
        const auto total = expansion.text("total");
        // A page: the total says more, or the server asked for the next page by offset.
        out.expansion_complete = (total.empty() || total == std::to_string(out.expansion.size())) &&
                                 expansion.text("offset").find_first_not_of('0') == std::string_view::npos;
    }
    return out;
}

ConceptMap read_concept_map(fhir::Element resource) {
    ConceptMap out;
    out.url = without_version(resource.text("url"));
    out.version = text_of(resource, "version");
    out.title = text_of(resource, "title");
    const bool reviewed = resource.text("status") == "active";
    for (const auto element_group : resource.children("group")) {
        ConceptMap::Group group;
        group.source = without_version(element_group.text("source"));
        group.target = without_version(element_group.text("target"));
        for (const auto element : element_group.children("element")) {
            for (const auto target : element.children("target")) {
                Match match;
                match.target = {group.target, text_of(element_group, "targetVersion"), text_of(target, "code"), text_of(target, "display")};
                match.equivalence = text_of(target, "equivalence");
                match.comment = text_of(target, "comment");
                match.map_url = out.url;
                match.map_version = out.version;
                match.reviewed = reviewed;
                group.rows[text_of(element, "code")].push_back(std::move(match));
            }
        }
        if (const auto unmapped = element_group.child("unmapped")) read_unmapped(unmapped, group);
        group.fixed.map_url = out.url;
        group.fixed.map_version = out.version;
        out.groups.push_back(std::move(group));
    }
    return out;
}

} // namespace huitong::terminology
