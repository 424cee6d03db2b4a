/// The walk over a resource along its base types: names, cardinality, kinds and formats, bindings, invariants.
#pragma once

#include "validation/checks.hpp"
#include "validation/profile_walk.hpp"

namespace huitong::validation {

class TypeWalk {
public:
    TypeWalk(const Checks& checks, ProfileWalk& profiles, Report& report) : checks_(checks), profiles_(profiles), report_(report) {}

    /// `container`: the resource that %rootResource names (itself unless contained).
    void resource(fhir::Element element, fhir::Element container, bool is_first);

private:
    void children(fhir::Element element, const ElementPlan& shape, const Scope& scope);
    void child(fhir::Element element, const ElementPlan& declared, const MemberName& member, const Scope& scope);
    void primitive(fhir::Element element, const MemberName& member);
    void links(fhir::Element div);
    void complex(fhir::Element element, const ElementPlan& declared, const MemberName& member, const Scope& scope);
    void extension(fhir::Element element, const Scope& scope);
    void unknown(fhir::Element element, const ElementPlan& shape);
    void declared_profiles(fhir::Element resource, const Scope& scope, bool is_first);
    void apply(fhir::Element resource, std::string_view canonical, const Scope& scope);

    const Checks& checks_;
    ProfileWalk& profiles_;
    Report& report_;
};

} // namespace huitong::validation
