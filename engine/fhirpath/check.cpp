#include "fhirpath/check.hpp"
#include "fhirpath/evaluator.hpp"
#include "fhirpath/nearest.hpp"
#include "fhirpath/signatures.hpp"

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
            if (family_of(out) == Family::text && !in_sort_) complain(node, "fhirpath-type", {"-", "number"});
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
        complain(node, "fhirpath-unknown-type", {std::string(name), nearest_type(definitions_, name)});
    }

    /// One item is needed, and the path may give several: no error, the data decide.
    void warn_of_many(const Node& node, const Shape& shape, std::string_view operation) {
        if (around_ || !shape.known || !shape.many || shape.types.empty()) return;
        note(node, warning(IssueCode::invalid, "", "fhirpath-maybe-several", {std::string(operation)}));
    }

    void complain(const Node& node, std::string rule, std::vector<std::string> arguments) {
        note(node, error(IssueCode::invalid, "", std::move(rule), std::move(arguments)));
    }

    void note(const Node& node, Issue issue) {
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
            complain(node, "fhirpath-unknown-path", {node.text, nearest_element(definitions_, source.types.front(), node.text)});
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
        const bool orders = symbol == "<" || symbol == ">" || symbol == "<=" || symbol == ">=";
        const bool reckons = symbol == "*" || symbol == "/" || symbol == "-" || symbol == "+" || symbol == "div" || symbol == "mod";
        if (orders || reckons || symbol == "&") {
            warn_of_many(node, left, symbol);
            warn_of_many(node, right, symbol);
        }
        if (reckons) return arithmetic(node, family_of(left), family_of(right));
        if (symbol == "&") return system("string");
        compare_families(node, orders, family_of(left), family_of(right));
        return system("boolean"); // every other operator
    }

    Shape arithmetic(const Node& node, Family left, Family right) {
        if (left == Family::any || right == Family::any) return anything(false);
        const bool joins = node.text == "+" && left == Family::text && right == Family::text;
        const bool fits = joins || (left == Family::number && right == Family::number);
        if (!fits) complain(node, "fhirpath-types", {node.text, std::string(family_text(left)), std::string(family_text(right))});
        return fits && !around_ ? system(joins ? "string" : "decimal") : anything(false);
    }

    /// Order between families is an error; equality is false whatever the data are, where one side is a number or a boolean.
    void compare_families(const Node& node, bool orders, Family left, Family right) {
        if (left == Family::any || right == Family::any || left == right) return;
        if (orders) return complain(node, "fhirpath-type", {node.text, "comparable"});
        const auto& symbol = node.text;
        const bool equates = symbol == "=" || symbol == "!=" || symbol == "~" || symbol == "!~";
        const auto is_plain = [](Family family) { return family == Family::number || family == Family::boolean; };
        if (!equates || around_ || (!is_plain(left) && !is_plain(right))) return;
        note(node,
             warning(IssueCode::invalid, "", "fhirpath-never-equal", {std::string(family_text(left)), std::string(family_text(right))}));
    }

    Family family_of(const Shape& shape) const {
        if (!shape.known || shape.types.size() != 1) return Family::any;
        const auto type = shape.types.front().type;
        static const std::set<std::string_view> kNumbers = {"integer", "decimal", "positiveInt", "unsignedInt"};
        static const std::set<std::string_view> kDates = {"date", "dateTime", "instant"};
        if (kNumbers.contains(type)) return Family::number;
        if (kDates.contains(type)) return Family::date;
        if (type == "boolean") return Family::boolean;
        if (type == "time") return Family::time;
        return definitions_.is_a(type, "string") || definitions_.is_a(type, "uri") ? Family::text : Family::any;
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
            if (name == "iif" && i == 1) warn_of_many(*node.children[i], inner, "iif()");
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
        return by_signature(node, focus);
    }

    Shape by_signature(const Node& node, const Shape& focus) {
        const auto* signature = find_signature(node.text);
        if (!signature) return anything();
        if (signature->takes_one) warn_of_many(node, focus, node.text + "()");
        const auto family = family_of(focus);
        if (signature->needs != Family::any && family != Family::any && family != signature->needs)
            complain(node, "fhirpath-type", {node.text + "()", std::string(family_text(signature->needs))});
        if (signature->gives.empty()) return anything();
        auto out = system(signature->gives);
        out.many = signature->gives_many;
        return out;
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
