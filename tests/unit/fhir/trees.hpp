/// Trees as text for comparison, and random resources from the definitions.
#pragma once

#include "fhir/json.hpp"
#include "support/definitions.hpp"
#include "support/files.hpp"

#include <random>

namespace huitong::fhir::tests {

inline Parsed<DocumentPtr> read(std::string_view text) { return read_json(std::string(text)); }

/// Order, names, kinds and values of a subtree: two trees are equal when these texts are.
inline void describe(Element element, std::string& out) {
    out += std::string(element.name()) + "<" + std::string(element.type()) + ">=" + std::string(element.value()) + "(";
    for (const auto child : element.children()) describe(child, out);
    out += ")";
}
inline std::string described(Element element) {
    std::string out;
    describe(element, out);
    return out;
}

} // namespace huitong::fhir::tests
