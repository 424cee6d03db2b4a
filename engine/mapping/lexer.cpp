#include "mapping/lexer.hpp"

#include <array>

namespace huitong::mapping {
namespace {

class Lexer {
public:
    explicit Lexer(std::string_view text, std::size_t position = 0) : text_(text), position_(position) {}

    std::vector<Token> run() {
        std::vector<Token> out;
        do out.push_back(next());
        while (out.back().kind != Token::Kind::end && out.back().kind != Token::Kind::bad);
        return out;
    }

    Token first() { return next(); }

private:
    char at(std::size_t ahead = 0) const { return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0'; }

    void advance() {
        if (at() == '\n') {
            ++line_;
            column_ = 0;
        }
        // A column counts characters, not bytes.
        if ((static_cast<unsigned char>(at()) & 0xC0) != 0x80) ++column_;
        ++position_;
    }

    Token begin(Token::Kind kind) const {
        Token token;
        token.kind = kind;
        token.place = {static_cast<std::uint32_t>(position_), line_, column_};
        return token;
    }

    Token finish(Token token) const {
        token.end = static_cast<std::uint32_t>(position_);
        return token;
    }

    Token next() {
        while (at() == ' ' || at() == '\t' || at() == '\n' || at() == '\r' || text_.substr(position_).starts_with("\xEF\xBB\xBF")) {
            if (at() == '\xEF') position_ += 2;
            advance();
        }
        if (position_ >= text_.size()) return begin(Token::Kind::end);
        if (at() == '/' && at(1) == '/') return line_comment();
        if (at() == '/' && at(1) == '*') return block_comment();
        const char c = at();
        if (c == '\'' || c == '"' || c == '`') return quoted(c);
        if (is_word_start(c) || c == '$') return word();
        if (c >= '0' && c <= '9') return number();
        if (c == '@') return date();
        return symbol();
    }

    static bool is_word_start(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    }
    static bool is_word_part(char c) { return is_word_start(c) || (c >= '0' && c <= '9'); }

    Token line_comment() {
        const bool is_metadata = at(2) == '/' && at(3) != '/';
        auto token = begin(is_metadata ? Token::Kind::metadata : Token::Kind::comment);
        const auto start = position_ + (is_metadata ? 3 : 2);
        while (position_ < text_.size() && at() != '\n') advance();
        token.text = std::string(text_.substr(start, position_ - start));
        while (!token.text.empty() && (token.text.back() == '\r' || token.text.back() == ' ')) token.text.pop_back();
        return finish(std::move(token));
    }

    Token block_comment() {
        auto token = begin(Token::Kind::comment);
        const auto end = text_.find("*/", position_ + 2);
        if (end == text_.npos) return begin(Token::Kind::bad);
        token.text = std::string(text_.substr(position_ + 2, end - position_ - 2));
        while (position_ < end + 2) advance();
        return finish(std::move(token));
    }

    Token quoted(char quote) {
        auto token = begin(quote == '`' ? Token::Kind::quoted_identifier : quote == '"' ? Token::Kind::double_string : Token::Kind::string);
        advance();
        while (at() != quote) {
            if (position_ >= text_.size()) {
                token.kind = Token::Kind::bad;
                return token;
            }
            if (at() == '\\') {
                advance();
                static constexpr std::array<std::pair<char, char>, 5> kEscapes = {
                    {{'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'f', '\f'}, {'0', '\0'}}};
                char escaped = at();
                for (const auto& [from, to] : kEscapes) {
                    if (from == escaped) escaped = to;
                }
                token.text += escaped;
            } else {
                token.text += at();
            }
            advance();
        }
        advance();
        return finish(std::move(token));
    }

    Token word() {
        auto token = begin(Token::Kind::identifier);
        const auto start = position_;
        advance();
        while (is_word_part(at()) || (at() == '-' && is_word_part(at(1)))) advance();
        token.text = std::string(text_.substr(start, position_ - start));
        return finish(std::move(token));
    }

    Token number() {
        auto token = begin(Token::Kind::number);
        const auto start = position_;
        while (at() >= '0' && at() <= '9') advance();
        if (at() == '.' && at(1) >= '0' && at(1) <= '9') {
            advance();
            while (at() >= '0' && at() <= '9') advance();
        }
        token.text = std::string(text_.substr(start, position_ - start));
        return finish(std::move(token));
    }

    Token date() {
        auto token = begin(Token::Kind::number);
        const auto start = position_;
        advance();
        while (is_word_part(at()) || at() == '-' || at() == ':' || at() == '+' || (at() == '.' && at(1) >= '0' && at(1) <= '9')) advance();
        token.text = std::string(text_.substr(start, position_ - start));
        return finish(std::move(token));
    }

    Token symbol() {
        static constexpr std::array<std::string_view, 10> kLong = {"->", "..", "<<", ">>", "<=", ">=", "!=", "==", "!~", "<>"};
        auto token = begin(Token::Kind::symbol);
        for (const auto symbol : kLong) {
            if (!text_.substr(position_).starts_with(symbol)) continue;
            token.text = symbol;
            advance();
            advance();
            return finish(std::move(token));
        }
        token.text = std::string(1, at());
        advance();
        return finish(std::move(token));
    }

    std::string_view text_;
    std::size_t position_ = 0;
    std::uint32_t line_ = 1, column_ = 1;
};

} // namespace

std::vector<Token> tokenize(std::string_view text) { return Lexer(text).run(); }
Token token_at(std::string_view text, std::size_t offset) { return Lexer(text, offset).first(); }

} // namespace huitong::mapping
