#include "validation/conformance_rules.hpp"

#include "fhir/snapshot.hpp"

#include <algorithm>
#include <cctype>

namespace huitong::validation {
namespace {

std::string_view last_step(std::string_view url) { return url.substr(url.rfind('/') + 1); }

// ---- SearchParameter

/// Type names with which a branch of the expression begins ("Patient" of "Patient.name | (Person.name)").
std::vector<std::string> leading_types(std::string_view expression) {
    std::vector<std::string> out;
    bool at_start = true;
    bool in_text = false;
    int depth = 0;
    for (std::size_t at = 0; at < expression.size(); ++at) {
        const char c = expression[at];
        if (c == '\'') in_text = !in_text;
        if (in_text || c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
        if (c == '|') at_start = depth == 0 || at_start;
        else if (c == '(') depth += 1;
        else if (c == ')') depth -= 1;
        else if (at_start && std::isupper(static_cast<unsigned char>(c))) {
            auto end = at;
            while (end < expression.size() && std::isalnum(static_cast<unsigned char>(expression[end]))) ++end;
            out.emplace_back(expression.substr(at, end - at));
            at = end - 1;
            at_start = false;
        } else at_start = false;
    }
    return out;
}

void check_search_parameter(const fhir::Definitions& definitions, fhir::Element resource, Report& report) {
    const auto expression = resource.text("expression");
    if (expression.empty()) return;
    if (!fhirpath::Expression::parse(expression)) {
        report.error(IssueCode::invalid, resource, "validation-expression", {std::string(expression)});
        return;
    }
    for (const auto& type : leading_types(expression)) {
        if (!definitions.find_type(type)) continue;
        const auto bases = resource.children("base");
        const bool fits = std::any_of(bases.begin(), bases.end(), [&](fhir::Element base) {
            return definitions.is_a(base.value(), type) || definitions.is_a(type, base.value());
        });
        if (!fits) report.error(IssueCode::invalid, resource, "validation-expression-base", {type});
    }
}

// ---- CapabilityStatement

void check_capability(const fhir::Definitions& definitions, fhir::Element statement, Report& report) {
    for (auto rest : statement.children("rest")) {
        for (auto resource : rest.children("resource")) {
            for (auto parameter : resource.children("searchParam")) {
                static constexpr std::string_view kNames[] = {"number",    "date",     "string", "token",  "reference",
                                                              "composite", "quantity", "uri",    "special"};
                const auto definition = parameter.text("definition");
                const auto* known = definitions.find_search_parameter(definition.substr(0, definition.find('|')));
                if (!known) continue;
                const auto type = kNames[static_cast<std::size_t>(known->type)];
                if (type != parameter.text("type"))
                    report.error(IssueCode::structure, parameter, "validation-parameter-type",
                                 {std::string(definition), std::string(type)});
            }
        }
    }
}

// ---- StructureDefinition

/// Each profile that an element's type names is for that type.
void check_type_profiles(const fhir::Definitions& definitions, fhir::Element element, Report& report) {
    for (auto type : element.children("type")) {
        for (auto profile : type.children("profile")) {
            const auto* known = definitions.find_structure(profile.value());
            if (!known) continue;
            const auto code = type.text("code");
            if (definitions.is_a(known->type, code) || definitions.is_a(code, known->type) || known->type == last_step(code)) {
                const bool narrower_type = known->type != code && !known->is_profile && known->kind == fhir::StructureKind::complex;
                if (!narrower_type) continue; // "Count" is no profile of Quantity, but a type of its own
            }
            report.error(IssueCode::structure, profile, "validation-profile-type",
                         {std::string(profile.value()), std::string(known->type)});
        }
    }
}

void check_logical(const fhir::Definitions& definitions, fhir::Element resource, Report& report) {
    const auto type = resource.text("type");
    const bool specialised = resource.text("derivation") != "constraint";
    if (!specialised) return;
    const bool is_new = resource.text("kind") == "logical";
    if (is_new && type.find(':') == type.npos && !definitions.find_type(type))
        report.error(IssueCode::value, resource, "validation-logical-type", {std::string(type)});
    if (type == resource.text("baseDefinition")) report.error(IssueCode::value, resource, "validation-logical-base", {std::string(type)});
}

void check_paths(fhir::Element resource, Report& report) {
    const auto type = last_step(resource.text("type"));
    for (auto element : resource.child("differential") ? resource.child("differential").children("element") : fhir::ElementRange({})) {
        const auto path = element.text("path");
        if (path.substr(0, path.find('.')) != type)
            report.error(IssueCode::structure, element, "validation-differential-path", {std::string(path), std::string(type)});
    }
}

/// The rules of a profile can be read.
void check_constraints(fhir::Element element, Report& report) {
    for (auto constraint : element.children("constraint")) {
        const auto expression = constraint.text("expression");
        if (!expression.empty() && !fhirpath::Expression::parse(expression))
            report.error(IssueCode::invalid, constraint, "validation-expression", {std::string(expression)});
    }
}

void check_structure(const Checks& checks, fhir::Element resource, Report& report) {
    const auto& definitions = checks.plans.definitions();
    check_logical(definitions, resource, report);
    check_paths(resource, report);
    const auto differential = resource.child("differential");
    if (!differential) return;
    for (auto element : differential.children("element")) {
        check_type_profiles(definitions, element, report);
        check_constraints(element, report);
    }
    const auto base = resource.text("baseDefinition");
    if (!base.empty() && base.substr(0, base.find('|')) == resource.text("url")) {
        report.error(IssueCode::value, resource, "validation-base-itself", {std::string(base)});
        return;
    }
    if (!definitions.find_structure(base)) return; // nothing to compare with
    const auto made = fhir::make_snapshot(definitions, resource);
    for (const auto& issue : made.issues.issues()) {
        if (issue.severity >= Severity::error) report.error(issue.code, differential, issue.rule, issue.arguments);
    }
}

// ---- ValueSet

/// A set that imports or excludes itself has no meaning; circles over other sets are told where they are used.
void check_value_set(fhir::Element resource, Report& report) {
    const auto url = resource.text("url");
    if (url.empty()) return;
    for (const std::string_view side : {"include", "exclude"}) {
        for (auto clause : resource.child("compose") ? resource.child("compose").children(side) : fhir::ElementRange({})) {
            for (auto imported : clause.children("valueSet")) {
                const auto canonical = imported.value();
                if (canonical.substr(0, canonical.find('|')) == url)
                    report.add(Severity::warning, IssueCode::business_rule, imported, "value-set-depth", {std::string(url)});
            }
        }
    }
}

} // namespace

void check_definition(const Checks& checks, fhir::Element resource, Report& report) {
    const auto type = resource.type();
    if (type == "SearchParameter") check_search_parameter(checks.plans.definitions(), resource, report);
    else if (type == "CapabilityStatement") check_capability(checks.plans.definitions(), resource, report);
    else if (type == "StructureDefinition") check_structure(checks, resource, report);
    else if (type == "ValueSet") check_value_set(resource, report);
}

} // namespace huitong::validation
