#include "mapping/expressions.hpp"

#include "mapping/lexer.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

/// Writes '%' before every bare name that is a variable: at the start of a path, and no function.
std::string mark_variables(const std::string& text, const ExpressionCache::IsVariable& is_variable) {
    std::string out;
    std::size_t copied = 0;
    const auto tokens = tokenize(text);
    for (std::size_t index = 0; index + 1 < tokens.size(); ++index) {
        const auto& token = tokens[index];
        const bool is_name = token.kind == Token::Kind::identifier && !token.text.starts_with('$');
        const bool starts_path = index == 0 || !(tokens[index - 1].is(".") || tokens[index - 1].is("%"));
        if (!is_name || !starts_path || tokens[index + 1].is("(") || !is_variable(token.text)) continue;
        out += text.substr(copied, token.place.offset - copied) + '%';
        copied = token.place.offset;
    }
    return out + text.substr(copied);
}

std::vector<std::string> used_variables(const std::string& text) {
    std::vector<std::string> out;
    const auto tokens = tokenize(text);
    for (std::size_t index = 0; index + 1 < tokens.size(); ++index) {
        if (tokens[index].is("%") && !tokens[index + 1].text.empty() &&
            std::find(out.begin(), out.end(), tokens[index + 1].text) == out.end())
            out.push_back(tokens[index + 1].text);
    }
    return out;
}

} // namespace

const CompiledExpression& ExpressionCache::compile(const std::string& text, const IsVariable& is_variable) {
    const auto marked = is_variable ? mark_variables(text, is_variable) : text;
    {
        const std::shared_lock lock(mutex_);
        if (const auto found = compiled_.find(marked); found != compiled_.end()) return found->second;
    }
    CompiledExpression compiled;
    if (auto parsed = fhirpath::Expression::parse(marked)) compiled.expression = std::move(*parsed);
    compiled.variables = used_variables(marked);
    const std::unique_lock lock(mutex_);
    return compiled_.emplace(marked, std::move(compiled)).first->second;
}

} // namespace huitong::mapping
