// Findings as people read them: the place, what is wrong, and a caret below the place.
#include "app/findings.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace huitong;

namespace {

Issue at(std::uint32_t line, std::uint32_t column) {
    auto issue = error(IssueCode::invalid, "", "fhirpath-unknown-path", {"familly", "family"});
    issue.position = TextPosition{"", line, column};
    return issue;
}

std::string told(const Issue& issue, std::string_view source) {
    std::ostringstream out;
    app::write_findings_text(Outcome(issue), source, out);
    return out.str();
}

} // namespace

BOOST_AUTO_TEST_SUITE(findings)

BOOST_AUTO_TEST_CASE(a_place_in_an_expression_is_shown_below_it) {
    const auto text = told(at(1, 6), "name.familly");
    BOOST_TEST(text.starts_with("1:6: "));
    BOOST_TEST(text.find("  1 | name.familly\n    |      ^\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_second_line_of_an_expression_is_found) {
    const auto text = told(at(2, 2), "name\n.familly");
    BOOST_TEST(text.starts_with("2:2: "));
    BOOST_TEST(text.find("  2 | .familly\n    |  ^\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_line_that_no_terminal_should_see_is_not_shown) {
    const auto text = told(at(1, 1), "\x28\xb5\x2f\xfd\x1b[2J");
    BOOST_TEST(text.starts_with("1:1: "));
    BOOST_TEST(text.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_place_outside_of_the_text_has_no_line) {
    BOOST_TEST(told(at(3, 1), "name").find(" | ") == std::string::npos);
    BOOST_TEST(told(at(1, 1), "").find(" | ") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(of_a_line_as_long_as_a_file_only_what_stands_around_the_place_is_shown) {
    const auto text = told(at(1, 301), std::string(150, 'a') + std::string(150, 'b') + "X" + std::string(500, 'c'));
    BOOST_TEST(text.find("  1 | …" + std::string(60, 'b') + "X" + std::string(79, 'c') + "…\n    |  " + std::string(60, ' ') + "^\n") !=
               std::string::npos);
    BOOST_TEST(told(at(1, 3), "ab" + std::string(300, 'c')).find("  1 | ab" + std::string(138, 'c') + "…\n    |   ^\n") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_caret_counts_characters_and_wide_ones_twice) {
    BOOST_TEST(told(at(1, 4), "'王'x").find("  1 | '王'x\n    |     ^\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
