#include "validation/type_walk.hpp"

#include "fhir/xml_scan.hpp"
#include "fhirpath/nearest.hpp"
#include "validation/bundle_rules.hpp"
#include "validation/coding_rules.hpp"
#include "validation/conformance_rules.hpp"
#include "validation/contained_rules.hpp"
#include "validation/extension_rules.hpp"
#include "validation/measure_rules.hpp"
#include "validation/narrative.hpp"
#include "validation/questionnaire_rules.hpp"
#include "validation/text_rules.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>

namespace huitong::validation {
namespace {

/// The known name that lies nearest, "" when none is near.
std::string nearest_name(std::string_view name, const ElementPlan& shape) {
    if (name.size() > 64) return {};
    fhirpath::Nearest out(name, std::max<std::size_t>(2, name.size() / 3));
    for (const auto& member : shape.members) out.consider(member.name);
    return out.name();
}

std::string maximum_text(std::uint32_t max) { return max == fhir::kUnbounded ? "*" : std::to_string(max); }

bool is_resource_slot(const fhir::Definitions& definitions, std::string_view type) {
    return type == "Resource" || type == "DomainResource" || definitions.is_resource_type(type);
}

/// ExampleScenario.instance has an element of this name, which the JSON reader keeps as the type of the node.
constexpr std::string_view kTypeElement = "resourceType";
bool has_type_element(const ElementPlan& plan) { return !plan.children.empty() && plan.member(kTypeElement); }

} // namespace

void TypeWalk::resource(fhir::Element element, fhir::Element container, bool is_first) {
    const auto* plan = checks_.plans.type(element.type());
    const bool instantiable =
        plan && !plan->definition->abstract &&
        (plan->definition->kind == fhir::StructureKind::resource || plan->definition->kind == fhir::StructureKind::logical);
    if (!instantiable) {
        report_.error(IssueCode::structure, element, "validation-type-unknown", {std::string(element.type())});
        return;
    }
    const auto scope = checks_.scope_of(element, container);
    checks_.rules(element, plan->root(), scope.context.resource.type, scope, report_);
    children(element, plan->root(), scope);
    if (element.type() == "Bundle") check_bundle(checks_, element, report_);
    else if (element.type() == "Questionnaire") check_questionnaire(element, report_);
    else if (element.type() == "QuestionnaireResponse") check_response(checks_, element, report_);
    else if (element.type() == "MeasureReport") check_measure_report(checks_, element, report_);
    if (checks_.strictness) {
        check_definition(checks_, element, report_);
        check_contained(element, report_);
    }
    declared_profiles(element, scope, is_first);
}

void TypeWalk::children(fhir::Element element, const ElementPlan& shape, const Scope& scope) {
    boost::container::small_vector<std::uint32_t, 48> counts(shape.children.size(), 0);
    for (auto below : element.children()) {
        if (report_.full()) return;
        const auto* member = shape.member(below.name());
        if (!member) {
            unknown(below, shape);
            continue;
        }
        ++counts[member->child];
        child(below, *shape.children[member->child], *member, scope);
    }
    if (const auto* type_element = element.is_resource() ? shape.member(kTypeElement) : nullptr) ++counts[type_element->child];
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const auto& definition = *shape.children[i]->definition;
        if (counts[i] < definition.min && !(element.has_value() && definition.name == "value")) {
            report_.error(IssueCode::required, element, "validation-min",
                          {shape.children[i]->stem, std::to_string(definition.min), std::to_string(counts[i])});
        }
        if (counts[i] > definition.max) {
            report_.error(IssueCode::structure, element, "validation-max",
                          {shape.children[i]->stem, maximum_text(definition.max), std::to_string(counts[i])});
        }
    }
}

void TypeWalk::unknown(fhir::Element element, const ElementPlan& shape) {
    const auto near = nearest_name(element.name(), shape);
    const std::string rule = near.empty() ? "validation-element-unknown" : "validation-element-unknown-near";
    std::vector<std::string> arguments{std::string(element.name())};
    if (!near.empty()) arguments.push_back(near);
    report_.error(IssueCode::structure, element, rule, std::move(arguments));
}

