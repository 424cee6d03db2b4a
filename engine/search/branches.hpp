/// The part of a search parameter's expression that can select anything in one type.
///
/// Expressions are unions over many types ("AllergyIntolerance.code | Condition.code | …"); only the branches of a resource's own type are
/// compiled for it. Source: FHIR R4, SearchParameter.expression.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace huitong::search {

/// Branches of the union that may select something in a resource of `type` (or of any type), in order. They are views of `expression`.
/// A branch that holds a union inside parentheses is always kept.
std::vector<std::string_view> branches_of(std::string_view expression, std::string_view type);

} // namespace huitong::search
