/// What validation needs of a structure, prepared once: children by name, compiled invariants, parsed fixed values, permitted targets.
/// Thread: plans are built under a lock on first use and never change; reading is for any thread.
#pragma once

#include "fhir/definitions.hpp"
#include "fhirpath/fhirpath.hpp"
#include "validation/primitives.hpp"

#include <deque>
#include <optional>
#include <shared_mutex>
#include <unordered_map>

namespace huitong::validation {

struct Rule {
    const fhir::Constraint* constraint = nullptr;
    const fhirpath::Expression* expression = nullptr;
    std::string_view needs;          ///< first step of the expression when it holds vacuously without that child; else ""
    bool uses_context = false;       ///< mentions %context
    bool is_local_reference = false; ///< ref-1 of R4
};

/// A name under which a child may be written.
struct MemberName {
    std::string name;
    std::uint32_t child = 0; ///< index into ElementPlan::children
    std::string_view type;   ///< type of the value; "" for contentReference
    Primitive primitive = Primitive::none;
};

/// Where an extension may stand. Source: FHIR R4, StructureDefinition.context.
struct ExtensionContext {
    std::string type, expression; ///< type: element | extension | fhirpath
};

/// What of an ElementDefinition the light records of Definitions do not hold; only profiles have it.
struct FurtherRules {
    std::string min_value, max_value;           ///< JSON text of minValue[x], maxValue[x]
    std::vector<std::string> required_bindings; ///< value sets of additional bindings of purpose required
    std::vector<std::string> aggregation;       ///< of a reference: contained, referenced, bundled; empty: any
    std::string profile_element;                ///< id of the element of the type's profile that is meant instead of its root
    bool no_languages = false;                  ///< of a narrative: no sections by language
    bool sources_named = false;                 ///< of a narrative: every part says where it comes from
};

struct ElementPlan {
    const fhir::StructureDefinition* structure = nullptr;
    const fhir::ElementDefinition* definition = nullptr;
    const ElementPlan* content = nullptr;       ///< the element that contentReference names
    std::vector<Rule> rules;                    ///< without ele-1 and ext-1; in profiles only what the base has not
    std::vector<const ElementPlan*> children;   ///< without slices
    std::vector<const ElementPlan*> slices;     ///< of this element
    std::vector<MemberName> members;            ///< sorted by name
    fhir::DocumentPtr fixed, pattern;           ///< root's child "value"; null when absent
    std::vector<std::string_view> target_types; ///< permitted types of a Reference's target; empty: any
    std::size_t length_max = 0;                 ///< characters; 0: no maximum
    FurtherRules further;
    std::string stem; ///< name as it is written, without [x]

    const MemberName* member(std::string_view name) const;
};

struct StructurePlan {
    const fhir::StructureDefinition* definition = nullptr;
    std::deque<ElementPlan> elements;
    std::vector<ExtensionContext> contexts; ///< of an extension
    std::vector<std::string> conditions;    ///< of an extension: FHIRPath that holds for what it stands in (contextInvariant)
    const ElementPlan& root() const { return elements.front(); }
};

class Plans {
public:
    explicit Plans(std::shared_ptr<const fhir::Definitions> definitions) : definitions_(std::move(definitions)) {}

    const fhir::Definitions& definitions() const { return *definitions_; }
    const StructurePlan& plan_of(const fhir::StructureDefinition& structure) const;
    /// nullptr: no such type or profile.
    const StructurePlan* type(std::string_view name) const;
    const StructurePlan* structure(std::string_view canonical) const;

private:
    void prepare(StructurePlan& plan) const;
    void prepare_further(StructurePlan& plan) const;
    void prepare_children(StructurePlan& plan, ElementPlan& element) const;
    void prepare_targets(ElementPlan& element) const;
    void prepare_rules(ElementPlan& element, const fhir::StructureDefinition* base) const;
    const fhirpath::Expression* expression(std::string_view text) const;

    std::shared_ptr<const fhir::Definitions> definitions_;
    mutable std::shared_mutex mutex_;
    mutable std::unordered_map<const fhir::StructureDefinition*, std::unique_ptr<StructurePlan>> plans_;
    mutable std::unordered_map<std::string, std::unique_ptr<fhirpath::Expression>> expressions_; ///< null: cannot be parsed
};

} // namespace huitong::validation
