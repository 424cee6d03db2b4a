#include "fhirpath/check.hpp"
#include "fhirpath/evaluator.hpp"

#include <algorithm>
#include <set>

namespace huitong::fhirpath {
namespace {

/// What is known of an expression's items: their possible types; `known` false: anything.
struct Shape {
    bool known = false;
    std::vector<fhir::TypedName> types;
    bool many = false; ///< may hold several items
};

Shape anything(bool many = true) {
    Shape out;
    out.many = many;
    return out;
}

class Checker {
public:
    Checker(const fhir::Definitions& definitions, Shape input, const CheckInput* around = nullptr)
        : definitions_(definitions), input_(std::move(input)), around_(around) {}

    Shape visit(const Node& node, const Shape& self) {
        switch (node.kind) {
        case NodeKind::literal: return literal(node);
        case NodeKind::member: return member(node, self);
        case NodeKind::self: return self;
        case NodeKind::variable: return variable(node);
        case NodeKind::item_at: {
            auto out = visit(*node.children[0], self);
            visit(*node.children[1], self);
            out.many = false;
            return out;
        }
        case NodeKind::type_is:
            require_type(node, node.text);
            visit(*node.children[0], self);
            return system("boolean");
        case NodeKind::type_as: {
            require_type(node, node.text);
            const auto source = visit(*node.children[0], self);
            return narrowed(node.text, source.many);
        }
        case NodeKind::binary: return binary(node, self);
        case NodeKind::call: return call(node, self);
        case NodeKind::negate: {
            auto out = visit(*node.children[0], self);
            const bool text = out.known && !out.types.empty() && out.types.front().type == "string";
            if (text && !in_sort_) complain(node, "fhirpath-type", {"-", "number"});
            return out;
        }
        default: return anything(false);
        }
    }

    Outcome issues;

private:
    Shape system(std::string_view type) const {
        Shape out;
        out.known = true;
        out.types.push_back(definitions_.type_root(type));
        return out;
    }
    Shape literal(const Node& node) const {
        const auto type = type_text(node.value);
        return type == "Quantity" ? anything(false) : system(type);
    }
    Shape variable(const Node& node) const {
        if (around_) {
            for (const auto& [name, type] : around_->variables) {
                if (name != node.text) continue;
                if (!type) return anything(false);
                Shape out;
                out.known = true;
                out.types.push_back(*type);
                return out;
            }
        }
        if (node.text == "ucum" || node.text == "sct" || node.text == "loinc" || node.text.starts_with("vs-") ||
            node.text.starts_with("ext-"))
            return system("string");
        if (node.text == "resource" || node.text == "rootResource" || node.text == "context") return input_;
        return anything();
    }

    void require_type(const Node& node, std::string_view name) {
        if (is_known_type(definitions_, name)) return;
        std::string_view best;
        std::size_t best_distance = 4;
        for (const auto candidate : definitions_.resource_types()) {
            const auto d = distance(candidate, name);
            if (d >= best_distance) continue;
            best_distance = d;
            best = candidate;
        }
        complain(node, "fhirpath-unknown-type", {std::string(name), std::string(best)});
    }

    /// One item is needed, and the path may give several: no error, the data decide.
    void warn_of_many(const Node& node, const Shape& shape, std::string_view operation) {
        if (around_ || !shape.known || !shape.many || shape.types.empty()) return;
        auto issue = warning(IssueCode::invalid, "", "fhirpath-maybe-several", {std::string(operation)});
        issue.position = TextPosition{"", node.line, node.column};
        issues.add(std::move(issue));
    }

    void complain(const Node& node, std::string rule, std::vector<std::string> arguments) {
        auto issue = error(IssueCode::invalid, "", std::move(rule), std::move(arguments));
        issue.position = TextPosition{"", node.line, node.column};
        issues.add(std::move(issue));
    }

    Shape narrowed(std::string_view name, bool many) const {
        const auto dot = name.find('.');
        const auto root = definitions_.type_root(dot == name.npos ? name : name.substr(dot + 1));
        if (!root.structure) return anything(many);
        Shape out;
        out.known = true;
        out.many = many;
        out.types.push_back(root);
        return out;
    }