void TypeWalk::child(fhir::Element element, const ElementPlan& declared, const MemberName& member, const Scope& scope) {
    if (checks_.strict_json && element.node().in_array != (declared.definition->base_max > 1)) {
        report_.error(IssueCode::structure, element, element.node().in_array ? "validation-array-unexpected" : "validation-array-expected",
                      {std::string(element.name())});
    }
    if (member.primitive != Primitive::none) {
        primitive(element, member);
        checks_.length(element, declared, report_);
        if (element.has_children()) {
            if (const auto* plan = checks_.plans.type(member.type)) children(element, plan->root(), scope);
        }
        if (!declared.rules.empty())
            checks_.rules(element, declared, fhirpath::item_of(&checks_.plans.definitions(), element).type, scope, report_);
    } else if (!has_type_element(declared) && (element.is_resource() || is_resource_slot(checks_.plans.definitions(), member.type))) {
        const bool fits = element.is_resource() && is_resource_slot(checks_.plans.definitions(), member.type);
        if (!fits) {
            report_.error(IssueCode::structure, element,
                          element.is_resource() ? "validation-resource-unexpected" : "validation-resource-expected");
            return;
        }
        const bool contained = element.name() == "contained";
        resource(element, contained ? scope.context.root_resource.element() : element, false);
        return;
    } else {
        complex(element, declared, member, scope);
    }
    checks_.values(element, declared, report_);
    checks_.binding(element, declared, member.type, report_);
}

void TypeWalk::primitive(fhir::Element element, const MemberName& member) {
    const auto kind = element.kind();
    if (!element.has_value()) {
        const bool object = checks_.strict_json && kind == fhir::ValueKind::none && !element.node().companion_only;
        if (object) report_.error(IssueCode::structure, element, "validation-primitive-expected", {std::string(member.type)});
        else if (!element.child("extension")) report_.error(IssueCode::required, element, "validation-empty");
        return;
    }
    if (element.value().empty()) {
        report_.error(IssueCode::required, element, "validation-empty");
        return;
    }
    if (checks_.strict_json) {
        const auto expected = member.primitive == Primitive::boolean ? fhir::ValueKind::boolean
                              : is_json_number(member.primitive)     ? fhir::ValueKind::number
                                                                     : fhir::ValueKind::text;
        if (kind != expected) {
            const char* words = expected == fhir::ValueKind::boolean  ? "boolean"
                                : expected == fhir::ValueKind::number ? "number"
                                                                      : "string";
            report_.error(IssueCode::value, element, "validation-json-kind", {std::string(member.type), words});
            return;
        }
    }
    if (!is_written_well(member.primitive, element.value())) {
        const bool lacks_zone =
            member.primitive == Primitive::date_time && is_written_well(member.primitive, std::string(element.value()) + 'Z');
        report_.error(IssueCode::value, element, lacks_zone ? "validation-time-zone" : "validation-format", {std::string(member.type)});
    }
    if (member.primitive == Primitive::xhtml) {
        for (auto& fault : narrative_faults(element.value()))
            report_.error(IssueCode::invariant, element, fault.rule, std::move(fault.arguments));
        if (checks_.strictness) links(element);
        return;
    }
    const bool markdown = member.primitive == Primitive::markdown;
    const auto* strictness = checks_.strictness;
    const bool watched =
        strictness && (markdown ? strictness->plain_markdown : member.primitive == Primitive::string && strictness->plain_text);
    if (watched && looks_like_html(element.value())) report_.error(IssueCode::value, element, "validation-html-text");
}

