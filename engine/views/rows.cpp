#include "views/selection.hpp"

#include <algorithm>

namespace huitong::views {
namespace {

constexpr std::size_t kRowsMax = 100'000;  ///< of one resource
constexpr std::size_t kRepeatMax = 10'000; ///< elements that `repeat` walks

/// Runs the selections over one resource; `issues` holds the first failure.
class Runner {
public:
    explicit Runner(fhirpath::EvaluationContext& context) : context_(context) {}

    Outcome issues;

    std::vector<Row> run(const Selection& selection, const fhirpath::Collection& focus) {
        const auto outer = index_;
        std::vector<Row> out;
        std::size_t position = 0;
        for (const auto& item : foci(selection, focus)) {
            if (selection.for_each || !selection.repeat.empty()) index_ = position++;
            append(out, cross(selection, {item}, false));
            if (issues.has_errors()) break;
        }
        if (out.empty() && position == 0 && selection.keeps_empty) {
            index_ = 0;
            append(out, cross(selection, {}, true));
        }
        index_ = outer;
        return out;
    }

    fhirpath::Collection evaluate(const fhirpath::Expression& path, const fhirpath::Collection& focus) {
        if (issues.has_errors()) return {};
        fhirpath::Item index;
        index.value = static_cast<std::int64_t>(index_);
        const fhirpath::Binding binding{"rowIndex", &index};
        context_.bindings = {&binding, 1};
        auto result = path.evaluate(context_, focus);
        context_.bindings = {};
        if (result) return std::move(*result);
        issues.add(result.error());
        return {};
    }

private:
    fhirpath::Collection foci(const Selection& selection, const fhirpath::Collection& focus) {
        if (selection.for_each) return evaluate(*selection.for_each, focus);
        if (selection.repeat.empty()) return focus;
        fhirpath::Collection out;
        descend(selection, focus, out);
        return out;
    }

    /// Depth first, as a reader of the document meets the elements.
    void descend(const Selection& selection, const fhirpath::Collection& focus, fhirpath::Collection& out) {
        for (const auto& path : selection.repeat) {
            for (auto& item : evaluate(path, focus)) {
                if (out.size() >= kRepeatMax || ++depth_ > 200) {
                    issues.add(error(IssueCode::too_costly, "", "view-rows-max", {std::to_string(kRepeatMax)}));
                    return;
                }
                out.push_back(item);
                descend(selection, {std::move(item)}, out);
                --depth_;
            }
        }
    }

    void append(std::vector<Row>& all, std::vector<Row> more) {
        if (all.size() + more.size() > kRowsMax) {
            issues.add(error(IssueCode::too_costly, "", "view-rows-max", {std::to_string(kRowsMax)}));
            return;
        }
        all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }

    /// Every combination of the parts of one element. `only_null`: what lies below gives nulls instead of no row.
    std::vector<Row> cross(const Selection& selection, const fhirpath::Collection& focus, bool only_null) {
        std::vector<Row> out{own_cells(selection, focus)};
        for (const auto& nested : selection.selects) out = product(out, only_null ? nulls(nested) : run(nested, focus));
        if (selection.unions.empty()) return out;
        std::vector<Row> united;
        if (only_null) united = nulls(selection.unions.front());
        else {
            for (const auto& branch : selection.unions) append(united, run(branch, focus));
        }
        return product(out, united);
    }

    static std::vector<Row> nulls(const Selection& selection) { return {Row(selection.width)}; }

    Row own_cells(const Selection& selection, const fhirpath::Collection& focus) {
        Row out;
        for (const auto& column : selection.columns) {
            auto value = evaluate(column.path, focus);
            if (value.size() > 1 && !column.column.collection && !issues.has_errors())
                issues.add(error(IssueCode::processing, column.column.name, "view-column-several", {column.column.name}));
            out.push_back(std::move(value));
        }
        return out;
    }

    std::vector<Row> product(const std::vector<Row>& left, const std::vector<Row>& right) {
        std::vector<Row> out;
        if (left.size() * right.size() > kRowsMax) {
            issues.add(error(IssueCode::too_costly, "", "view-rows-max", {std::to_string(kRowsMax)}));
            return out;
        }
        for (const auto& a : left) {
            for (const auto& b : right) {
                out.push_back(a);
                out.back().insert(out.back().end(), b.begin(), b.end());
            }
        }
        return out;
    }

    fhirpath::EvaluationContext& context_;
    std::size_t index_ = 0; ///< %rowIndex
    int depth_ = 0;
};

/// Every condition is true; one that gives no boolean is a fault of the view.
bool passes(Runner& runner, const std::vector<fhirpath::Expression>& conditions, const fhirpath::Collection& focus) {
    for (const auto& condition : conditions) {
        const auto value = runner.evaluate(condition, focus);
        if (value.empty()) return false;
        if (value.size() > 1 || fhirpath::type_text(value.front()) != "boolean") {
            runner.issues.add(error(IssueCode::invalid, "where", "view-where-boolean", {condition.text()}));
            return false;
        }
        if (fhirpath::value_text(value.front()) != "true") return false;
    }
    return true;
}

} // namespace

Result<std::vector<Row>> View::rows(fhir::Element resource) const {
    std::vector<Row> out;
    if (resource.type() != compiled_->resource_type) return out;
    fhirpath::EvaluationContext context;
    context.definitions = compiled_->definitions.get();
    context.variables = compiled_->constants;
    context.resource = fhirpath::item_of(context.definitions, resource);
    context.root_resource = context.resource;
    const fhirpath::Collection focus{context.resource};
    Runner runner(context);
    if (passes(runner, compiled_->where, focus)) out = runner.run(compiled_->root, focus);
    if (runner.issues.has_errors()) return std::move(runner.issues);
    return out;
}

} // namespace huitong::views
