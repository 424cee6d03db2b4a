/// A GraphQL request as text and as tree. Only queries: this interface reads. Source: GraphQL (June 2018) §2, §3.13.
#pragma once

#include "base/outcome.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace huitong::interaction::graphql {

struct Value {
    enum class Kind : std::uint8_t { null, text, name, number, boolean, variable, list, object };
    Kind kind = Kind::null;
    std::string text; ///< characters, digits, "true", or the name of the variable
    std::vector<std::string> names;
    std::vector<Value> items; ///< of a list; of an object, items[i] is of names[i]
};

struct Argument {
    std::string name;
    Value value;
};

struct Directive {
    std::string name;
    std::vector<Argument> arguments;
};

/// A field, a spread of a named fragment (`spread`), or an inline fragment (`is_inline`).
struct Selection {
    std::string alias, name; ///< alias: name of the answer, that of the field when none was given
    std::string spread, on;  ///< on: type condition of an inline fragment, "" = none
    bool is_inline = false;
    std::vector<Argument> arguments;
    std::vector<Directive> directives;
    std::vector<Selection> selections;
};

struct Operation {
    std::string name;
    std::vector<std::pair<std::string, Value>> variables; ///< with their defaults
    std::vector<std::string> required;                    ///< variables of a type with "!" and without a default
    std::vector<Selection> selections;
};

struct Fragment {
    std::string name, on;
    std::vector<Selection> selections;
};

struct Document {
    std::vector<Operation> operations;
    std::vector<Fragment> fragments;
};

/// Issues: graphql-syntax (with line and column), graphql-unsupported (mutation, subscription), graphql-depth-max.
Result<Document> read_document(std::string_view text);

constexpr std::size_t kDepthMax = 24; ///< of selections and of values

} // namespace huitong::interaction::graphql
