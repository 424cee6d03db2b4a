/// The part of a search parameter's expression that can select anything in one type.
///
/// Expressions are unions over many types ("AllergyIntolerance.code | Condition.code | …"). Only the branches of a resource's own type are
/// compiled for it, and a branch is evaluated only when the resource has one of the elements it begins with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace huitong::search {

struct Branches {
    std::string expression;                  ///< "" when no branch is of this type
    std::vector<std::string> first_elements; ///< stems as the expression names them ("value" for value[x]); empty: always evaluate
    std::vector<std::vector<std::string>>
        paths; ///< branches that are plain paths, without the type: {"meta", "tag"}; for the static look at types
};
Branches branches_of(std::string_view expression, std::string_view type);

/// True when an element of that name may be what the stem names: "value" and "valueQuantity".
bool has_stem(std::string_view element, std::string_view stem);

} // namespace huitong::search
