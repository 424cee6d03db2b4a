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
        read.parent = parent_code;
        for (const auto designation : element.children("designation")) {
            read.designations.push_back({text_of(designation, "language"), text_of(designation, "use.code"), text_of(designation, "value")});
        }
        for (const auto property : element.children("property")) {
            std::string value;
            for (const auto child : property.children()) {
                if (child.name().starts_with("value")) value = child.has_value() ? std::string(child.value()) : text_of(child, "code");
            }
            const auto name = text_of(property, "code");
            if (name == "notSelectable" && value == "true") read.abstract = true;
            if ((name == "inactive" && value == "true") || (name == "status" && (value == "retired" || value == "inactive"))) read.inactive = true;
            if ((name == "subsumedBy" || name == "parent") && read.parent.empty()) read.parent = value;
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
    for (const auto filter : element.children("filter")) out.filters.push_back({text_of(filter, "property"), text_of(filter, "op"), text_of(filter, "value")});
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

}  // namespace

const Concept* CodeSystem::find(std::string_view code) const {
    std::string key(code);
    if (!case_sensitive) std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto found = by_code.find(key);
    return found == by_code.end() ? nullptr : &concepts[found->second];
}

bool CodeSystem::is_a(std::string_view code, std::string_view ancestor) const {
    const auto* at = find(code);
    for (std::size_t steps = 0; at && steps <= concepts.size(); ++steps) {
        if (at->code == ancestor) return true;
        if (at->parent.empty()) return false;
        at = find(at->parent);
    }
    return false;
}

void CodeSystem::index() {
    for (std::size_t position = 0; position < concepts.size(); ++position) {
        auto key = concepts[position].code;
        if (!case_sensitive) std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        by_code.emplace(std::move(key), position);
    }
}

CodeSystem read_code_system(fhir::Element resource) {
    CodeSystem out;
    out.url = text_of(resource, "url");
    out.version = text_of(resource, "version");
    out.name = text_of(resource, "name");
    out.complete = resource.text("content") == "complete";
    out.case_sensitive = resource.text("caseSensitive") != "false";
    read_concepts(resource, "", out.concepts);
    out.index();
    return out;
}

ValueSet read_value_set(fhir::Element resource) {
    ValueSet out;
    out.url = text_of(resource, "url");
    out.version = text_of(resource, "version");
    out.name = text_of(resource, "name");
    if (const auto compose = resource.child("compose")) {
        for (const auto include : compose.children("include")) out.includes.push_back(read_clause(include));
        for (const auto exclude : compose.children("exclude")) out.excludes.push_back(read_clause(exclude));
    } else if (const auto expansion = resource.child("expansion")) {
        read_expansion(expansion, out.expansion);
    }
    return out;
}

ConceptMap read_concept_map(fhir::Element resource) {
    ConceptMap out;
    out.url = text_of(resource, "url");
    out.version = text_of(resource, "version");
    out.title = text_of(resource, "title");
    for (const auto group : resource.children("group")) {
        auto& rows = out.groups[text_of(group, "source")];
        const auto target_system = text_of(group, "target");
        for (const auto element : group.children("element")) {
            for (const auto target : element.children("target")) {
                Match match;
                match.target = {target_system, text_of(group, "targetVersion"), text_of(target, "code"), text_of(target, "display")};
                match.equivalence = text_of(target, "equivalence");
                match.comment = text_of(target, "comment");
                match.map_url = out.url;
                match.map_version = out.version;
                match.reviewed = resource.text("status") == "active";
                rows[text_of(element, "code")].push_back(std::move(match));
            }
        }
    }
    return out;
}

}  // namespace huitong::terminology
