#include "interaction/graphql/document.hpp"

#include <algorithm>
#include <cctype>

namespace huitong::interaction::graphql {
namespace {

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

void append_code_point(std::string& out, unsigned code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xE0 | (code >> 12));
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

/// Recursive descent; the first failure is kept and everything after it comes to nothing.
class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<Document> document() {
        Document out;
        skip();
        while (at_ < text_.size() && failure_.empty()) definition(out);
        if (failure_.empty() && out.operations.empty()) fail("graphql-syntax");
        if (!failure_.empty()) return std::move(failure_);
        return out;
    }

private:
    void fail(std::string rule, std::vector<std::string> arguments = {}) {
        if (!failure_.empty()) return;
        auto issue = error(IssueCode::invalid, "query", std::move(rule), std::move(arguments));
        const auto before = text_.substr(0, at_);
        const auto row = before.rfind('\n');
        issue.position = TextPosition{"", 1 + static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')),
                                      static_cast<std::uint32_t>(before.size() - (row == before.npos ? 0 : row + 1)) + 1};
        failure_.add(std::move(issue));
        at_ = text_.size();
    }

    /// White space, commas and comments say nothing.
    void skip() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '#') {
                while (at_ < text_.size() && text_[at_] != '\n') ++at_;
            } else if (std::isspace(static_cast<unsigned char>(c)) || c == ',') {
                ++at_;
            } else {
                return;
            }
        }
    }

    bool sees(std::string_view mark) const { return text_.substr(at_).starts_with(mark); }
    bool take(std::string_view mark) {
        if (!sees(mark)) return false;
        at_ += mark.size();
        skip();
        return true;
    }
    void expect(std::string_view mark) {
        if (!take(mark)) fail("graphql-syntax");
    }

    std::string name() {
        const auto begin = at_;
        if (at_ < text_.size() && is_name_start(text_[at_])) {
            while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
        }
        std::string out(text_.substr(begin, at_ - begin));
        if (out.empty()) fail("graphql-syntax");
        skip();
        return out;
    }
    bool sees_name() const { return at_ < text_.size() && is_name_start(text_[at_]); }

    void definition(Document& out) {
        if (sees("{")) {
            out.operations.emplace_back().selections = selections();
            return;
        }
        const auto word = name();
        if (word == "fragment") {
            Fragment made;
            made.name = name();
            if (name() != "on") fail("graphql-syntax");
            made.on = name();
            made.selections = selections();
            out.fragments.push_back(std::move(made));
        } else if (word == "query") {
            operation(out.operations.emplace_back());
        } else {
            fail(word == "mutation" || word == "subscription" ? "graphql-unsupported" : "graphql-syntax", {word});
        }
    }

    void operation(Operation& out) {
        if (sees_name()) out.name = name();
        if (take("(")) {
            while (failure_.empty() && !take(")")) variable(out);
        }
        directives();
        out.selections = selections();
    }

    void variable(Operation& out) {
        expect("$");
        auto named = name();
        expect(":");
        bool required = type();
        Value initial;
        if (take("=")) {
            initial = value();
            required = false;
        }
        if (required) out.required.push_back(named);
        out.variables.emplace_back(std::move(named), std::move(initial));
    }

    /// True when it ends in "!".
    bool type() {
        const DepthGuard guard(*this);
        if (!guard) return false;
        if (take("[")) {
            type();
            expect("]");
        } else {
            name();
        }
        return take("!");
    }

    std::vector<Selection> selections() {
        std::vector<Selection> out;
        const DepthGuard guard(*this);
        if (!guard) return out;
        expect("{");
        while (failure_.empty() && !take("}")) out.push_back(selection());
        if (out.empty()) fail("graphql-syntax");
        return out;
    }

    Selection selection() {
        Selection out;
        if (take("...")) {
            const auto word = sees_name() ? name() : std::string();
            if (word == "on" || word.empty()) {
                out.is_inline = true;
                if (!word.empty()) out.on = name();
                out.directives = directives();
                out.selections = selections();
            } else {
                out.spread = word;
                out.directives = directives();
            }
            return out;
        }
        out.alias = out.name = name();
        if (take(":")) out.name = name();
        out.arguments = arguments();
        out.directives = directives();
        if (sees("{")) out.selections = selections();
        return out;
    }

    std::vector<Argument> arguments() {
        std::vector<Argument> out;
        if (!take("(")) return out;
        while (failure_.empty() && !take(")")) {
            Argument made;
            made.name = name();
            expect(":");
            made.value = value();
            out.push_back(std::move(made));
        }
        return out;
    }

    std::vector<Directive> directives() {
        std::vector<Directive> out;
        while (failure_.empty() && take("@")) {
            Directive made;
            made.name = name();
            made.arguments = arguments();
            out.push_back(std::move(made));
        }
        return out;
    }

    Value value() {
        Value out;
        const DepthGuard guard(*this);
        if (!guard) return out;
        if (take("$")) {
            out.kind = Value::Kind::variable;
            out.text = name();
        } else if (sees("\"")) {
            out.kind = Value::Kind::text;
            out.text = string();
        } else if (take("[")) {
            out.kind = Value::Kind::list;
            while (failure_.empty() && !take("]")) out.items.push_back(value());
        } else if (take("{")) {
            out.kind = Value::Kind::object;
            while (failure_.empty() && !take("}")) {
                out.names.push_back(name());
                expect(":");
                out.items.push_back(value());
            }
        } else if (sees_name()) {
            out.text = name();
            out.kind = out.text == "true" || out.text == "false" ? Value::Kind::boolean
                       : out.text == "null"                      ? Value::Kind::null
                                                                 : Value::Kind::name;
        } else {
            out.kind = Value::Kind::number;
            out.text = number();
        }
        return out;
    }

    std::string number() {
        const auto begin = at_;
        while (at_ < text_.size() && (std::isdigit(static_cast<unsigned char>(text_[at_])) ||
                                      std::string_view("+-.eE").find(text_[at_]) != std::string_view::npos))
            ++at_;
        std::string out(text_.substr(begin, at_ - begin));
        if (out.empty()) fail("graphql-syntax");
        skip();
        return out;
    }

    std::string string() {
        std::string out;
        if (sees("\"\"\"")) {
            const auto end = text_.find("\"\"\"", at_ + 3);
            if (end == text_.npos) fail("graphql-syntax");
            else out = text_.substr(at_ + 3, end - at_ - 3);
            at_ = end == text_.npos ? text_.size() : end + 3;
            skip();
            return out;
        }
        for (++at_; at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n'; ++at_) {
            if (text_[at_] != '\\') out += text_[at_];
            else if (!escape(out)) break;
        }
        if (at_ >= text_.size() || text_[at_] != '"') fail("graphql-syntax");
        else ++at_;
        skip();
        return out;
    }

    /// At a backslash; ends at the last character of the escape.
    bool escape(std::string& out) {
        if (++at_ >= text_.size()) return false;
        const char c = text_[at_];
        constexpr std::string_view kMarks = "\"\\/bfnrt";
        constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
        if (const auto found = kMarks.find(c); found != kMarks.npos) {
            out += kMeant[found];
            return true;
        }
        if (c != 'u' || at_ + 4 >= text_.size()) return false;
        unsigned code = 0;
        for (int i = 0; i < 4; ++i) {
            const auto digit = text_[++at_];
            if (!std::isxdigit(static_cast<unsigned char>(digit))) return false;
            code =
                code * 16 + static_cast<unsigned>(std::isdigit(static_cast<unsigned char>(digit)) ? digit - '0' : (digit | 32) - 'a' + 10);
        }
        if (code >= 0xD800 && code < 0xE000) return false; // surrogates are written as UTF-8
        append_code_point(out, code);
        return true;
    }

    /// One level deeper for as long as it lives.
    class DepthGuard {
    public:
        explicit DepthGuard(Parser& parser) : parser_(parser) {
            if (++parser_.depth_ > kDepthMax) parser_.fail("graphql-depth-max", {std::to_string(kDepthMax)});
        }
        ~DepthGuard() { --parser_.depth_; }
        DepthGuard(const DepthGuard&) = delete;
        DepthGuard& operator=(const DepthGuard&) = delete;
        explicit operator bool() const { return parser_.failure_.empty(); }

    private:
        Parser& parser_;
    };

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    Outcome failure_;
};

} // namespace

Result<Document> read_document(std::string_view text) { return Parser(text).document(); }

} // namespace huitong::interaction::graphql
