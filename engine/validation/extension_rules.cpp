#include "validation/extension_rules.hpp"

#include <algorithm>
#include <cctype>

namespace huitong::validation {
namespace {

constexpr std::string_view kCore = "http://hl7.org/fhir/StructureDefinition/";
constexpr std::string_view kTools = "http://hl7.org/fhir/tools/"; ///< of those who publish

/// "http://hl7.org/fhir/5.0/StructureDefinition/extension-Patient.x": an element of another version.
bool is_cross_version(std::string_view url) {
    constexpr std::string_view kPrefix = "http://hl7.org/fhir/";
    return url.starts_with(kPrefix) && url.size() > kPrefix.size() && std::isdigit(static_cast<unsigned char>(url[kPrefix.size()])) &&
           url.find("/StructureDefinition/extension-") != url.npos;
}

bool is_example(std::string_view url) { return url.starts_with("http://example.org/") || url.starts_with("https://example.org/"); }

void check_unknown(const Checks& checks, fhir::Element extension, std::string_view url, Report& report) {
    const auto* strictness = checks.strictness;
    if (extension.name() == "modifierExtension") {
        const bool error = strictness && strictness->unknown_extensions;
        report.add(error ? Severity::error : Severity::warning, IssueCode::extension, extension, "validation-modifier-unknown");
        return;
    }
    if (!strictness || is_cross_version(url)) return;
    if (is_example(url)) {
        if (!strictness->example_urls) report.error(IssueCode::extension, extension, "validation-extension-unknown", {std::string(url)});
        return;
    }
    const bool doubtful =
        url.starts_with(kCore) || url.starts_with(kTools) || !strictness->unknown_extensions; // of a later package, perhaps
    report.add(doubtful ? Severity::warning : Severity::error, IssueCode::extension, extension, "validation-extension-unknown",
               {std::string(url)});
}

/// Every name under which a definition may speak of the element: its type and what that derives from, and each path to it from the type
/// of something around it ("Patient.address", "Dosage.timing", "DomainResource.text").
class Place {
public:
    Place(const fhir::Definitions& definitions, fhir::Element element) {
        std::string below;
        for (auto at = element; at; at = at.parent()) {
            const auto typed = fhirpath::item_of(&definitions, at).type;
            if (typed.type.empty()) return;
            add(typed.type, below);
            for (const auto* structure = definitions.find_type(typed.type); structure && !structure->base.empty();) {
                structure = definitions.find_structure(structure->base);
                if (structure) add(structure->type, below);
            }
            if (at.is_resource()) break;
            const auto* declared = typed.declared;
            // Questionnaire.item.item is what Questionnaire.item is, however deep.
            if (declared && !declared->content_reference.empty()) add(declared->content_reference, below);
            below = "." + std::string(declared ? declared->name : at.name()) + below;
        }
        is_known_ = true;
    }

    bool is_known() const { return is_known_; }
    bool has(std::string_view name) const {
        if (name == "Element" || name == "Any" || name == "*") return true;
        return std::find(names_.begin(), names_.end(), name) != names_.end();
    }

private:
    void add(std::string_view type, const std::string& below) { names_.push_back(std::string(type) + below); }

