/// How an expression was understood, as JSON for tools that draw it: {"ExpressionType","Name","Line","Column","Arguments"}, the form that
/// the public FHIRPath workbenches read. Positions are those of the expression, from 1.
#pragma once

#include "base/outcome.hpp"

#include <string>
#include <string_view>

namespace huitong::fhirpath {

/// Issues: those of Expression::parse.
Result<std::string> syntax_tree(std::string_view expression);

} // namespace huitong::fhirpath
