/// FHIRPath inside a run: variables of the scope, settings of the feed, codes through the terminology.
#include "mapping/executor.hpp"

namespace huitong::mapping {

class Executor::Surroundings final : public fhirpath::Environment {
public:
    explicit Surroundings(const terminology::Terminology* terminology) : terminology_(terminology) {}

    std::vector<Translated> translate(std::string_view map, std::string_view system, std::string_view code) const override {
        std::vector<Translated> out;
        if (!terminology_) return out;
        terminology::Coding coding;
        coding.system = system;
        coding.code = code;
        for (auto& match : terminology_->translate(map, coding)) {
            if (match.target.code.empty() || match.equivalence == "unmatched" || match.equivalence == "disjoint") continue;
            out.push_back(
                {std::move(match.target.system), std::move(match.target.code), std::move(match.target.display), std::move(match.comment)});
        }
        return out;
    }

    std::optional<bool> member_of(const fhirpath::Item& coded, std::string_view value_set) const override {
        if (!terminology_ || !coded.is_element()) return std::nullopt;
        const auto element = coded.element();
        if (element.has_value()) return terminology_->member_of(value_set, "", element.value());
        std::optional<bool> out;
        for (const auto coding : element.children("coding")) {
            out = terminology_->member_of(value_set, coding.text("system"), coding.text("code"));
            if (out && *out) return out;
        }
        return element.child("code") ? terminology_->member_of(value_set, element.text("system"), element.text("code")) : out;
    }

private:
    const terminology::Terminology* terminology_;
};

Executor::Executor(const fhir::Definitions& definitions, const terminology::Terminology* terminology, const Linked& linked,
                   const RunOptions& options)
    : definitions_(definitions), terminology_(terminology), linked_(linked), options_(options),
      surroundings_(std::make_shared<Surroundings>(terminology)) {
    evaluation_.definitions = &definitions_;
    evaluation_.environment = surroundings_.get();
    evaluation_.now = options_.now;
    evaluation_.offset_minutes = options_.offset_minutes;
    evaluation_.polymorphic_names = true;
    evaluation_.notes = &notes_;
}

std::optional<fhirpath::Collection> Executor::run_formula(const At& at, const void* formula, const std::string& text, const Place& place,
                                                          const Scope& scope, const Value* context, Span& span) {
    const auto& compiled = linked_.compiled(formula);
    if (!compiled.expression) {
        fail(at, "fml-fhirpath", {text}, place);
        return std::nullopt;
    }
    // A variable that nothing was bound to is empty. What a source variable holds is looked at where it is.
    span = context ? context->span : Span();
    bindings_.clear();
    written_.clear();
    written_.reserve(compiled.variables.size() + 1);
    for (const auto& name : compiled.variables) {
        const auto* value = scope.find(name);
        const bool is_bound = value && !value->is_nothing();
        if (is_bound && span.end == span.begin) span = value->span;
        if (is_bound && value->is_target()) written_.push_back(item_of_value(*value));
        bindings_.push_back({name, !is_bound ? nullptr : value->is_target() ? &written_.back() : &value->item});
    }
    evaluation_.bindings = bindings_;
    fhirpath::Collection input;
    if (context && !context->is_nothing()) input.push_back(context->is_target() ? item_of_value(*context) : context->item);
    auto result = compiled.expression->evaluate(evaluation_, input);
    evaluation_.bindings = {};
    for (auto& issue : notes_.issues()) {
        issue.where = where_of(at);
        issue.position = TextPosition{at.map->file, place.line, place.column};
        issue.source = span;
        result_.issues.add(std::move(issue));
    }
    if (!notes_.empty()) notes_ = {};
    if (result) return std::move(*result);
    // What went wrong in the expression is said at its place in the map.
    const auto failure = result.error();
    for (auto issue : failure.issues()) {
        issue.where = where_of(at);
        issue.position = TextPosition{at.map->file, place.line, place.column};
        result_.issues.add(std::move(issue));
    }
    return std::nullopt;
}

bool Executor::holds(const At& at, const Formula& formula, const Scope& scope, const Value& context) {
    Span span;
    const auto result = run_formula(at, &formula, formula.text, formula.place, scope, &context, span);
    if (!result || result->size() != 1) return false;
    const auto* flag = std::get_if<bool>(&result->front().value);
    return flag ? *flag : fhirpath::value_text(result->front()) == "true";
}

std::vector<Value> Executor::evaluate(const At& at, const void* formula, const std::string& text, const Place& place, const Scope& scope,
                                      const Value* context) {
    std::vector<Value> out;
    Span span;
    auto result = run_formula(at, formula, text, place, scope, context, span);
    if (!result) return out;
    out.reserve(result->size());
    for (auto& item : *result) {
        Value value;
        const auto own = span_of(item);
        value.span = own.end > own.begin ? own : span;
        value.item = std::move(item);
        out.push_back(std::move(value));
    }
    return out;
}

std::optional<Value> Executor::evaluate_one(const At& at, const void* formula, const std::string& text, const Place& place,
                                            const Scope& scope, const Value* context) {
    auto values = evaluate(at, formula, text, place, scope, context);
    if (values.size() > 1) {
        fail(at, "fml-several", {text}, place);
        return std::nullopt;
    }
    return values.empty() ? std::nullopt : std::optional(std::move(values.front()));
}

} // namespace huitong::mapping
