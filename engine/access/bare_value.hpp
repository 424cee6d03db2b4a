/// A value that was replaced loses what stood beside it: extensions of a name or a date say it again. Thread: one document.
#pragma once

#include "fhir/tree.hpp"

namespace huitong::access {

inline void remove_children(fhir::Document& document, fhir::NodeIndex node) {
    for (auto first = document.node(node).first_child; first != fhir::kNoNode; first = document.node(node).first_child)
        document.remove_child(node, first);
}

} // namespace huitong::access
