#include "fhirpath/syntax_tree.hpp"

#include "base/json_writer.hpp"
#include "fhirpath/ast.hpp"

namespace huitong::fhirpath {
namespace {

struct Words {
    std::string_view type;
    std::string name;
};

Words words_of(const Node& node) {
    switch (node.kind) {
    case NodeKind::literal: return {"ConstantExpression", value_text(node.value)};
    case NodeKind::empty: return {"ConstantExpression", "{}"};
    case NodeKind::member: return {"ChildExpression", node.text};
    case NodeKind::call: return {"FunctionCallExpression", node.text};
    case NodeKind::variable: return {"VariableRefExpression", node.text};
    case NodeKind::self: return {"AxisExpression", "$this"};
    case NodeKind::index: return {"AxisExpression", "$index"};
    case NodeKind::total: return {"AxisExpression", "$total"};
    case NodeKind::item_at: return {"IndexerExpression", "[]"};
    case NodeKind::negate: return {"UnaryExpression", "-"};
    case NodeKind::type_is: return {"BinaryExpression", "is"};
    case NodeKind::type_as: return {"BinaryExpression", "as"};
    case NodeKind::binary: break;
    }
    return {"BinaryExpression", node.text};
}

void write(const Node& node, JsonWriter& out) {
    const auto words = words_of(node);
    out.object().member("ExpressionType", words.type).member("Name", words.name).count("Line", node.line).count("Column", node.column);
    const bool names_type = node.kind == NodeKind::type_is || node.kind == NodeKind::type_as;
    out.array("Arguments");
    for (const auto& child : node.children) {
        if (child) write(*child, out);
    }
    if (names_type) out.object().member("ExpressionType", "ConstantExpression").member("Name", node.text).end_object();
    out.end_array().end_object();
}

} // namespace

Result<std::string> syntax_tree(std::string_view expression) {
    const auto root = parse_expression(expression);
    if (!root) return root.error();
    JsonWriter out;
    write(**root, out);
    return out.take();
}

} // namespace huitong::fhirpath