void TypeWalk::links(fhir::Element div) {
    if (const auto entity = fhir::scan_xml(div.value()).entity; !entity.empty())
        report_.error(IssueCode::structure, div, "validation-narrative-entity", {std::string(entity)});
    auto resource = div;
    while (!resource.is_resource() && resource.parent()) resource = resource.parent();
    for (auto& link : dangling_links(div.value(), resource))
        report_.error(IssueCode::not_found, div, "validation-narrative-link", {std::move(link)});
}

void TypeWalk::complex(fhir::Element element, const ElementPlan& declared, const MemberName& member, const Scope& scope) {
    if (element.has_value()) {
        report_.error(IssueCode::structure, element, "validation-object-expected", {std::string(member.type)});
        return;
    }
    const auto first = element.first_child();
    if (!first || (first.name() == "id" && !first.next_sibling())) {
        report_.error(IssueCode::required, element, "validation-empty");
        if (!first) return;
    }
    const ElementPlan* shape = declared.content ? declared.content : &declared;
    if (shape->children.empty()) {
        const auto* type = checks_.plans.type(member.type);
        if (!type) return;
        shape = &type->root();
    }
    fhir::TypedName typed;
    typed.structure = shape->structure;
    typed.element = shape->definition;
    typed.type = shape->definition->types.empty() || member.type.size() ? member.type : shape->definition->types.front().code;
    typed.declared = declared.definition;
    typed.is_array = declared.definition->base_max > 1;
    checks_.rules(element, declared, typed, scope, report_);
    if (shape != &declared) checks_.rules(element, *shape, typed, scope, report_);
    if (member.type == "Reference") {
        checks_.target(element, declared, report_);
        checks_.reference(element, report_);
    }
    if (member.type == "Coding") check_coding(checks_, element, report_);
    if (member.type == "Identifier") check_identifier(checks_, element, report_);
    if (member.type == "Quantity") check_unit(checks_, element, report_);
    children(element, *shape, scope);
    if (member.type == "Extension") extension(element, scope);
}

void TypeWalk::extension(fhir::Element element, const Scope& scope) {
    const bool nested = static_cast<bool>(element.child("extension"));
    const bool valued = std::any_of(element.children().begin(), element.children().end(),
                                    [](fhir::Element child) { return child.name().starts_with("value"); });
    if (nested == valued)
        report_.error(IssueCode::invariant, element, "validation-invariant",
                      {"ext-1", "Must have either extensions or value[x], not both"});
    const auto url = element.text("url");
    const auto* profile = url.find(':') == url.npos ? nullptr : checks_.plans.structure(url);
    if (profile) profiles_.apply(element, *profile, scope);
    check_extension(checks_, element, scope, report_);
}

void TypeWalk::declared_profiles(fhir::Element resource, const Scope& scope, bool is_first) {
    for (auto profile : resource.child("meta") ? resource.child("meta").children("profile") : fhir::ElementRange({}))
        apply(resource, profile.value(), scope);
    if (!is_first) return;
    for (const auto& profile : checks_.options.profiles) apply(resource, profile, scope);
}

void TypeWalk::apply(fhir::Element resource, std::string_view canonical, const Scope& scope) {
    if (canonical.empty()) return;
    const auto* profile = checks_.plans.structure(canonical);
    if (const auto bar = canonical.find('|'); !profile && checks_.strictness && bar != canonical.npos) {
        // Another version of it says more than nothing.
        profile = checks_.plans.structure(canonical.substr(0, bar));
        if (profile)
            report_.add(Severity::warning, IssueCode::not_found, resource, "validation-profile-version",
                        {std::string(canonical), std::string(profile->definition->version)});
    }
    if (!profile) {
        report_.add(checks_.options.unknown_profile, IssueCode::not_found, resource, "validation-profile-unknown",
                    {std::string(canonical)});
    } else if (!checks_.plans.definitions().is_a(resource.type(), profile->definition->type)) {
        report_.error(IssueCode::structure, resource, "validation-profile-type",
                      {std::string(canonical), std::string(profile->definition->type)});
    } else {
        profiles_.apply(resource, *profile, scope);
    }
}

} // namespace huitong::validation