    std::vector<std::string> names_;
    bool is_known_ = false;
};

/// "http://…/Patient#Patient.name" and "Patient.name:official" speak of an element of a profile; here its path decides.
std::string path_of_context(std::string_view expression) {
    if (const auto hash = expression.rfind('#'); hash != expression.npos) expression.remove_prefix(hash + 1);
    if (expression.starts_with(kCore)) expression.remove_prefix(kCore.size());
    std::string out;
    bool in_slice = false;
    for (const char c : expression) {
        in_slice = c == '.' ? false : in_slice || c == ':';
        if (!in_slice) out += c;
    }
    return out;
}

bool is_selected(const Checks& checks, fhir::Element element, const std::string& expression, const Scope& scope) {
    const auto parsed = fhirpath::Expression::parse(expression);
    if (!parsed) return true;
    const auto& resource = scope.context.resource;
    const auto selected = parsed->evaluate(scope.context, fhirpath::Collection{resource});
    if (!selected) return true; // what cannot be evaluated refuses nothing
    (void)checks;
    return std::any_of(selected->begin(), selected->end(),
                       [&](const fhirpath::Item& item) { return item.is_element() && item.element() == element; });
}

bool is_permitted(const Checks& checks, fhir::Element around, const std::string& type, const std::string& expression, const Scope& scope) {
    if (type == "extension") { // in the extension itself, or in its value
        const auto holder = around.name().ends_with("xtension") ? around : around.parent();
        return holder && holder.name().ends_with("xtension") && holder.text("url") == expression;
    }
    if (type == "fhirpath") return is_selected(checks, around, expression, scope);
    const Place place(checks.plans.definitions(), around);
    return !place.is_known() || place.has(path_of_context(expression));
}

/// Conditions of the definition, of the element that holds the extension. Source: FHIR R4, StructureDefinition.contextInvariant.
void check_conditions(const Checks& checks, fhir::Element extension, const StructurePlan& plan, const Scope& scope, Report& report) {
    auto context = scope.context;
    context.variables["extension"] = {fhirpath::item_of(&checks.plans.definitions(), extension)};
    const fhirpath::Collection around{fhirpath::item_of(&checks.plans.definitions(), extension.parent())};
    for (const auto& condition : plan.conditions) {
        const auto parsed = fhirpath::Expression::parse(condition);
        const auto result = parsed ? parsed->evaluate(context, around) : Result<fhirpath::Collection>(fhirpath::Collection());
        const auto holds = result ? fhirpath::as_boolean(*result) : Result<std::optional<bool>>(std::optional<bool>());
        if (holds && !holds->value_or(true))
            report.error(IssueCode::extension, extension, "validation-extension-condition", {std::string(plan.definition->url), condition});
    }
}

void check_context(const Checks& checks, fhir::Element extension, const StructurePlan& plan, const Scope& scope, Report& report) {
    const auto around = extension.parent();
    const auto& contexts = plan.contexts;
    // Published for ElementDefinition.type.code, and in R4's own definitions always on ElementDefinition.type.
    const bool misplaced_by_its_authors = extension.text("url") == std::string(kCore) + "structuredefinition-fhir-type";
    if (!around || contexts.empty() || misplaced_by_its_authors) return;
    std::string permitted;
    for (const auto& [type, expression] : contexts) {
        if (is_permitted(checks, around, type, expression, scope)) return;
        permitted += (permitted.empty() ? "" : ", ") + expression;
    }
    report.error(IssueCode::extension, extension, "validation-extension-context", {std::string(plan.definition->url), permitted});
}

} // namespace

void check_extension(const Checks& checks, fhir::Element extension, const Scope& scope, Report& report) {
    const auto url = extension.text("url");
    if (url.find(':') == url.npos) { // a part of a complex extension
        const bool is_part = extension.parent() && extension.parent().name().ends_with("xtension");
        if (checks.strictness && !is_part && !url.empty()) report.error(IssueCode::value, extension, "validation-extension-url");
        return;
    }
    if (url.find('|') != url.npos) {
        report.error(IssueCode::value, extension, "validation-extension-version");
        return;
    }
    const auto* profile = checks.plans.structure(url);
    if (!profile || profile->definition->type != "Extension") return check_unknown(checks, extension, url, report);
    const bool is_modifier = profile->definition->root().is_modifier;
    if (checks.strictness && is_modifier != (extension.name() == "modifierExtension"))
        report.error(IssueCode::extension, extension, is_modifier ? "validation-extension-modifier" : "validation-extension-no-modifier");
    if (!checks.strictness || !extension.parent()) return;
    check_context(checks, extension, *profile, scope, report);
    check_conditions(checks, extension, *profile, scope, report);
}

} // namespace huitong::validation
