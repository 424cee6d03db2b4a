/// FHIRPath inside maps, compiled once. A bare name at the start of a path that is a variable means the variable ("src.code" is
/// `%src.code`); every other bare name is an element of the value looked at. Thread: any.
#pragma once

#include "fhirpath/fhirpath.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace huitong::mapping {

struct CompiledExpression {
    std::optional<fhirpath::Expression> expression;
    std::vector<std::string> variables; ///< names used as %name
};

class ExpressionCache {
public:
    using IsVariable = std::function<bool(std::string_view)>;
    /// `text` must live as long as the cache (it belongs to a map); `is_variable` may be empty.
    const CompiledExpression& compile(const std::string& text, const IsVariable& is_variable);

private:
    std::shared_mutex mutex_;
    std::unordered_map<std::string, CompiledExpression> compiled_;
};

} // namespace huitong::mapping
