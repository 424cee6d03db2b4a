#include "fhirpath/check.hpp"
#include "fhirpath/evaluator.hpp"
#include "fhirpath/fold.hpp"
#include "fhirpath/plain.hpp"

#include <algorithm>
#include <mutex>

namespace huitong::fhirpath {

struct Expression::Compiled {
    std::string text;
    NodePtr root;
    std::optional<Plain> plain;

    /// As it was written, nothing folded: what the static check looks at. Types that a check gives out point into it.
    const Node& as_written() const {
        std::call_once(read_, [this] {
            if (auto again = parse_expression(text)) written_ = std::move(*again);
        });
        return written_ ? *written_ : *root;
    }

private:
    mutable std::once_flag read_;
    mutable NodePtr written_;
};

Expression::Expression(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::Expression(const Expression&) = default;
Expression& Expression::operator=(const Expression&) = default;
Expression::~Expression() = default;

const std::string& Expression::text() const { return compiled_->text; }

Result<Expression> Expression::parse(std::string_view text) {
    auto root = parse_expression(text);
    if (!root) return root.error();
    auto compiled = std::make_shared<Compiled>();
    compiled->text = text;
    compiled->root = std::move(*root);
    fold_constants(*compiled->root);
    compiled->plain = Plain::compile(*compiled->root);
    return Expression(std::move(compiled));
}

namespace {

void collect_variables(const Node& node, std::vector<std::string>& out) {
    if (node.kind == NodeKind::variable && std::find(out.begin(), out.end(), node.text) == out.end()) out.push_back(node.text);
    for (const auto& child : node.children) {
        if (child) collect_variables(*child, out);
    }
}

} // namespace

std::vector<std::string> Expression::variables() const {
    std::vector<std::string> out;
    collect_variables(*compiled_->root, out);
    return out;
}

// The check looks at what was written: folded, `'a' = 1` is a plain false that nothing is wrong with.
Outcome Expression::check(const fhir::Definitions& definitions, std::string_view input_type) const {
    return check_types(compiled_->as_written(), definitions, input_type);
}

CheckResult Expression::infer(const fhir::Definitions& definitions, const CheckInput& input) const {
    return infer_types(compiled_->as_written(), definitions, input);
}

namespace {

/// The long way, which knows everything.
Result<Collection> walk(const Node& root, const EvaluationContext& context, const Collection& input) {
    Evaluator evaluator(context);
    evaluator.frame().self = &input;
    try {
        return evaluator.evaluate(root, input);
    } catch (EvaluationFailure& failure) {
        return std::move(failure.outcome);
    }
}

/// The same of one element; what the caller left open of %resource, %rootResource and %context is found from it.
Result<Collection> walk_from(const Node& root, const EvaluationContext& context, fhir::Element input) {
    Collection collection;
    if (input) collection.push_back(item_of(context.definitions, input));
    if (!input || (context.resource.is_element() && context.resource.element())) return walk(root, context, collection);
    auto complete = context;
    auto resource = input;
    while (!resource.is_resource() && resource.parent()) resource = resource.parent();
    auto top = input;
    while (top.parent()) top = top.parent();
    complete.resource = item_of(context.definitions, resource);
    complete.root_resource = item_of(context.definitions, top);
    complete.variables.try_emplace("context", collection);
    return walk(root, complete, collection);
}

} // namespace

Result<Collection> Expression::evaluate(const EvaluationContext& context, const Collection& input) const {
    Collection out;
    if (compiled_->plain && input.size() <= 1 && compiled_->plain->run(context, input.empty() ? nullptr : &input.front(), out)) return out;
    return walk(*compiled_->root, context, input);
}

Result<Collection> Expression::evaluate(const EvaluationContext& context, fhir::Element input) const {
    Collection out;
    if (auto done = evaluate(context, input, out); !done) return std::move(done).error();
    return out;
}

Result<void> Expression::evaluate(const EvaluationContext& context, fhir::Element input, Collection& out) const {
    out.clear();
    if (compiled_->plain && compiled_->plain->run(context, input, out)) return {};
    auto found = walk_from(*compiled_->root, context, input);
    if (!found) {
        out.clear();
        return std::move(found).error();
    }
    out = std::move(*found);
    return {};
}

Item item_of(const fhir::Definitions* definitions, fhir::Element element) {
    Item out;
    out.value = element;
    if (!definitions || !element) return out;
    if (element.is_resource() || !element.parent()) {
        out.type = definitions->type_root(element.type().empty() ? element.name() : element.type());
        return out;
    }
    out.type = definitions->child(item_of(definitions, element.parent()).type, element.name());
    return out;
}

} // namespace huitong::fhirpath
