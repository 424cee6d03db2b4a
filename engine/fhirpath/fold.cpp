#include "fhirpath/fold.hpp"

#include "fhirpath/evaluator.hpp"

#include <algorithm>

namespace huitong::fhirpath {
namespace {

bool is_constant(const Item& item) {
    return !item.is_element() && !std::holds_alternative<DateValue>(item.value) && !std::holds_alternative<DateTimeValue>(item.value) &&
           !std::holds_alternative<TimeValue>(item.value);
}

bool is_over_literals(const Node& node) {
    const bool is_operator = node.kind == NodeKind::negate || (node.kind == NodeKind::binary && node.text != "|");
    return is_operator && std::all_of(node.children.begin(), node.children.end(), [](const NodePtr& child) {
               return child && child->kind == NodeKind::literal && is_constant(child->value);
           });
}

std::optional<Item> value_of(const Node& node) {
    const EvaluationContext without_model;
    Evaluator evaluator(without_model);
    try {
        auto found = evaluator.evaluate(node, {});
        if (found.size() == 1 && is_constant(found.front())) return std::move(found.front());
    } catch (const EvaluationFailure&) { // told when it runs
    }
    return std::nullopt;
}

} // namespace

void fold_constants(Node& root) {
    for (const auto& child : root.children) {
        if (child) fold_constants(*child);
    }
    if (!is_over_literals(root)) return;
    auto value = value_of(root);
    if (!value) return;
    root.kind = NodeKind::literal;
    root.value = std::move(*value);
    root.text.clear();
    root.children.clear();
    root.height = 1;
}

} // namespace huitong::fhirpath