    Shape member(const Node& node, const Shape& self) {
        const bool leading = node.children[0] == nullptr;
        auto source = leading ? self : visit(*node.children[0], self);
        if (!source.known) return anything();
        if (leading) {
            for (const auto& type : source.types) {
                if (type.type == node.text || definitions_.is_a(type.type, node.text)) return source;
            }
        }
        Shape out;
        out.known = true;
        out.many = source.many;
        for (const auto& type : source.types) {
            if (!add_child(type, node.text, out)) return anything();
        }
        if (out.types.empty() && !source.types.empty()) {
            complain(node, "fhirpath-unknown-path", {node.text, nearest(source.types.front(), node.text)});
            return anything();
        }
        return out;
    }

    /// False when nothing is known below (Resource, unknown structure).
    bool add_child(const fhir::TypedName& type, const std::string& name, Shape& out) const {
        if (!type.structure || type.type == "Resource" || type.type == "DomainResource") return false;
        const bool is_primitive = type.structure->kind == fhir::StructureKind::primitive;
        if (name == "value" && is_primitive) {
            out.types.push_back(type);
            return true;
        }
        const auto found = definitions_.child(type, name);
        if (!found.declared) return true;
        if (found.declared->is_choice) {
            // Written with its type ("valueQuantity") it is no path.
            const bool is_suffixed = name.size() + 3 != found.declared->name.size();
            if (is_suffixed && around_ && around_->polymorphic_names) {
                out.types.push_back(found);
                return true;
            }
            if (is_suffixed) return true;
            for (const auto& choice : found.declared->types) out.types.push_back(definitions_.type_root(choice.code));
        } else {
            out.types.push_back(found);
        }
        out.many = out.many || found.is_array;
        return true;
    }

    std::string nearest(const fhir::TypedName& type, std::string_view name) const {
        std::string best;
        std::size_t best_distance = 4;
        const auto* element = type.element;
        const auto* structure = type.structure;
        if (!element || !structure) return best;
        for (const auto index : element->children) {
            const auto candidate = structure->elements[index].name;
            const auto d = distance(candidate, name);
            if (d < best_distance) {
                best_distance = d;
                best = candidate;
            }
        }
        return best;
    }

    static std::size_t distance(std::string_view a, std::string_view b) {
        std::vector<std::size_t> row(b.size() + 1);
        for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
        for (std::size_t i = 1; i <= a.size(); ++i) {
            auto previous = row[0];
            row[0] = i;
            for (std::size_t j = 1; j <= b.size(); ++j) {
                const auto above = row[j];
                row[j] = std::min({row[j] + 1, row[j - 1] + 1, previous + (a[i - 1] == b[j - 1] ? 0 : 1)});
                previous = above;
            }
        }
        return row[b.size()];
    }

    Shape binary(const Node& node, const Shape& self) {
        const auto left = visit(*node.children[0], self);
        const auto right = visit(*node.children[1], self);
        const auto& symbol = node.text;
        if (symbol == "|") {
            if (!left.known || !right.known) return anything();
            auto out = left;
            out.types.insert(out.types.end(), right.types.begin(), right.types.end());
            out.many = true;
            return out;
        }
        const bool ordered = symbol == "<" || symbol == ">" || symbol == "<=" || symbol == ">=";
        const bool number = symbol == "*" || symbol == "/" || symbol == "-" || symbol == "+" || symbol == "div" || symbol == "mod";
        if (ordered || number || symbol == "&") {
            warn_of_many(node, left, symbol);
            warn_of_many(node, right, symbol);
        }
        if (ordered && left.known && right.known && !left.types.empty() && !right.types.empty() && mixed(left, right)) {
            complain(node, "fhirpath-type", {symbol, "comparable"});
        }
        if (ordered || symbol == "=" || symbol == "!=" || symbol == "~" || symbol == "!~" || symbol == "and" || symbol == "or" ||
            symbol == "xor" || symbol == "implies" || symbol == "in" || symbol == "contains") {
            return system("boolean");
        }
        if (symbol == "&") return system("string");
        return anything(false);
    }

    std::string family(const fhir::TypedName& type) const {
        static const std::set<std::string_view> kNumbers = {"integer", "decimal", "positiveInt", "unsignedInt"};
        static const std::set<std::string_view> kDates = {"date", "dateTime", "instant"};
        if (kNumbers.contains(type.type)) return "number";
        if (kDates.contains(type.type)) return "date";
        if (type.type == "boolean" || type.type == "time") return std::string(type.type);
        if (definitions_.is_a(type.type, "string") || definitions_.is_a(type.type, "uri")) return "string";
        return {};
    }
    bool mixed(const Shape& left, const Shape& right) const {
        if (left.types.size() != 1 || right.types.size() != 1) return false;
        const auto a = family(left.types.front());
        const auto b = family(right.types.front());
        return !a.empty() && !b.empty() && a != b;
    }

