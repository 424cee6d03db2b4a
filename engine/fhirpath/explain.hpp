/// Why an expression gives what it gives: what each step of its path, and each side of its operators, gives by itself.
#pragma once

#include "fhirpath/fhirpath.hpp"

namespace huitong::fhirpath {

/// A step stands behind those that it is made of.
struct Step {
    std::string what;           ///< "name", "where()", "=", a literal
    std::uint32_t line, column; ///< in the expression, from 1
    int depth;                  ///< of nesting in operators, from 0
    std::size_t items = 0;      ///< how many it gives
    std::string first;          ///< the first of them as text, shortened; or why it fails
    bool failed = false;
};

/// Evaluates every step anew: for people, not for the way of a message. Issues: those of Expression::parse.
Result<std::vector<Step>> explain(std::string_view expression, const EvaluationContext& context, fhir::Element input);

} // namespace huitong::fhirpath
