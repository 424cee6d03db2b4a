#include "feeds/same_concept.hpp"

#include <algorithm>

namespace huitong::feeds {

bool may_be_same_concept(fhir::Element one, fhir::Element other) {
    if (!one.child("coding") || !other.child("coding")) return true;
    const auto ours = one.children("coding"), theirs = other.children("coding");
    return std::any_of(ours.begin(), ours.end(), [&](fhir::Element coding) {
        return std::any_of(theirs.begin(), theirs.end(), [&](fhir::Element candidate) {
            return coding.text("system") == candidate.text("system") && coding.text("code") == candidate.text("code");
        });
    });
}

} // namespace huitong::feeds
