#include "fhirpath/lexer.hpp"

#include <array>

namespace huitong::fhirpath {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80; }

void append_code_point(std::uint32_t code, std::string& out) {
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

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Result<std::vector<Token>> run() {
        std::vector<Token> out;
        for (;;) {
            if (!skip_space()) return failure("an unclosed comment");
            Token token;
            token.line = line_;
            token.column = column_;
            if (at_ >= text_.size()) {
                out.push_back(token);
                return out;
            }
            if (!read(token)) return failure(std::string("'") + text_[at_ < text_.size() ? at_ : text_.size() - 1] + "'");
            out.push_back(std::move(token));
        }
    }

private:
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    char take() {
        const char c = text_[at_++];
        if (c == '\n') {
            ++line_;
            column_ = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
            ++column_;
        }
        return c;
    }

    Outcome failure(std::string what) const {
        auto issue = error(IssueCode::invalid, "", "fhirpath-syntax", {std::move(what)});
        issue.position = TextPosition{"", line_, column_};
        return issue;
    }

    bool skip_space() {
        for (;;) {
            const char c = peek();
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
                take();
            } else if (c == '/' && peek(1) == '/') {
                while (at_ < text_.size() && peek() != '\n') take();
            } else if (c == '/' && peek(1) == '*') {
                take(), take();
                while (at_ < text_.size() && !(peek() == '*' && peek(1) == '/')) take();
                if (at_ >= text_.size()) return false;
                take(), take();
            } else {
                return true;
            }
        }
    }

    bool read(Token& token) {
        const char c = peek();
        if (is_letter(c)) {
            token.kind = TokenKind::identifier;
            while (is_letter(peek()) || is_digit(peek())) token.text += take();
            return true;
        }
        if (is_digit(c)) return number(token);
        if (c == '\'' || c == '"') return token.kind = TokenKind::string, quoted(token);
        if (c == '`') return token.kind = TokenKind::quoted_identifier, quoted(token);
        if (c == '@') return date(token);
        if (c == '%') return external(token);
        if (c == '$') {
            token.kind = TokenKind::identifier;
            token.text += take();
            while (is_letter(peek())) token.text += take();
            return token.text == "$this" || token.text == "$index" || token.text == "$total";
        }
        return symbol(token);
    }

    bool number(Token& token) {
        token.kind = TokenKind::number;
        while (is_digit(peek())) token.text += take();
        if (peek() == '.' && is_digit(peek(1))) {
            token.text += take();
            while (is_digit(peek())) token.text += take();
        }
        if (peek() == 'L' && !is_letter(peek(1))) take(); // long literal
        return true;
    }

    bool quoted(Token& token) {
        const char quote = take();
        while (at_ < text_.size() && peek() != quote) {
            const char c = take();
            if (c != '\\') {
                token.text += c;
            } else if (!escape(token.text)) {
                return false;
            }
        }
        if (at_ >= text_.size()) return false;
        take();
        return true;
    }

    bool escape(std::string& out) {
        if (at_ >= text_.size()) return false;
        const char c = take();
        switch (c) {
        case 'n': out += '\n'; return true;
        case 'r': out += '\r'; return true;
        case 't': out += '\t'; return true;
        case 'f': out += '\f'; return true;
        case '\'':
        case '"':
        case '`':
        case '\\':
        case '/': out += c; return true;
        case 'u': break;
        default: return false;
        }
        std::uint32_t code = 0;
        for (int i = 0; i < 4; ++i) {
            const char h = peek();
            const int digit = is_digit(h) ? h - '0' : h >= 'a' && h <= 'f' ? h - 'a' + 10 : h >= 'A' && h <= 'F' ? h - 'A' + 10 : -1;
            if (digit < 0) return false;
            code = code * 16 + static_cast<std::uint32_t>(digit);
            take();
        }
        append_code_point(code, out);
        return true;
    }

    bool date(Token& token) {
        take();
        token.kind = TokenKind::date;
        if (peek() == 'T') {
            take();
            token.kind = TokenKind::time;
            while (is_digit(peek()) || peek() == ':' || (peek() == '.' && is_digit(peek(1)))) token.text += take();
            return !token.text.empty();
        }
        while (is_digit(peek()) || (peek() == '-' && is_digit(peek(1)))) token.text += take();
        if (peek() != 'T') return !token.text.empty();
        token.kind = TokenKind::date_time;
        token.text += take();
        while (is_digit(peek()) || peek() == ':' || (peek() == '.' && is_digit(peek(1)))) token.text += take();
        if (peek() == 'Z') {
            token.text += take();
        } else if ((peek() == '+' || peek() == '-') && is_digit(peek(1)) && is_digit(peek(2)) && peek(3) == ':') {
            while (is_digit(peek()) || peek() == ':' || peek() == '+' || peek() == '-') token.text += take();
        }
        return true;
    }

    bool external(Token& token) {
        take();
        token.kind = TokenKind::external;
        if (peek() == '\'' || peek() == '`' || peek() == '"') return quoted(token);
        while (is_letter(peek()) || is_digit(peek()) || (peek() == '-' && is_letter(peek(1)))) token.text += take();
        return !token.text.empty();
    }

    bool symbol(Token& token) {
        static constexpr std::array<std::string_view, 4> kDouble = {"<=", ">=", "!=", "!~"};
        token.kind = TokenKind::symbol;
        for (const auto pair : kDouble) {
            if (text_.substr(at_).starts_with(pair)) {
                token.text = pair;
                take(), take();
                return true;
            }
        }
        if (std::string_view(".[](){}+-*/&|<>=~,").find(peek()) == std::string_view::npos) return false;
        token.text = take();
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::uint32_t line_ = 1, column_ = 1;
};

} // namespace

Result<std::vector<Token>> read_tokens(std::string_view text) { return Lexer(text).run(); }

} // namespace huitong::fhirpath
