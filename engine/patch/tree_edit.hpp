/// Changes of a tree that keep FHIR's shape: places among siblings, arrays, choices, and no empty elements. Internal to the room.
#pragma once

#include "fhir/definitions.hpp"

namespace huitong::patch {

/// A tree under change, with what defines it.
struct Tree {
    fhir::Document& document;
    const fhir::Definitions& definitions;
    fhir::TypedName type_of(fhir::NodeIndex node) const;
    fhir::Element element(fhir::NodeIndex node) const { return document.element(node); }
};

/// Puts a child, wherever it stands now, right behind `previous` of the same parent; kNoNode: to the front.
void place_behind(fhir::Document& document, fhir::NodeIndex child, fhir::NodeIndex previous);
/// Last child of that name; kNoNode: none.
fhir::NodeIndex last_of(const fhir::Document& document, fhir::NodeIndex parent, std::string_view name);
/// Unlinks an element, then every element above that it leaves empty; resources stay.
void remove_element(fhir::Document& document, fhir::NodeIndex node);

/// Name under which a value of a FHIRPath Patch stands below `parent`: "value" becomes "valueQuantity" when the part says so.
/// "" when the definitions have no such element.
std::string child_name(const Tree& tree, fhir::NodeIndex parent, std::string_view name, fhir::Element part);
/// Makes the child at the end of `parent` from a part's `value[x]`, `resource` or nested parts. Issues: patch-form, patch-element.
Result<fhir::NodeIndex> make_child(const Tree& tree, fhir::NodeIndex parent, std::string_view name, fhir::Element part,
                                   const std::string& where);

} // namespace huitong::patch
