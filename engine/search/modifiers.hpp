/// Which modifiers a search parameter takes. Source: FHIR R4, Search, "Modifiers".
#pragma once

#include "fhir/definitions.hpp"

namespace huitong::search {

/// True when the standard knows the modifier for that type of parameter. A resource type is a modifier of references; ask elsewhere.
bool is_modifier_of(fhir::SearchType type, std::string_view modifier);
/// True when the standard knows it for any type of parameter.
bool is_modifier(std::string_view modifier);
/// True for those that need what is not there: a terminology, or a hierarchy of references.
bool is_unsupported_modifier(fhir::SearchType type, std::string_view modifier, bool has_terminology);

} // namespace huitong::search
