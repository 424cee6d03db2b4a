/// The short way for the expressions that maps are full of: paths, comparison and joining of texts, `exists`, `empty`, `first`, `where`,
/// `combine`, `iif`. It works on views and allocates nothing but the texts it makes; what it meets that is not that plain (numbers, dates,
/// choices, several where one is asked) it leaves to the evaluator, so that there is one meaning. Internal to the room.
/// Thread: any; compiled once. Checked against the evaluator by tests/unit/fhirpath/plain_test.cpp.
#pragma once

#include "fhirpath/ast.hpp"

#include <optional>

namespace huitong::fhirpath {

class Plain {
public:
    /// nullopt: the expression uses more.
    static std::optional<Plain> compile(const Node& root);
    /// The evaluator's result for these, or nullopt: ask the evaluator. `input` null: empty. Only where names are polymorphic
    /// (EvaluationContext), because a path then goes by what is written in the tree.
    std::optional<Collection> run(const EvaluationContext& context, const Item* input) const;

    struct Step;

private:
    explicit Plain(std::shared_ptr<const Step> root) : root_(std::move(root)) {}
    std::shared_ptr<const Step> root_;
};

} // namespace huitong::fhirpath
