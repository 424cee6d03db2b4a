/// The typed syntax tree: what the parser makes, the checker reads and the evaluator walks. Internal to the room.
#pragma once

#include "fhirpath/fhirpath.hpp"

#include <memory>

namespace huitong::fhirpath {

class Evaluator;
struct Node;
using NodePtr = std::unique_ptr<Node>;

/// A function of the table: its name, how many arguments, and what runs.
struct Function {
    std::string_view name;
    int arguments_min, arguments_max; ///< -1: any number
    Collection (*run)(Evaluator&, const Node& call, const Collection& focus);
};

enum class NodeKind : std::uint8_t {
    literal,  ///< value
    empty,    ///< {}
    member,   ///< text: element name; child 0 (optional): what it is of
    call,     ///< function over children 1…; child 0 (may be null): its focus
    variable, ///< %text
    self,     ///< $this
    index,    ///< $index
    total,    ///< $total
    item_at,  ///< child0[child1]
    negate,   ///< -child0
    binary,   ///< child0 text child1
    type_is,  ///< child0 is text
    type_as   ///< child0 as text
};

struct Node {
    NodeKind kind = NodeKind::empty;
    std::string text;
    std::vector<NodePtr> children;
    const Function* function = nullptr;
    Item value;
    std::uint32_t line = 1, column = 1;
    std::uint32_t height = 1; ///< of the tree from here down
};

/// Every function by name; nullptr when unknown.
const Function* find_function(std::string_view name);
std::vector<std::string_view> function_names();

Result<NodePtr> parse_expression(std::string_view text);

} // namespace huitong::fhirpath
