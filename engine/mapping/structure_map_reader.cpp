/// A StructureMap resource as a map: the way back of structure_map.cpp.
#include "mapping/ast.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

std::string text_of(fhir::Element element, std::string_view path) { return std::string(element.text(path)); }

/// An argument by the name of its value and by the kind beside it.
Parameter read_argument(fhir::Element value, Parameter::Kind usual) {
    Parameter out;
    const auto name = value.name();
    out.value = value.value();
    out.kind = name.ends_with("Id")        ? Parameter::Kind::variable
               : name.ends_with("Integer") ? Parameter::Kind::integer
               : name.ends_with("Decimal") ? Parameter::Kind::decimal
               : name.ends_with("Boolean") ? Parameter::Kind::boolean
                                           : usual;
    for (const auto extension : value.children("extension")) {
        if (extension.text("url") != kArgumentKind) continue;
        for (const auto kind : {Parameter::Kind::text, Parameter::Kind::integer, Parameter::Kind::decimal, Parameter::Kind::boolean,
                                Parameter::Kind::date, Parameter::Kind::variable, Parameter::Kind::expression}) {
            if (extension.text("valueCode") == kind_text(kind)) out.kind = kind;
        }
    }
    return out;
}

std::vector<std::string> read_comments(fhir::Element element) {
    std::vector<std::string> out;
    for (auto rest = element.text("documentation"); !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        out.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

Source read_source(fhir::Element element) {
    Source out;
    out.context = text_of(element, "context");
    out.element = text_of(element, "element");
    out.type = text_of(element, "type");
    out.min = text_of(element, "min");
    out.max = text_of(element, "max");
    out.list_mode = text_of(element, "listMode");
    out.variable = text_of(element, "variable");
    out.where.text = text_of(element, "condition");
    out.check.text = text_of(element, "check");
    out.log.text = text_of(element, "logMessage");
    for (const auto child : element.children()) {
        if (child.name().starts_with("defaultValue")) out.default_value = read_argument(child, Parameter::Kind::text);
    }
    return out;
}

Target read_target(fhir::Element element) {
    Target out;
    out.context = text_of(element, "context");
    out.element = text_of(element, "element");
    out.variable = text_of(element, "variable");
    out.transform = text_of(element, "transform");
    out.list_rule = text_of(element, "listRuleId");
    for (const auto mode : element.children("listMode")) out.list_modes.emplace_back(mode.value());
    for (const auto parameter : element.children("parameter"))
        out.parameters.push_back(read_argument(parameter.first_child(), Parameter::Kind::text));
    if (out.transform == "evaluate" && !out.parameters.empty()) out.parameters.back().kind = Parameter::Kind::expression;
    return out;
}

Rule read_rule(fhir::Element element, int counter) {
    Rule out;
    // R4 asks for a name; one that only counts was none in the text.
    if (const auto name = element.text("name"); name != "rule" + std::to_string(counter)) out.name = name;
    out.comments = read_comments(element);
    for (const auto source : element.children("source")) out.sources.push_back(read_source(source));
    for (const auto target : element.children("target")) out.targets.push_back(read_target(target));
    int inner = 0;
    for (const auto nested : element.children("rule")) out.rules.push_back(read_rule(nested, ++inner));
    for (const auto dependent : element.children("dependent")) {
        Dependent to;
        to.group = text_of(dependent, "name");
        for (const auto variable : dependent.children("variable"))
            to.arguments.push_back(read_argument(variable, Parameter::Kind::variable));
        out.dependents.push_back(std::move(to));
    }
    return out;
}

EmbeddedConceptMap read_concept_map(fhir::Element element) {
    EmbeddedConceptMap out;
    out.id = text_of(element, "id");
    for (const auto group : element.children("group")) {
        for (const auto from : group.children("element")) {
            for (const auto to : from.children("target")) {
                out.rows.push_back({text_of(group, "source"), text_of(from, "code"), text_of(group, "target"), text_of(to, "code"),
                                    text_of(to, "equivalence")});
            }
        }
    }
    return out;
}

} // namespace

Parsed<Map> Map::read(fhir::Element resource) {
    Parsed<Map> out;
    auto ast = std::make_shared<Ast>();
    if (resource.type() != "StructureMap")
        out.issues.add(error(IssueCode::invalid, std::string(resource.type()), "fml-no-structure-map", {std::string(resource.type())}));
    ast->url = text_of(resource, "url");
    ast->name = text_of(resource, "name");
    ast->title = text_of(resource, "title");
    ast->status = text_of(resource, "status");
    ast->version = text_of(resource, "version");
    ast->description = text_of(resource, "description");
    for (const auto extension : resource.children("extension")) {
        if (!extension.text("url").ends_with("StructureMap.const")) continue;
        Constant constant;
        for (const auto part : extension.children("extension")) {
            if (part.text("url") == "name") constant.name = text_of(part, "valueId");
            if (part.text("url") == "value") constant.expression.text = text_of(part, "valueString");
        }
        ast->constants.push_back(std::move(constant));
    }
    for (const auto contained : resource.children("contained")) {
        if (contained.type() == "ConceptMap") ast->concept_maps.push_back(read_concept_map(contained));
    }
    for (const auto uses : resource.children("structure"))
        ast->uses.push_back({text_of(uses, "url"), text_of(uses, "alias"), text_of(uses, "mode")});
    for (const auto import : resource.children("import")) ast->imports.emplace_back(import.value());
    for (const auto element : resource.children("group")) {
        Group group;
        group.name = text_of(element, "name");
        group.extends = text_of(element, "extends");
        group.type_mode = element.text("typeMode") == "none" ? "" : text_of(element, "typeMode");
        for (const auto input : element.children("input"))
            group.inputs.push_back({text_of(input, "name"), text_of(input, "type"), text_of(input, "mode")});
        int counter = 0;
        for (const auto rule : element.children("rule")) group.rules.push_back(read_rule(rule, ++counter));
        group.comments = read_comments(element);
        ast->groups.push_back(std::move(group));
    }
    out.value.ast_ = std::move(ast);
    return out;
}

} // namespace huitong::mapping
