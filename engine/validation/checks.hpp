/// The single checks that the walk over types and the walk over profiles share: bindings, targets, invariants, fixed values.
/// Thread: one check of one resource; not shared.
#pragma once

#include "validation/plan.hpp"
#include "validation/report.hpp"
#include "validation/strict.hpp"
#include "validation/targets.hpp"
#include "validation/validation.hpp"

#include <map>

namespace huitong::validation {

/// References are resolved inside the document only: contained resources and entries of a bundle.
class DocumentEnvironment : public fhirpath::Environment {
public:
    DocumentEnvironment(const Plans& plans, const terminology::Terminology* terminology, Targets& targets)
        : plans_(plans), terminology_(terminology), targets_(targets) {}
    fhirpath::Item resolve(std::string_view reference, const fhirpath::Item& from) const override;
    std::optional<bool> member_of(const fhirpath::Item& coded, std::string_view value_set) const override;
    std::optional<bool> subsumes(std::string_view system, std::string_view a, std::string_view b) const override;

private:
    const Plans& plans_;
    const terminology::Terminology* terminology_;
    Targets& targets_;
};

/// The resource around an element and what expressions call %resource and %rootResource.
struct Scope {
    fhirpath::EvaluationContext context;
};

/// Everything one check needs.
struct Checks {
    const Plans& plans;
    const terminology::Terminology* terminology;
    const Options& options;
    mutable Targets targets;
    DocumentEnvironment environment;
    mutable std::map<std::pair<fhir::NodeIndex, const StructurePlan*>, bool> conforming; ///< of this one check
    const Strictness* strictness = nullptr;                                              ///< null: as feeds and writes are judged
    bool strict_json = false;                                                            ///< the document is JSON: kinds and arrays count

    Checks(const Plans& plans_, const terminology::Terminology* terminology_, const Options& options_, bool strict_json_)
        : plans(plans_), terminology(terminology_), options(options_), environment(plans_, terminology_, targets),
          strict_json(strict_json_) {}

    Scope scope_of(fhir::Element resource, fhir::Element root) const;
    void rules(fhir::Element element, const ElementPlan& plan, const fhir::TypedName& typed, const Scope& scope, Report& report) const;
    void binding(fhir::Element element, const ElementPlan& plan, std::string_view type, Report& report) const;
    /// Extensible and preferred: said to publishers and to who asks for best practice, as a warning or a remark.
    void loose_binding(fhir::Element element, const fhir::ElementDefinition& definition, std::string_view type, Report& report) const;
    /// A value set that nobody can compute, because it holds itself or is too large: told to publishers as a warning.
    void note_unchecked(fhir::Element element, std::string_view value_set, Report& report) const;
    void values(fhir::Element element, const ElementPlan& plan, Report& report) const;
    /// maxLength, in characters.
    void length(fhir::Element element, const ElementPlan& plan, Report& report) const;
    /// minValue[x] and maxValue[x] of numbers, dates and quantities (after conversion of units).
    void bounds(fhir::Element element, const ElementPlan& plan, std::string_view type, Report& report) const;
    void target(fhir::Element reference, const ElementPlan& plan, Report& report) const;
    /// Whether what a reference names is contained, in the same bundle or elsewhere, where the profile says which of them it may be.
    void aggregation(fhir::Element reference, const ElementPlan& plan, Report& report) const;
    /// What holds for a reference whatever the profile: its written type is the target's, and (when asked for) there is a target.
    void reference(fhir::Element reference, Report& report) const;
};

/// Is the coded value (code, Coding, CodeableConcept, Quantity) in the value set? nullopt: cannot tell.
std::optional<bool> is_member(const terminology::Terminology& terminology, fhir::Element element, std::string_view type,
                              std::string_view value_set);
/// One reference alone: what Targets::inside finds.
fhir::Element resolve_inside(fhir::Element from, std::string_view reference);
/// The same by the letter of the bundle's rules: a relative reference is read against the fullUrl of the entry that it stands in, and an
/// entry with another base is not meant. Source: FHIR R4, Bundle, "Resolving references in Bundles".
fhir::Element resolve_by_url(Targets& targets, fhir::Element from, std::string_view reference);
/// "Patient" of "Patient/1", "http://x/Patient/1/_history/2"; "" when it cannot be told.
std::string_view type_in_reference(const fhir::Definitions& definitions, std::string_view reference);

} // namespace huitong::validation
