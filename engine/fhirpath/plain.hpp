/// The short way for the expressions that maps and search parameters are full of: paths and their unions, comparison and joining of texts,
/// `exists`, `empty`, `first`, `where`, `combine`, `iif`, types (`is`, `as`, `ofType`, `resolve() is T` by the reference). It works on
/// views and allocates nothing but its result and the texts it makes; what it meets that is not that plain (numbers, dates, several where
/// one is asked) it leaves to the evaluator, so that there is one meaning. Internal to the room. Thread: any; compiled once. Checked
/// against the evaluator by tests/unit/fhirpath/plain_test.cpp.
#pragma once

#include "fhirpath/ast.hpp"

#include <optional>

namespace huitong::fhirpath {

class Plain {
public:
    /// nullopt: the expression uses more.
    static std::optional<Plain> compile(const Node& root);
    /// Puts the evaluator's result for these into `out`, which is empty; false: ask the evaluator (`out` may hold anything). `input` null:
    /// empty.
    bool run(const EvaluationContext& context, const Item* input, Collection& out) const;
    /// The same for an element as the definitions know it.
    bool run(const EvaluationContext& context, fhir::Element input, Collection& out) const;

    struct Step;

private:
    explicit Plain(std::shared_ptr<const Step> root) : root_(std::move(root)) {}
    std::shared_ptr<const Step> root_;
};

} // namespace huitong::fhirpath
