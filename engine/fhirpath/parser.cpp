#include "fhirpath/ast.hpp"
#include "fhirpath/lexer.hpp"
#include "fhirpath/nearest.hpp"

#include <algorithm>

namespace huitong::fhirpath {
namespace {

constexpr std::uint32_t kDepthMax = 200; ///< nested parentheses and operators; far below the stack's end
constexpr std::uint32_t kHeightMax =
    1000; ///< of the tree: "a.a.a…" and "1+1+1…" grow it without nesting; each level is a call that evaluates
constexpr int kTypePrecedence = 8;

/// Binding strength of the binary operators, weakest first (FHIRPath 2.0.0, "Operator precedence").
int precedence_of(const Token& token) {
    static constexpr std::pair<std::string_view, int> kTable[] = {
        {"implies", 1},
        {"or", 2},
        {"xor", 2},
        {"and", 3},
        {"in", 4},
        {"contains", 4},
        {"=", 5},
        {"~", 5},
        {"!=", 5},
        {"!~", 5},
        {"<", 6},
        {">", 6},
        {"<=", 6},
        {">=", 6},
        {"|", 7},
        {"is", kTypePrecedence},
        {"as", kTypePrecedence},
        {"+", 9},
        {"-", 9},
        {"&", 9},
        {"*", 10},
        {"/", 10},
        {"div", 10},
        {"mod", 10},
    };
    if (token.kind != TokenKind::symbol && token.kind != TokenKind::identifier) return 0;
    for (const auto& [text, strength] : kTable) {
        if (text == token.text) return strength;
    }
    return 0;
}

bool is_calendar_unit(std::string_view word) {
    static constexpr std::string_view kWords[] = {"year", "month", "week", "day", "hour", "minute", "second", "millisecond"};
    if (word.ends_with('s')) word.remove_suffix(1);
    return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

class Parser {
public:
    explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    Result<NodePtr> run() {
        auto node = expression(1);
        if (failed_) return std::move(failure_);
        if (peek().kind != TokenKind::end) return unexpected();
        return node;
    }

private:
    const Token& peek() const { return tokens_[at_]; }
    Token take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
    bool is_symbol(std::string_view text) const { return peek().kind == TokenKind::symbol && peek().text == text; }
    bool take_symbol(std::string_view text) {
        if (!is_symbol(text)) return false;
        ++at_;
        return true;
    }

    Outcome unexpected() {
        const auto& token = peek();
        auto issue = error(IssueCode::invalid, "", "fhirpath-syntax", {token.kind == TokenKind::end ? "the end" : "'" + token.text + "'"});
        issue.position = TextPosition{"", token.line, token.column};
        return issue;
    }
    NodePtr fail(Outcome outcome) {
        if (!failed_) failure_ = std::move(outcome);
        failed_ = true;
        return std::make_unique<Node>();
    }
    NodePtr make(NodeKind kind, std::string text = {}) {
        auto node = std::make_unique<Node>();
        node->kind = kind;
        node->text = std::move(text);
        node->line = peek().line;
        node->column = peek().column;
        return node;
    }

    NodePtr too_deep(std::uint32_t limit) { return fail(error(IssueCode::too_costly, "", "fhirpath-depth-max", {std::to_string(limit)})); }

    void adopt(Node& node, NodePtr child) {
        if (child) node.height = std::max(node.height, child->height + 1);
        node.children.push_back(std::move(child));
        if (node.height > kHeightMax) too_deep(kHeightMax);
    }

    NodePtr expression(int weakest) {
        if (++depth_ > kDepthMax) return too_deep(kDepthMax);
        auto left = unary();
        while (!failed_) {
            const int strength = precedence_of(peek());
            if (strength < weakest || strength == 0) break;
            if (strength == kTypePrecedence) {
                auto node = make(peek().text == "is" ? NodeKind::type_is : NodeKind::type_as);
                take();
                node->text = type_name();
                adopt(*node, std::move(left));
                left = std::move(node);
                continue;
            }
            auto node = make(NodeKind::binary, take().text);
            adopt(*node, std::move(left));
            adopt(*node, expression(strength + 1));
            left = std::move(node);
        }
        --depth_;
        return left;
    }

    NodePtr unary() {
        if (is_symbol("-") || is_symbol("+")) {
            const bool negative = take().text == "-";
            if (++depth_ > kDepthMax) return too_deep(kDepthMax);
            auto node = make(NodeKind::negate, negative ? "-" : "+");
            adopt(*node, unary());
            --depth_;
            return node;
        }
        return postfix();
    }

    NodePtr postfix() {
        auto node = term();
        while (!failed_) {
            if (take_symbol(".")) {
                node = invocation(std::move(node));
            } else if (is_symbol("[")) {
                auto at = make(NodeKind::item_at);
                take();
                adopt(*at, std::move(node));
                adopt(*at, expression(1));
                if (!take_symbol("]")) return fail(unexpected());
                node = std::move(at);
            } else {
                break;
            }
        }
        return node;
    }

    NodePtr invocation(NodePtr focus) {
        const auto& token = peek();
        if (token.kind != TokenKind::identifier && token.kind != TokenKind::quoted_identifier) return fail(unexpected());
        if (token.kind == TokenKind::identifier && token.text == "$this") {
            take();
            return focus;
        }
        auto node = make(NodeKind::member, token.text);
        const bool quoted = token.kind == TokenKind::quoted_identifier;
        take();
        adopt(*node, std::move(focus));
        return !quoted && is_symbol("(") ? call(std::move(node)) : std::move(node);
    }

    /// `node` names the function and holds the focus (or null) as its first child.
    NodePtr call(NodePtr node) {
        node->kind = NodeKind::call;
        node->function = find_function(node->text);
        if (!node->function) return fail(positioned(*node, "fhirpath-unknown-function", {node->text, nearest_function(node->text)}));
        take();
        if (!is_symbol(")")) {
            do {
                adopt(*node, node->text == "sort" ? sort_key() : expression(1));
            } while (!failed_ && take_symbol(","));
        }
        if (failed_ || !take_symbol(")")) return fail(unexpected());
        const int count = static_cast<int>(node->children.size()) - 1;
        const auto& function = *node->function;
        const bool fits = count >= function.arguments_min && (function.arguments_max < 0 || count <= function.arguments_max);
        return fits ? std::move(node) : fail(positioned(*node, "fhirpath-arity", {node->text, std::to_string(count)}));
    }

    /// `family desc` is what `-family` says; "asc" is how it is anyway.
    NodePtr sort_key() {
        auto key = expression(1);
        if (failed_ || peek().kind != TokenKind::identifier || (peek().text != "asc" && peek().text != "desc")) return key;
        if (take().text == "asc") return key;
        auto node = make(NodeKind::negate, "-");
        adopt(*node, std::move(key));
        return node;
    }

    static Outcome positioned(const Node& node, std::string rule, std::vector<std::string> arguments) {
        auto issue = error(IssueCode::invalid, "", std::move(rule), std::move(arguments));
        issue.position = TextPosition{"", node.line, node.column};
        return issue;
    }

    NodePtr term() {
        const auto token = peek();
        switch (token.kind) {
        case TokenKind::string: return literal(std::string(take().text));
        case TokenKind::number: return number();
        case TokenKind::date:
        case TokenKind::date_time:
        case TokenKind::time: return date();
        case TokenKind::external: {
            auto node = make(NodeKind::variable, token.text);
            take();
            return node;
        }
        case TokenKind::identifier:
        case TokenKind::quoted_identifier: return name();
        case TokenKind::symbol: break;
        case TokenKind::end: return fail(unexpected());
        }
        if (is_symbol("{")) {
            auto node = make(NodeKind::empty);
            take();
            return take_symbol("}") ? std::move(node) : fail(unexpected());
        }
        if (take_symbol("(")) {
            auto inner = expression(1);
            if (failed_) return inner;
            return take_symbol(")") ? std::move(inner) : fail(unexpected());
        }
        return fail(unexpected());
    }

    NodePtr name() {
        const auto token = peek();
        if (token.kind == TokenKind::identifier) {
            if (token.text == "$this") return special(NodeKind::self);
            if (token.text == "$index") return special(NodeKind::index);
            if (token.text == "$total") return special(NodeKind::total);
            if (token.text == "true" || token.text == "false") return literal(take().text == "true");
        }
        auto node = make(NodeKind::member, token.text);
        take();
        node->children.push_back(nullptr);
        return token.kind == TokenKind::identifier && is_symbol("(") ? call(std::move(node)) : std::move(node);
    }

    NodePtr special(NodeKind kind) {
        auto node = make(kind);
        take();
        return node;
    }

    template <class Value>
    NodePtr literal(Value value) {
        auto node = make(NodeKind::literal);
        node->value.value = std::move(value);
        return node;
    }

    NodePtr number() {
        const auto text = take().text;
        const auto value = Decimal::read(text);
        if (!value) return fail(unexpected());
        if (peek().kind == TokenKind::string) return literal(Quantity{*value, take().text, false});
        if (peek().kind == TokenKind::identifier && is_calendar_unit(peek().text)) return literal(Quantity{*value, take().text, true});
        const auto whole = value->to_int64();
        if (text.find('.') == text.npos && whole && *whole <= INT64_MAX) return literal(*whole);
        return literal(*value);
    }

    NodePtr date() {
        const auto token = take();
        if (token.kind == TokenKind::time) {
            const auto value = read_time(token.text);
            return value ? literal(TimeValue{*value}) : fail(positioned_token(token));
        }
        const auto value = read_date_time(token.text);
        if (!value) return fail(positioned_token(token));
        return token.kind == TokenKind::date ? literal(DateValue{*value}) : literal(DateTimeValue{*value});
    }

    static Outcome positioned_token(const Token& token) {
        auto issue = error(IssueCode::invalid, "", "fhirpath-syntax", {"'" + token.text + "'"});
        issue.position = TextPosition{"", token.line, token.column};
        return issue;
    }

    std::string type_name() {
        std::string out;
        do {
            if (peek().kind != TokenKind::identifier && peek().kind != TokenKind::quoted_identifier) {
                fail(unexpected());
                return out;
            }
            out += (out.empty() ? "" : ".") + take().text;
        } while (take_symbol("."));
        return out;
    }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::uint32_t depth_ = 0;
    bool failed_ = false;
    Outcome failure_;
};

} // namespace

Result<NodePtr> parse_expression(std::string_view text) {
    auto tokens = read_tokens(text);
    if (!tokens) return tokens.error();
    return Parser(std::move(*tokens)).run();
}

} // namespace huitong::fhirpath