    Shape call(const Node& node, const Shape& self) {
        auto focus = node.children[0] ? visit(*node.children[0], self) : self;
        const std::string_view name = node.text;
        refuse_unordered(node);
        static const std::set<std::string_view> kPerItem = {"where", "exists", "all",       "select", "repeat",        "repeatAll",
                                                            "iif",   "sort",   "aggregate", "trace",  "defineVariable"};
        static const std::set<std::string_view> kTypes = {"is", "as", "ofType"};
        if (kTypes.contains(name)) {
            if (node.children.size() > 1 && node.children[1]->kind == NodeKind::member)
                require_type(*node.children[1], type_path(*node.children[1]));
            if (name == "is") return system("boolean");
            return node.children.size() > 1 && node.children[1]->kind == NodeKind::member
                       ? narrowed(type_path(*node.children[1]), focus.many)
                       : anything();
        }
        Shape item = focus;
        item.many = false;
        Shape inner = anything();
        for (std::size_t i = 1; i < node.children.size(); ++i) {
            const bool loop = name == "repeat" || name == "repeatAll" || name == "aggregate";
            const bool outer = in_sort_;
            in_sort_ = name == "sort";
            inner = visit(*node.children[i], loop ? anything() : kPerItem.contains(name) ? item : self);
            in_sort_ = outer;
        }
        if (name == "where" || name == "skip" || name == "take" || name == "tail" || name == "distinct" || name == "intersect" ||
            name == "exclude" || name == "trace") {
            return focus;
        }
        if (name == "first" || name == "last" || name == "single") return item;
        if (name == "select") {
            inner.many = true;
            return inner;
        }
        static const std::set<std::string_view> kBoolean = {"exists",   "empty",    "all",      "not",        "allTrue",    "anyTrue",
                                                            "allFalse", "anyFalse", "subsetOf", "supersetOf", "isDistinct", "startsWith",
                                                            "endsWith", "contains", "matches",  "hasValue",   "memberOf",   "conformsTo"};
        if (kBoolean.contains(name)) return system("boolean");
        if (name == "count" || name == "length" || name == "indexOf") return system("integer");
        if (name == "readDateTime" || name == "readInstant") return system("dateTime");
        if (name == "readDate") return system("date");
        if (name == "readNumber") return system("decimal");
        if (name == "readQuantity") return system("Quantity");
        if (name == "readUnit" || name == "mapCode" || name == "mapNote" || name == "molarCode" || name == "writeDateTime")
            return system("string");
        if (name == "toString" || name == "substring" || name == "upper" || name == "lower" || name == "replace" || name == "join")
            return system("string");
        return anything();
    }

    /// children() and descendants() come in no order that an expression may count on.
    void refuse_unordered(const Node& node) {
        static const std::set<std::string_view> kOrdered = {"first", "last", "tail", "skip", "take"};
        const auto* focus = node.children[0].get();
        if (!kOrdered.contains(node.text) || !focus || focus->kind != NodeKind::call) return;
        if (focus->text == "children" || focus->text == "descendants") complain(node, "fhirpath-unordered", {node.text, focus->text});
    }

    static std::string type_path(const Node& node) {
        return node.children.empty() || !node.children[0] ? node.text : type_path(*node.children[0]) + "." + node.text;
    }

    const fhir::Definitions& definitions_;
    Shape input_;
    const CheckInput* around_ = nullptr;
    bool in_sort_ = false; ///< a minus there turns the order, not a number
};

} // namespace

Outcome check_types(const Node& root, const fhir::Definitions& definitions, std::string_view input_type) {
    Shape input;
    const auto type = definitions.type_root(input_type);
    input.known = type.structure != nullptr;
    if (input.known) input.types.push_back(type);
    Checker checker(definitions, input);
    checker.visit(root, input);
    return std::move(checker.issues);
}

CheckResult infer_types(const Node& root, const fhir::Definitions& definitions, const CheckInput& input) {
    Shape self = anything();
    if (input.input) {
        self.known = true;
        self.many = false;
        self.types.push_back(*input.input);
    }
    Checker checker(definitions, self, &input);
    auto shape = checker.visit(root, self);
    CheckResult out;
    out.issues = std::move(checker.issues);
    out.types = std::move(shape.types);
    out.is_known = shape.known;
    out.many = shape.many;
    return out;
}

} // namespace huitong::fhirpath
