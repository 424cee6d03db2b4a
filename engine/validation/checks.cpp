#include "validation/checks.hpp"

#include "validation/values.hpp"

#include <algorithm>

namespace huitong::validation {
namespace {

/// `name` or, for a choice, `name` with a type behind it.
bool has_child(fhir::Element element, std::string_view name) {
    for (auto child : element.children()) {
        const auto written = child.name();
        if (!written.starts_with(name)) continue;
        if (written.size() == name.size() || (written[name.size()] >= 'A' && written[name.size()] <= 'Z')) return true;
    }
    return false;
}

std::optional<bool> either(std::optional<bool> a, std::optional<bool> b) {
    if (a == true || b == true) return true;
    return a && b ? std::optional(false) : std::nullopt;
}

std::string type_list(const std::vector<std::string_view>& types) {
    std::string out;
    for (const auto type : types) out += (out.empty() ? "" : ", ") + std::string(type);
    return out;
}

/// Reference.type as the name of a type, where it is one of FHIR's.
std::string_view written_target(fhir::Element reference) {
    constexpr std::string_view kCore = "http://hl7.org/fhir/StructureDefinition/";
    auto out = reference.text("type");
    if (out.starts_with(kCore)) out.remove_prefix(kCore.size());
    return out;
}

/// "http://x/fhir/" of "http://x/fhir/Patient/1"; "" when the URL is not of that form.
std::string base_of(std::string_view full_url, fhir::Element resource) {
    const auto tail = "/" + std::string(resource.type()) + "/" + std::string(resource.text("id"));
    if (!full_url.starts_with("http") || !full_url.ends_with(tail)) return {};
    return std::string(full_url.substr(0, full_url.size() - tail.size() + 1));
}

/// The entry around an element, when it stands in one.
fhir::Element entry_around(fhir::Element element) {
    for (auto at = element; at; at = at.parent()) {
        if (at.name() == "entry" && at.parent() && at.parent().type() == "Bundle") return at;
    }
    return {};
}

} // namespace

std::optional<bool> is_member(const terminology::Terminology& terminology, fhir::Element element, std::string_view type,
                              std::string_view value_set) {
    if (type == "CodeableConcept") {
        std::optional<bool> out = false;
        for (auto coding : element.children("coding")) out = either(out, is_member(terminology, coding, "Coding", value_set));
        return out;
    }
    if (type == "Coding" || type == "Quantity" || type == "Age" || type == "Duration" || type == "Count" || type == "Distance" ||
        type == "SimpleQuantity") {
        const auto code = element.text("code");
        if (code.empty()) return std::nullopt;
        const auto system = element.text("system");
        if (system.empty()) return std::nullopt;
        return terminology.member_of(value_set, system, code);
    }
    return element.has_value() ? terminology.member_of(value_set, "", element.value()) : std::nullopt;
}

fhir::Element resolve_inside(fhir::Element from, std::string_view reference) { return Targets().inside(from, reference); }

fhir::Element resolve_by_url(Targets& targets, fhir::Element from, std::string_view reference) {
    if (reference.starts_with('#')) return targets.inside(from, reference);
    reference = reference.substr(0, reference.find("/_history/"));
    const auto entry = entry_around(from);
    if (!entry) return {};
    if (reference.find(':') != reference.npos) return targets.with_url(entry.parent(), reference);
    const auto base = base_of(entry.text("fullUrl"), entry.child("resource"));
    return base.empty() ? fhir::Element() : targets.with_url(entry.parent(), base + std::string(reference));
}

std::string_view type_in_reference(const fhir::Definitions& definitions, std::string_view reference) {
    if (const auto history = reference.find("/_history/"); history != reference.npos) reference = reference.substr(0, history);
    const auto slash = reference.rfind('/');
    if (slash == reference.npos || slash == 0) return {};
    const auto before = reference.rfind('/', slash - 1);
    const auto type = before == reference.npos ? reference.substr(0, slash) : reference.substr(before + 1, slash - before - 1);
    return definitions.is_resource_type(type) ? type : std::string_view();
}

fhirpath::Item DocumentEnvironment::resolve(std::string_view reference, const fhirpath::Item& from) const {
    fhirpath::Item out;
    out.value = fhir::Element();
    if (!from.is_element() || !from.element()) return out;
    const auto found = targets_.inside(from.element(), reference);
    if (!found) return out;
    return fhirpath::item_of(&plans_.definitions(), found);
}

std::optional<bool> DocumentEnvironment::member_of(const fhirpath::Item& coded, std::string_view value_set) const {
    if (!terminology_ || !coded.is_element() || !coded.element()) return std::nullopt;
    return is_member(*terminology_, coded.element(), coded.type.type, value_set);
}

std::optional<bool> DocumentEnvironment::subsumes(std::string_view system, std::string_view a, std::string_view b) const {
    if (!terminology_) return std::nullopt;
    const auto found = terminology_->subsumes(system, a, b);
    return found ? std::optional(*found == "subsumes" || *found == "equivalent") : std::nullopt;
}

Scope Checks::scope_of(fhir::Element resource, fhir::Element root) const {
    Scope out;
    out.context.definitions = &plans.definitions();
    out.context.environment = &environment;
    out.context.resource.value = resource;
    out.context.resource.type = plans.definitions().type_root(resource.type());
    out.context.root_resource.value = root;
    out.context.root_resource.type = plans.definitions().type_root(root.type());
    return out;
}

namespace {

void tell(const Rule& rule, fhir::Element element, Report& report) {
    report.add(rule.constraint->is_error ? Severity::error : Severity::warning, IssueCode::invariant, element, "validation-invariant",
               {std::string(rule.constraint->key), std::string(rule.constraint->human)});
}

} // namespace

void Checks::rules(fhir::Element element, const ElementPlan& plan, const fhir::TypedName& typed, const Scope& scope, Report& report) const {
    for (const auto& rule : plan.rules) {
        if (!rule.constraint->is_error && !options.best_practice) continue;
        if (!rule.needs.empty() && !has_child(element, rule.needs)) continue;
        if (rule.is_local_reference) { // ref-1, looked up: evaluated it walks over all that is contained
            const auto reference = element.text("reference");
            const bool leads = reference.size() < 2 || reference.front() != '#' ||
                               targets.contains(scope.context.root_resource.element(), reference.substr(1));
            if (!leads) tell(rule, element, report);
            continue;
        }
        fhirpath::Item item;
        item.value = element;
        item.type = typed;
        const fhirpath::Collection input{std::move(item)};
        auto result = [&] {
            if (!rule.uses_context) return rule.expression->evaluate(scope.context, input);
            auto context = scope.context;
            context.variables["context"] = input;
            return rule.expression->evaluate(context, input);
        }();
        if (!result) continue; // what cannot be evaluated is no fault of the data
        const auto holds = fhirpath::as_boolean(*result);
        if (holds && !holds->value_or(true)) tell(rule, element, report);
    }
}

namespace {

/// The codes of a short value set, for whoever has to choose another one; "" when there are many.
std::string codes_of(const terminology::Terminology& terminology, std::string_view value_set) {
    constexpr std::size_t kCodesMax = 12;
    const auto expansion = terminology.expand(value_set, "", 0, kCodesMax);
    if (!expansion || expansion->total > kCodesMax) return {};
    std::string out;
    for (const auto& coding : expansion->codes) out += (out.empty() ? "" : ", ") + coding.code;
    return out;
}

} // namespace

void Checks::binding(fhir::Element element, const ElementPlan& plan, std::string_view type, Report& report) const {
    const auto& definition = *plan.definition;
    for (const auto& value_set : plan.further.required_bindings) {
        if (terminology && is_member(*terminology, element, type, value_set) == false)
            report.error(IssueCode::code_invalid, element, "validation-binding", {value_set, codes_of(*terminology, value_set)});
    }
    if (definition.value_set.empty() || !terminology) return;
    if (definition.binding != fhir::BindingStrength::required) return loose_binding(element, definition, type, report);
    if (type == "CodeableConcept" && !element.child("coding")) {
        if (!element.child("extension"))
            report.error(IssueCode::code_invalid, element, "validation-binding-no-code", {std::string(definition.value_set)});
        return;
    }
    const auto& value_set = definition.value_set;
    const auto is_in = is_member(*terminology, element, type, value_set);
    if (!is_in && strictness) return note_unchecked(element, value_set, report);
    if (is_in != false) return;
    report.error(IssueCode::code_invalid, element, "validation-binding", {std::string(value_set), codes_of(*terminology, value_set)});
}

void Checks::note_unchecked(fhir::Element element, std::string_view value_set, Report& report) const {
    const auto expansion = terminology->expand(value_set, "", 0, 1);
    const auto failure = expansion ? Outcome() : expansion.error(); // error() gives a copy: its issues must live on
    const auto* why = failure.leading();
    const bool is_faulty = why && (why->rule == "value-set-depth" || why->rule == "tx-circular" || why->code == IssueCode::too_costly);
    if (is_faulty) report.add(Severity::warning, why->code, element, why->rule, {std::string(value_set)});
}

void Checks::loose_binding(fhir::Element element, const fhir::ElementDefinition& definition, std::string_view type, Report& report) const {
    const bool is_extensible = definition.binding == fhir::BindingStrength::extensible;
    if ((!strictness && !options.best_practice) || (!is_extensible && definition.binding != fhir::BindingStrength::preferred)) return;
    if (type == "CodeableConcept" && !element.child("coding")) return; // words alone are permitted
    if (is_member(*terminology, element, type, definition.value_set) != false) return;
    const auto codes = codes_of(*terminology, definition.value_set);
    report.add(is_extensible ? Severity::warning : Severity::information, IssueCode::code_invalid, element,
               is_extensible ? "validation-binding-extensible" : "validation-binding-preferred",
               {std::string(definition.value_set), codes});
}

void Checks::values(fhir::Element element, const ElementPlan& plan, Report& report) const {
    if (plan.fixed && !is_same(element, plan.fixed->root().child("value"))) {
        report.error(IssueCode::value, element, "validation-fixed", {std::string(plan.definition->fixed)});
    }
    if (plan.pattern && !fits_pattern(element, plan.pattern->root().child("value"))) {
        report.error(IssueCode::value, element, "validation-pattern", {std::string(plan.definition->pattern)});
    }
}

void Checks::target(fhir::Element element, const ElementPlan& plan, Report& report) const {
    if (plan.target_types.empty()) return;
    const auto reference = element.text("reference");
    auto type = reference.empty() ? written_target(element) : type_in_reference(plans.definitions(), reference);
    if (reference.empty() && !plans.definitions().is_resource_type(type)) return;
    if (const auto inside = targets.inside(element, reference)) type = inside.type();
    if (const auto by_url = resolve_by_url(targets, element, reference)) type = by_url.type();
    if (type.empty() || std::find(plan.target_types.begin(), plan.target_types.end(), type) != plan.target_types.end()) return;
    report.error(IssueCode::structure, element, "validation-reference-target", {std::string(type), type_list(plan.target_types)});
}

void Checks::aggregation(fhir::Element element, const ElementPlan& plan, Report& report) const {
    const auto& permitted = plan.further.aggregation;
    const auto written = element.text("reference");
    if (!strictness || permitted.empty() || written.empty()) return;
    const auto permits = [&](std::string_view mode) { return std::find(permitted.begin(), permitted.end(), mode) != permitted.end(); };
    const bool is_contained = written.starts_with('#');
    const bool is_bundled = !is_contained && targets.inside(element, written);
    if (is_contained ? permits("contained") : permits("referenced") || (is_bundled && permits("bundled"))) return;
    std::string list;
    for (const auto& mode : permitted) list += (list.empty() ? "" : ", ") + mode;
    report.error(IssueCode::structure, element, "validation-reference-place", {list});
}

void Checks::reference(fhir::Element element, Report& report) const {
    const auto written = element.text("reference");
    if (written.empty()) return;
    const auto inside = targets.inside(element, written);
    const auto said = type_in_reference(plans.definitions(), written);
    const auto beside = written_target(element), meant = inside ? inside.type() : said;
    if (plans.definitions().is_resource_type(beside) && !meant.empty() && beside != meant) {
        report.error(IssueCode::structure, element, "validation-reference-type", {std::string(beside), std::string(meant)});
        return;
    }
    if (const auto by_url = resolve_by_url(targets, element, written); by_url && !said.empty() && by_url.type() != said) {
        report.error(IssueCode::structure, element, "validation-reference-type", {std::string(said), std::string(by_url.type())});
        return;
    }
    // "Practitioner/3f…" beside an entry "urn:uuid:3f…": what is meant, is that one.
    if (const auto entry = entry_around(element); entry && !said.empty() && !targets.inside(element, written)) {
        const auto by_uuid = targets.with_url(entry.parent(), "urn:uuid:" + std::string(written.substr(written.rfind('/') + 1)));
        if (by_uuid && by_uuid.type() != said) {
            report.error(IssueCode::structure, element, "validation-reference-type", {std::string(said), std::string(by_uuid.type())});
            return;
        }
    }
    // What a bundle calls by a name of its own is in it: nobody else knows the name.
    const bool is_own_name = written.starts_with("urn:uuid:") || written.starts_with("urn:oid:");
    if (strictness && is_own_name && entry_around(element) && !targets.inside(element, written)) {
        report.error(IssueCode::not_found, element, "validation-reference-missing");
        return;
    }
    const bool is_relative = written.find(':') == written.npos && !said.empty();
    auto root = element;
    while (root.parent()) root = root.parent();
    const bool is_parcel = root.type() == "Bundle" || root.type() == "Parameters"; // what is sent alone refers to what lies elsewhere
    if (!strictness || !strictness->references_exist || !is_parcel || !is_relative || targets.inside(element, written)) return;
    const bool is_here = std::any_of(strictness->others.begin(), strictness->others.end(), [&](fhir::Element other) {
        return written == std::string(other.type()) + "/" + std::string(other.text("id"));
    });
    if (!is_here) report.error(IssueCode::not_found, element, "validation-reference-missing");
}

} // namespace huitong::validation
