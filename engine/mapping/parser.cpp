/// Recursive descent over the tokens of a map; stops at the first error, which says what was expected.
#include "mapping/lexer.hpp"

#include "base/catalogue.hpp"

#include <algorithm>
#include <array>

namespace huitong::mapping {
namespace {

using Kind = Token::Kind;

constexpr std::array<std::string_view, 5> kSourceListModes = {"first", "not_first", "last", "not_last", "only_one"};
constexpr std::size_t kRuleDepthMax = 200; ///< rules inside each other, as many as a run may stand in
constexpr std::array<std::string_view, 6> kTargetListModes = {"first", "share", "last", "collate", "single", "only_one"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

class Parser {
public:
    Parser(std::string_view text, Map::Ast& ast) : text_(text), ast_(ast) {
        for (auto& token : tokenize(text)) {
            if (token.kind == Kind::comment) comments_.push_back(std::move(token));
            else if (token.kind == Kind::metadata) add_metadata(token);
            else tokens_.push_back(std::move(token));
        }
    }

    Outcome run() {
        parse_header();
        while (ok() && !is_end()) parse_declaration();
        if (ok() && ast_.groups.empty()) fail("group");
        return std::move(issues_);
    }

private:
    const Token& now(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
    bool ok() const { return issues_.empty(); }
    bool is_end() const { return now().kind == Kind::end; }

    void fail_at(const Place& place, std::string rule, std::vector<std::string> arguments) {
        if (!ok()) return;
        auto issue = error(IssueCode::invalid, "", std::move(rule), std::move(arguments));
        issue.position = TextPosition{ast_.file, place.line, place.column};
        issues_.add(std::move(issue));
    }
    void fail_with(std::string rule, std::vector<std::string> arguments) { fail_at(now().place, std::move(rule), std::move(arguments)); }
    void fail(std::string expected) { fail_with("fml-syntax", {std::move(expected), is_end() ? "end of text" : now().text}); }

    bool take(std::string_view symbol) {
        if (!now().is(symbol)) return false;
        ++at_;
        return true;
    }
    bool take_word(std::string_view word) {
        if (!now().is_word(word)) return false;
        ++at_;
        return true;
    }
    void expect(std::string_view symbol) {
        if (!take(symbol)) fail("'" + std::string(symbol) + "'");
    }
    void expect_word(std::string_view word) {
        if (!take_word(word)) fail("'" + std::string(word) + "'");
    }
    bool is_identifier(std::size_t ahead = 0) const {
        return now(ahead).kind == Kind::identifier || now(ahead).kind == Kind::quoted_identifier;
    }
    bool is_text(std::size_t ahead = 0) const { return now(ahead).kind == Kind::string || now(ahead).kind == Kind::double_string; }
    std::string identifier(const char* what) {
        if (!is_identifier() && !(now().kind == Kind::identifier)) {
            fail(what);
            return {};
        }
        return tokens_[at_++].text;
    }
    std::string text_literal(const char* what) {
        if (!is_text()) {
            fail(what);
            return {};
        }
        return tokens_[at_++].text;
    }

    void add_metadata(const Token& token) {
        const auto equals = token.text.find('=');
        if (equals == token.text.npos) return;
        auto trim = [](std::string text) {
            const auto first = text.find_first_not_of(" \t\"'");
            const auto last = text.find_last_not_of(" \t\"'");
            return first == text.npos ? std::string() : text.substr(first, last - first + 1);
        };
        const auto key = trim(token.text.substr(0, equals));
        const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_'; };
        if (key.empty() || !std::ranges::all_of(key, is_name)) return; // three slashes of a comment, not of a property
        const auto written = tokenize(token.text.substr(equals + 1));
        const bool is_quoted = written.size() == 2 && (written[0].kind == Kind::string || written[0].kind == Kind::double_string);
        const auto value = is_quoted ? written[0].text : trim(token.text.substr(equals + 1));
        ast_.metadata.emplace_back(key, value);
        if (key == "url") ast_.url = value;
        else if (key == "name") ast_.name = value;
        else if (key == "title") ast_.title = value;
        else if (key == "status") ast_.status = value;
        else if (key == "version") ast_.version = value;
        else if (key == "description") ast_.description = value;
    }

    void parse_header() {
        if (!take_word("map")) return;
        ast_.url = text_literal("the url of the map");
        expect("=");
        if (is_text()) ast_.name = tokens_[at_++].text;
        else ast_.name = identifier("the name of the map");
        if (is_text()) ast_.description = tokens_[at_++].text;
    }

    void parse_declaration() {
        if (now().is_word("conceptmap")) parse_concept_map();
        else if (now().is_word("uses")) parse_uses();
        else if (now().is_word("imports")) parse_import();
        else if (now().is_word("let")) parse_constant();
        else if (now().is_word("group")) parse_group();
        else fail("uses, imports, let, conceptmap or group");
    }

    void parse_uses() {
        ++at_;
        Uses uses;
        uses.url = text_literal("the url of a structure");
        if (take_word("alias")) uses.alias = identifier("an alias");
        expect_word("as");
        uses.mode = identifier("source, queried, target or produced");
        if (ok() && uses.mode != "source" && uses.mode != "queried" && uses.mode != "target" && uses.mode != "produced") {
            --at_;
            fail("source, queried, target or produced");
        }
        take(";");
        ast_.uses.push_back(std::move(uses));
    }

    void parse_import() {
        ++at_;
        ast_.imports.push_back(text_literal("the url of a map"));
        take(";");
    }

    void parse_constant() {
        ++at_;
        Constant constant;
        constant.place = now().place;
        constant.name = identifier("the name of a constant");
        expect("=");
        constant.expression = expression({";"});
        expect(";");
        ast_.constants.push_back(std::move(constant));
    }

    void parse_concept_map() {
        ++at_;
        EmbeddedConceptMap out;
        out.id = text_literal("the id of a concept map");
        expect("{");
        std::vector<std::pair<std::string, std::string>> prefixes;
        while (ok() && take_word("prefix")) {
            auto name = identifier("a prefix");
            expect("=");
            prefixes.emplace_back(std::move(name), text_literal("a code system url"));
        }
        while (ok() && take_word("unmapped")) {
            expect_word("for");
            identifier("a prefix");
            expect("=");
            if (is_text()) ++at_;
            else identifier("provided or a code");
        }
        auto system_of = [&](const std::string& prefix) {
            for (const auto& [name, url] : prefixes) {
                if (name == prefix) return url;
            }
            --at_;
            fail("a declared prefix");
            return std::string();
        };
        while (ok() && !take("}")) parse_concept_row(out, system_of);
        ast_.concept_maps.push_back(std::move(out));
    }

    template <class SystemOf>
    void parse_concept_row(EmbeddedConceptMap& out, SystemOf system_of) {
        static constexpr std::pair<std::string_view, std::string_view> kRelations[] = {
            {"-", "equivalent"}, {"==", "equal"},    {"=", "equal"},        {"!=", "disjoint"}, {"<=", "narrower"},
            {">=", "wider"},     {"<-", "subsumes"}, {">-", "specializes"}, {"~", "inexact"}};
        EmbeddedConceptMap::Row row;
        row.source_system = system_of(identifier("a prefix"));
        expect(":");
        row.source_code = code();
        std::string relation;
        while (ok() && now().kind == Kind::symbol && relation.size() < 2) relation += tokens_[at_++].text;
        for (const auto& [symbol, word] : kRelations) {
            if (symbol == relation) row.equivalence = word;
        }
        if (row.equivalence.empty()) fail("a relationship such as - or ==");
        row.target_system = system_of(identifier("a prefix"));
        expect(":");
        row.target_code = code();
        out.rows.push_back(std::move(row));
    }

    std::string code() {
        if (is_text() || now().kind == Kind::number || is_identifier()) return tokens_[at_++].text;
        fail("a code");
        return {};
    }

    /// Comments up to here, line by line.
    std::vector<std::string> comments_before(const Place& place) {
        std::vector<std::string> out;
        const auto end = std::find_if(comments_.begin(), comments_.end(), [&](const auto& one) { return one.place.offset > place.offset; });
        for (auto at = comments_.begin(); at != end; ++at) {
            for (std::string_view rest = at->text; !rest.empty();) {
                const auto line = rest.substr(0, rest.find('\n'));
                const auto last = line.find_last_not_of(" \t\r");
                if (last != line.npos) out.emplace_back(line.substr(0, last + 1));
                rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            }
        }
        comments_.erase(comments_.begin(), end);
        return out;
    }

    void parse_group() {
        Group group;
        group.place = now().place;
        group.comments = comments_before(group.place);
        ++at_;
        group.name_place = now().place;
        group.name = identifier("the name of a group");
        expect("(");
        while (ok() && !take(")")) {
            Input input;
            input.mode = identifier("source or target");
            if (ok() && input.mode != "source" && input.mode != "target") {
                --at_;
                fail("source or target");
                return;
            }
            input.place = now().place;
            input.name = identifier("the name of an input");
            if (take(":")) input.type = type_name();
            group.inputs.push_back(std::move(input));
            if (!take(",") && !now().is(")")) fail("',' or ')'");
        }
        if (take_word("extends")) {
            group.extends_place = now().place;
            group.extends = identifier("the name of a group");
        }
        if (take("<<")) {
            group.type_mode = identifier("types or type+types");
            // "type+types" and the older "type+" mean that the group is also the default for its source type alone.
            while (ok() && take("+")) {
                group.type_mode = "type-and-types";
                if (is_identifier()) ++at_;
            }
            if (ok() && group.type_mode != "types" && group.type_mode != "type-and-types") {
                --at_;
                fail("types or type+");
            }
            expect(">>");
        }
        expect("{");
        while (ok() && !take("}")) group.rules.push_back(parse_rule());
        ast_.groups.push_back(std::move(group));
    }

    std::string type_name() {
        if (is_text()) return tokens_[at_++].text;
        auto out = identifier("a type");
        while (take(".")) out += '.' + identifier("a type");
        return out;
    }

    Rule parse_rule() {
        Rule rule;
        rule.place = now().place;
        rule.comments = comments_before(rule.place);
        if (now().is_word("for") && is_identifier(1)) {
            fail_with("fml-for-make", {});
            return rule;
        }
        do rule.sources.push_back(parse_source());
        while (ok() && take(","));
        if (ok() && take("->")) {
            do rule.targets.push_back(parse_target());
            while (ok() && take(","));
        }
        if (ok() && take_word("then")) parse_dependents(rule);
        if (ok() && (is_text() || (is_identifier() && now(1).is(";")))) rule.name = tokens_[at_++].text;
        if (!take(";") && !now().is("}")) fail("';'");
        else if (now().is("}") && tokens_[at_ - 1].text != ";" && tokens_[at_ - 1].text != "}") fail("';'");
        return rule;
    }

    void parse_dependents(Rule& rule) {
        if (now().is("{")) return parse_block(rule);
        do {
            Dependent dependent;
            dependent.place = now().place;
            dependent.group = identifier("the name of a group");
            expect("(");
            while (ok() && !take(")")) {
                dependent.arguments.push_back(parse_parameter());
                if (!take(",") && !now().is(")")) fail("',' or ')'");
            }
            rule.dependents.push_back(std::move(dependent));
        } while (ok() && take(","));
        if (ok() && now().is("{")) parse_block(rule);
    }

    void parse_block(Rule& rule) {
        expect("{");
        if (++depth_ > kRuleDepthMax) fail_with("fml-depth", {std::to_string(kRuleDepthMax)});
        while (ok() && !take("}")) rule.rules.push_back(parse_rule());
        --depth_;
    }

    void parse_path(std::string& context, std::string& element) {
        context = identifier("a variable");
        if (take(".")) element = identifier("an element");
        // Further steps are kept with dots: "a.b.c" reads the elements one inside the other.
        while (ok() && take(".")) element += '.' + identifier("an element");
    }

    /// `as v` of a source or a target.
    template <class SourceOrTarget>
    void parse_alias(SourceOrTarget& out) {
        if (!take_word("as")) return;
        out.variable_place = now().place;
        out.variable = identifier("a variable");
    }

    Source parse_source() {
        Source out;
        out.place = now().place;
        parse_path(out.context, out.element);
        if (take(":")) out.type = type_name();
        if (now().kind == Kind::number && now(1).is("..")) {
            out.min = tokens_[at_].text;
            at_ += 2;
            if (now().kind != Kind::number && !now().is("*")) fail("a number or '*'");
            out.max = tokens_[at_++].text;
        }
        if (take_word("default")) out.default_value = parse_parameter();
        if (is_identifier() && contains(kSourceListModes, now().text)) out.list_mode = tokens_[at_++].text;
        parse_alias(out);
        for (bool more = true; more && ok();) {
            more = false;
            if (take_word("where")) out.where = expression({"->", ",", ";"}), more = true;
            if (take_word("check")) out.check = expression({"->", ",", ";"}), more = true;
            if (take_word("log")) out.log = expression({"->", ",", ";"}), more = true;
        }
        return out;
    }

    Target parse_target() {
        Target out;
        out.place = now().place;
        if (now().is("(")) {
            out.transform = "evaluate";
            out.parameters.push_back(parenthesis());
        } else if (is_identifier() && now(1).is("(")) {
            parse_transform(out);
        } else {
            parse_path(out.context, out.element);
            if (take("=")) parse_transform(out);
        }
        parse_alias(out);
        while (ok() && is_identifier() && contains(kTargetListModes, now().text)) {
            out.list_modes.push_back(tokens_[at_++].text);
            if (out.list_modes.back() == "share") out.list_rule = identifier("the name of a shared rule");
        }
        return out;
    }

    void parse_transform(Target& out) {
        if (now().is("(")) {
            out.transform = "evaluate";
            out.parameters.push_back(parenthesis());
            return;
        }
        if (is_identifier() && now(1).is("(")) {
            out.transform = tokens_[at_].text;
            at_ += 2;
            while (ok() && !take(")")) {
                // evaluate's last argument is FHIRPath text, not a parameter.
                const bool is_formula = out.transform == "evaluate" && !out.parameters.empty() && !is_text();
                out.parameters.push_back(is_formula ? as_parameter(expression({")"})) : parse_parameter());
                // Written as a text, as R4 has it, it is the same formula.
                auto& last = out.parameters.back();
                if (out.transform == "evaluate" && out.parameters.size() > 1 && last.kind == Parameter::Kind::text)
                    last.kind = Parameter::Kind::expression;
                if (!take(",") && !now().is(")")) fail("',' or ')'");
            }
            return;
        }
        if (is_identifier() && !is_boolean() && (now(1).is(".") || now().kind == Kind::identifier)) {
            std::string context, element;
            const auto place = now().place;
            parse_path(context, element);
            if (element.empty()) {
                out.transform = "copy";
                out.parameters.push_back({Parameter::Kind::variable, std::move(context), place});
            } else {
                out.transform = "evaluate";
                out.parameters.push_back({Parameter::Kind::expression, text_from(place), place});
            }
            return;
        }
        out.transform = "copy";
        out.parameters.push_back(parse_parameter());
    }

    bool is_boolean() const { return now().kind == Kind::identifier && (now().text == "true" || now().text == "false"); }

    Parameter parse_parameter() {
        Parameter out;
        out.place = now().place;
        if (now().is("(")) return parenthesis();
        if (take("%")) return {Parameter::Kind::variable, identifier("a variable"), out.place};
        const bool negative = now().is("-") && now(1).kind == Kind::number;
        if (negative) ++at_;
        if (is_text()) out.kind = Parameter::Kind::text;
        else if (now().kind == Kind::number)
            out.kind = now().text.starts_with('@')                 ? Parameter::Kind::date
                       : now().text.find('.') == std::string::npos ? Parameter::Kind::integer
                                                                   : Parameter::Kind::decimal;
        else if (is_boolean()) out.kind = Parameter::Kind::boolean;
        else if (is_identifier()) out.kind = Parameter::Kind::variable;
        else {
            fail("a literal or a variable");
            return out;
        }
        out.value = (negative ? "-" : "") + tokens_[at_++].text;
        if (out.kind == Parameter::Kind::date) out.value.erase(0, 1);
        if (out.kind == Parameter::Kind::variable && now().is(".")) {
            // A path as an argument is an expression over the variable.
            while (take(".")) identifier("an element");
            return {Parameter::Kind::expression, text_from(out.place), out.place};
        }
        return out;
    }

    /// What stands between a place and the last token taken.
    std::string text_from(const Place& place) const { return std::string(text_.substr(place.offset, tokens_[at_ - 1].end - place.offset)); }
    static Parameter as_parameter(Formula formula) { return {Parameter::Kind::expression, std::move(formula.text), formula.place}; }

    /// "( … )" with balanced parentheses; gives what stands inside.
    Parameter parenthesis() {
        expect("(");
        auto out = expression({")"});
        expect(")");
        return as_parameter(std::move(out));
    }

    /// The text of a FHIRPath expression up to a terminator outside of brackets; the terminator is not taken.
    Formula expression(std::initializer_list<std::string_view> terminators) {
        const auto first = at_;
        Formula out;
        out.place = now().place;
        if (now().kind == Kind::double_string) {
            out.text = tokens_[at_++].text;
            return out;
        }
        int depth = 0;
        while (!is_end() && now().kind != Kind::bad) {
            const auto& token = now();
            if (depth == 0 && token.kind == Kind::symbol &&
                std::find(terminators.begin(), terminators.end(), token.text) != terminators.end())
                break;
            if (depth == 0 && (token.is("}") && !now(1).is(")") && terminators.size() > 1)) break;
            if (depth == 0 && at_ != first && terminators.size() > 1 &&
                (token.is_word("then") || token.is_word("check") || token.is_word("log") || token.kind == Kind::double_string))
                break;
            if (token.is("(") || token.is("[") || token.is("{")) ++depth;
            if (token.is(")") || token.is("]") || token.is("}")) --depth;
            if (depth < 0) break;
            ++at_;
        }
        if (at_ == first) {
            fail("an expression");
            return out;
        }
        out.text = text_from(out.place);
        if (const auto parsed = fhirpath::Expression::parse(out.text); !parsed) {
            const auto failure = parsed.error();
            auto place = out.place;
            if (const auto& inside = failure.leading()->position; inside && inside->line == 1) place.column += inside->column - 1;
            fail_at(place, "fml-fhirpath", {text_of(*failure.leading(), Language::en)});
        }
        return out;
    }

    std::string_view text_;
    Map::Ast& ast_;
    std::vector<Token> tokens_;
    std::vector<Token> comments_; ///< not yet given to a group or a rule
    std::size_t at_ = 0;
    std::size_t depth_ = 0; ///< rules inside each other
    Outcome issues_;
};

} // namespace

Map::Map() : ast_(std::make_shared<Ast>()) {}
Map::Map(Map&&) noexcept = default;
Map& Map::operator=(Map&&) noexcept = default;
Map::~Map() = default;

Parsed<Map> Map::parse(std::string_view text, std::string file) {
    Parsed<Map> out;
    auto ast = std::make_shared<Ast>();
    ast->file = std::move(file);
    ast->source_text = std::string(text);
    const std::string& kept = ast->source_text;
    out.issues = Parser(kept, *ast).run();
    out.value.ast_ = std::move(ast);
    return out;
}

std::string Map::file() const { return ast_->file; }
std::string Map::url() const { return ast_->url; }
std::string Map::version() const { return ast_->version; }

} // namespace huitong::mapping
