// FHIRPath 2.0.0 with the rules of FHIR R4: cases by section in tests/vectors/fhirpath/expressions.tsv (all our own).
#include "fhirpath/fhirpath.hpp"

#include "fhir/json.hpp"
#include "support/definitions.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::fhirpath;
using huitong::tests::r4_definitions;
using huitong::tests::rule_of;

namespace {

constexpr Instant kNow{1'767'225'600'000'000}; // 2026-01-01T00:00:00Z, morning in the ward

const fhir::DocumentPtr& document(const std::string& name) {
    static std::map<std::string, fhir::DocumentPtr> documents;
    auto& found = documents[name];
    if (!found) {
        auto parsed =
            fhir::read_json(huitong::tests::read_file(huitong::tests::source_folder() / "tests/vectors/fhirpath" / (name + ".json")));
        BOOST_REQUIRE_MESSAGE(parsed.issues.empty(), name << ".json: " << rule_of(parsed.issues));
        found = parsed.value;
    }
    return found;
}

EvaluationContext context() {
    EvaluationContext out;
    out.definitions = &r4_definitions();
    out.now = kNow;
    return out;
}

/// Values joined by " ; ", "{}" for none, "!rule" for a failure.
std::string answer(const std::string& text, const EvaluationContext& given, fhir::Element input) {
    const auto expression = Expression::parse(text);
    if (!expression) return "!" + rule_of(expression.error());
    const auto values = expression->evaluate(given, input);
    if (!values) return "!" + rule_of(values.error());
    std::string out;
    for (const auto& value : *values) out += (out.empty() ? "" : " ; ") + value_text(value);
    return values->empty() ? "{}" : out;
}

std::string answer(const std::string& text) { return answer(text, context(), document("patient")->root()); }

} // namespace

BOOST_AUTO_TEST_SUITE(expressions)

BOOST_AUTO_TEST_CASE(cases_by_section) {
    const auto table = huitong::tests::read_vectors("fhirpath/expressions.tsv");
    BOOST_TEST(table.rows.size() > 200u);
    for (const auto& row : table.rows) {
        const std::string expression(table.cell(row, "expression")), input(table.cell(row, "input"));
        BOOST_TEST_CONTEXT("line " << row.line << ", " << table.cell(row, "section") << ": " << expression) {
            BOOST_TEST(answer(expression, context(), document(input.empty() ? "patient" : input)->root()) == table.cell(row, "expected"));
        }
    }
}

// FHIRPath 2.0.0 §6.5: the tables of and, or, xor, implies in full; the empty collection means "unknown", never "false".
BOOST_AUTO_TEST_CASE(three_valued_logic_in_full) {
    const std::string values[] = {"true", "false", "{}"};
    const auto unknown = [](const std::string& value) { return value == "{}"; };
    for (const auto& a : values) {
        for (const auto& b : values) {
            BOOST_TEST_CONTEXT(a << ", " << b) {
                BOOST_TEST(answer(a + " and " + b) == (a == "false" || b == "false" ? "false" : unknown(a) || unknown(b) ? "{}" : "true"));
                BOOST_TEST(answer(a + " or " + b) == (a == "true" || b == "true" ? "true" : unknown(a) || unknown(b) ? "{}" : "false"));
                BOOST_TEST(answer(a + " xor " + b) == (unknown(a) || unknown(b) ? "{}" : a != b ? "true" : "false"));
                BOOST_TEST(answer(a + " implies " + b) == (a == "false" || b == "true"   ? "true"
                                                           : a == "true" && b == "false" ? "false"
                                                                                         : "{}"));
            }
        }
    }
    BOOST_TEST(answer("true.not()") == "false");
    BOOST_TEST(answer("false.not()") == "true");
    BOOST_TEST(answer("{}.not()") == "{}");
}

BOOST_AUTO_TEST_CASE(the_static_check_names_the_nearest_element) {
    const auto table = huitong::tests::read_vectors("fhirpath/check.tsv");
    for (const auto& row : table.rows) {
        BOOST_TEST_CONTEXT("line " << row.line << ": " << table.cell(row, "expression")) {
            const auto expression = Expression::parse(table.cell(row, "expression"));
            BOOST_REQUIRE(expression);
            const auto issues = expression->check(r4_definitions(), table.cell(row, "type"));
            BOOST_TEST(rule_of(issues) == table.cell(row, "rule"));
            if (const auto nearest = table.cell(row, "nearest"); !nearest.empty() && !issues.empty()) {
                BOOST_REQUIRE_EQUAL(issues.leading()->arguments.size(), 2u);
                BOOST_TEST(issues.leading()->arguments[1] == nearest);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_syntax_error_tells_line_and_column) {
    const auto expression = Expression::parse("name\n  .given )");
    BOOST_REQUIRE(!expression);
    BOOST_REQUIRE(expression.error().leading()->position);
    BOOST_TEST(expression.error().leading()->position->line == 2u);
    BOOST_TEST(expression.error().leading()->position->column == 10u);
}

// A rule of a sheet must not stop the hub: steps and depth are bounded.
BOOST_AUTO_TEST_CASE(steps_are_bounded) {
    auto given = context();
    given.steps_max = 500;
    const std::string many = "(1|2|3|4|5|6|7|8|9).select((1|2|3|4|5|6|7|8|9).select((1|2|3|4|5|6|7|8|9).select($this * 2))).count()";
    BOOST_TEST(answer(many, given, {}) == "!fhirpath-steps-max");
    BOOST_TEST(answer("1 + 1", given, {}) == "2");
}

// Expressions whose work or whose values grow without end stop by the budget, not by memory.
BOOST_AUTO_TEST_CASE(what_grows_without_end_is_too_costly) {
    const std::string ten = "(1|2|3|4|5|6|7|8|9|10)";
    const std::string forty =
        "(" + ten + " | " + ten + ".select($this + 10) | " + ten + ".select($this + 20) | " + ten + ".select($this + 30))";
    const std::string bombs[] = {
        forty + ".aggregate($total & $total, 'ab')",
        forty + ".aggregate($total.combine($total), 1)",
        forty + ".select(" + forty + ".select(" + forty + ".select(" + forty + ")))",
        "'a'.repeatAll($this & 'a')",
        forty + ".aggregate($total.replace('a', 'aaaa'), 'a')",
        forty + ".aggregate($total.encode('hex'), 'ab')",
        forty + ".select('" + std::string(400'000, 'a') + "'.encode('base64'))",
        "'" + std::string(300'000, 'a') + "'.toChars()",
        "'" + std::string(300'000, 'a') + "'.split('a')",
        forty + R"(.aggregate($total.escape('json'), '\\'))",
    };
    for (const auto& bomb : bombs) {
        BOOST_TEST_CONTEXT(bomb) {
            const auto expression = Expression::parse(bomb);
            BOOST_REQUIRE(expression);
            const auto values = expression->evaluate(context(), document("patient")->root());
            BOOST_REQUIRE(!values);
            BOOST_TEST((values.error().leading()->code == IssueCode::too_costly));
        }
    }
}

BOOST_AUTO_TEST_CASE(nesting_is_bounded) {
    BOOST_TEST(answer(std::string(10'000, '(') + "1" + std::string(10'000, ')')) == "!fhirpath-depth-max");
    BOOST_TEST(answer(std::string(10'000, '-') + "1") == "!fhirpath-depth-max");
    BOOST_TEST(answer(std::string(20, '(') + "1" + std::string(20, ')')) == "1");
    const auto chain = [](std::string head, const std::string& link, int links) {
        while (links-- > 0) head += link;
        return head;
    };
    for (const auto* link : {".a", "[0]", ".not()", " + 1", " | 1", " is X", " and true"})
        BOOST_TEST(answer(chain("a", link, 200'000)) == "!fhirpath-depth-max", link);
    BOOST_TEST(answer(chain("1", " | 1", 300)) == "1");
}

BOOST_AUTO_TEST_CASE(now_stands_still_within_an_evaluation_and_speaks_the_zone_of_the_server) {
    BOOST_TEST(answer("now()") == "2026-01-01T08:00:00.000+08:00");
    BOOST_TEST(answer("today()") == "2026-01-01");
    BOOST_TEST(answer("now() = now()") == "true");
}

BOOST_AUTO_TEST_CASE(variables_are_given_by_the_caller) {
    auto given = context();
    Item five;
    five.value = std::int64_t{5};
    given.variables["limit"] = {five};
    BOOST_TEST(answer("%limit + 1", given, {}) == "6");
    BOOST_TEST(answer("%unknown", given, {}) == "!fhirpath-unknown-variable");
}

BOOST_AUTO_TEST_CASE(an_expression_may_be_evaluated_many_times) {
    const auto expression = Expression::parse("name.given.count()");
    BOOST_REQUIRE(expression);
    for (int i = 0; i < 100; ++i)
        BOOST_TEST_REQUIRE(value_text(expression->evaluate(context(), document("patient")->root())->front()) == "3");
}

BOOST_AUTO_TEST_SUITE_END()
