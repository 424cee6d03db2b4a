#include "fhirpath/explain.hpp"

#include "base/catalogue.hpp"
#include "fhirpath/evaluator.hpp"

namespace huitong::fhirpath {
namespace {

constexpr std::size_t kStepsMax = 200;
constexpr std::size_t kTextMax = 60;

std::string shortened(std::string text) {
    if (text.size() <= kTextMax) return text;
    auto end = kTextMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end) + "…";
}

std::string words_of(const Node& node) {
    switch (node.kind) {
    case NodeKind::literal: return value_text(node.value);
    case NodeKind::empty: return "{}";
    case NodeKind::call: return node.text + "()";
    case NodeKind::variable: return "%" + node.text;
    case NodeKind::self: return "$this";
    case NodeKind::index: return "$index";
    case NodeKind::total: return "$total";
    case NodeKind::item_at: return "[]";
    case NodeKind::type_is: return "is " + node.text;
    case NodeKind::type_as: return "as " + node.text;
    case NodeKind::member:
    case NodeKind::negate:
    case NodeKind::binary: break;
    }
    return node.text;
}

class Explainer {
public:
    Explainer(const EvaluationContext& context, const Collection& input) : context_(context), input_(input) {}

    std::vector<Step> steps;

    void visit(const Node& node, int depth) {
        const bool sides = node.kind == NodeKind::binary;
        const std::size_t parts = sides ? 2 : node.children.empty() ? 0 : 1; // arguments are evaluated once for each item: not shown
        for (std::size_t i = 0; i < parts; ++i) {
            if (node.children[i]) visit(*node.children[i], sides ? depth + 1 : depth);
        }
        if (steps.size() >= kStepsMax) return;
        Step step{words_of(node), node.line, node.column, depth};
        try {
            Evaluator evaluator(context_);
            evaluator.frame().self = &input_;
            const auto made = evaluator.evaluate(node, input_);
            step.items = made.size();
            if (!made.empty()) step.first = shortened(value_text(made.front()));
        } catch (const EvaluationFailure& failure) {
            step.failed = true;
            if (const auto* issue = failure.outcome.leading()) step.first = text_of(*issue, language_of_environment());
        }
        steps.push_back(std::move(step));
    }

private:
    const EvaluationContext& context_;
    const Collection& input_;
};

} // namespace

Result<std::vector<Step>> explain(std::string_view expression, const EvaluationContext& context, fhir::Element input) {
    auto root = parse_expression(expression);
    if (!root) return root.error();
    Collection focus;
    auto complete = context;
    if (input) {
        focus.push_back(item_of(context.definitions, input));
        complete.resource = focus.front();
        complete.root_resource = focus.front();
        complete.variables.try_emplace("context", focus);
    }
    Explainer explainer(complete, focus);
    explainer.visit(**root, 0);
    return std::move(explainer.steps);
}

} // namespace huitong::fhirpath
