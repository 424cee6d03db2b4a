/// The walk over an element along a profile's snapshot: what the profile asks beyond the base type, and slicing.
/// Source: FHIR R4, Profiling FHIR, "Slicing" and "Discriminator".
#pragma once

#include "validation/checks.hpp"

#include <set>

namespace huitong::validation {

class ProfileWalk {
public:
    ProfileWalk(const Checks& checks, Report& report) : checks_(checks), report_(report) {}

    /// Applies a profile to a resource or to an element of the profile's type; each pair is walked once.
    void apply(fhir::Element element, const StructurePlan& profile, const Scope& scope);

private:
    void element(fhir::Element element, const ElementPlan& plan, std::string_view type, const Scope& scope);
    void children(fhir::Element element, const ElementPlan& plan, const Scope& scope);
    void cardinality(fhir::Element parent, const ElementPlan& plan, const std::string& name, std::size_t count);
    /// `holder`: "", or the slice that is sliced itself: the names of its slices begin with its own.
    void slices(fhir::Element parent, const ElementPlan& sliced, std::string_view holder, const std::vector<fhir::Element>& found,
                const Scope& scope);
    void order(fhir::Element parent, const ElementPlan& sliced, const std::vector<std::optional<std::size_t>>& places);
    void target_profiles(fhir::Element reference, const ElementPlan& plan);
    void type_profiles(fhir::Element element, const ElementPlan& plan, const fhir::TypeReference& type, const Scope& scope);

    const Checks& checks_;
    Report& report_;
    std::set<std::pair<fhir::NodeIndex, const StructurePlan*>> applied_;
    int depth_ = 0;
};

/// The type of a child as written: the suffix of a choice, else the only type, or the resource's type.
std::string_view written_type(fhir::Element element, const ElementPlan& plan);
/// The element that the type's profile is named for (extension elementdefinition-profile-element); nullptr: it names none that is known.
const ElementPlan* profile_element_of(const Checks& checks, const ElementPlan& plan);
/// Does an element (or a resource) fit a structure? Without issues of its own.
bool conforms(const Checks& checks, fhir::Element element, const StructurePlan& profile);
/// Does the element belong to the slice? nullopt: the discriminators cannot be computed.
std::optional<bool> is_in_slice(const Checks& checks, fhir::Element element, const ElementPlan& sliced, const ElementPlan& slice);

} // namespace huitong::validation
