#include "validation/values.hpp"

namespace huitong::validation {

bool is_same(fhir::Element element, fhir::Element fixed) {
    if (element.value() != fixed.value()) return false;
    std::size_t expected = 0;
    for (auto child : fixed.children()) {
        ++expected;
        // Members of an object have no order; items of one name do.
        std::size_t before = 0;
        for (auto sibling : fixed.children(child.name())) {
            if (sibling == child) break;
            ++before;
        }
        auto twin = element.child(child.name());
        while (twin && before > 0) {
            twin = twin.next_sibling();
            if (twin && twin.name() == child.name()) --before;
        }
        if (!twin || !is_same(twin, child)) return false;
    }
    std::size_t found = 0;
    for ([[maybe_unused]] auto child : element.children()) ++found;
    return found == expected;
}

bool fits_pattern(fhir::Element element, fhir::Element pattern) {
    if (pattern.has_value() && element.value() != pattern.value()) return false;
    for (auto child : pattern.children()) {
        bool fits = false;
        for (auto candidate : element.children(child.name())) fits = fits || fits_pattern(candidate, child);
        if (!fits) return false;
    }
    return true;
}

} // namespace huitong::validation
