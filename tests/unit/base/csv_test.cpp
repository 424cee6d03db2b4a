// Registers and table feeds: RFC 4180. A line break inside quotes is part of the finding text, not a new patient.
#include "base/csv.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using Cells = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(csv)

BOOST_AUTO_TEST_CASE(quotes_separators_and_line_breaks_inside_cells) {
    const auto rows = read_csv("a,\"b,c\",\"say \"\"yes\"\"\"\r\n\"line 1\nline 2\",,x\n");
    BOOST_TEST(rows.issues.empty());
    BOOST_REQUIRE_EQUAL(rows.value.size(), 2u);
    BOOST_TEST((rows.value[0].cells == Cells{"a", "b,c", "say \"yes\""}));
    BOOST_TEST((rows.value[1].cells == Cells{"line 1\nline 2", "", "x"}));
}

BOOST_AUTO_TEST_CASE(row_numbers_count_lines_inside_quotes) {
    const auto rows = read_csv("\"a\nb\nc\"\nd\n").value;
    BOOST_REQUIRE_EQUAL(rows.size(), 2u);
    BOOST_TEST(rows[0].line == 1u);
    BOOST_TEST(rows[1].line == 4u);
}

BOOST_AUTO_TEST_CASE(line_ends_of_every_system) {
    for (const auto* text : {"a\nb", "a\r\nb", "a\rb", "a\n\n\nb\n"}) BOOST_TEST(read_csv(text).value.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_trailing_separator_is_an_empty_cell) { BOOST_TEST((read_csv("a,").value[0].cells == Cells{"a", ""})); }

BOOST_AUTO_TEST_CASE(the_bytes_of_a_row_are_told_for_lineage) {
    const std::string text = "a,b\r\nc,d\r\n";
    const auto rows = read_csv(text).value;
    BOOST_TEST(text.substr(rows[1].source.begin, rows[1].source.end - rows[1].source.begin) == "c,d");
}

BOOST_AUTO_TEST_CASE(a_quote_that_never_closes_is_an_error_with_its_line) {
    const auto rows = read_csv("a\nb,\"c\nd\n");
    BOOST_TEST(tests::rule_of(rows.issues) == "csv-quote-open");
    BOOST_TEST(rows.issues.leading()->position->line == 2u);
}

BOOST_AUTO_TEST_CASE(cells_written_are_cells_read) {
    for (const std::string cell : {"", "plain", "a,b", "\"", "\"\"", "two\nlines", "cr\rlf", "血常规", " spaces "}) {
        const auto rows = read_csv(csv_cell(cell) + "," + csv_cell("end"));
        BOOST_REQUIRE_EQUAL(rows.value.size(), 1u);
        BOOST_TEST((rows.value[0].cells == Cells{cell, "end"}));
    }
}

BOOST_AUTO_TEST_CASE(a_table_has_comments_a_header_and_cells_by_name) {
    const auto table = read_csv_table("\xEF\xBB\xBF# own sample\ncode\tname\n1\t血\n2\n", '\t');
    BOOST_TEST(table.issues.empty());
    BOOST_TEST((table.value.comments == Cells{"own sample"}));
    BOOST_TEST(table.value.cell(table.value.rows[0], "name") == "血");
    BOOST_TEST(table.value.cell(table.value.rows[1], "name") == "");
    BOOST_TEST(table.value.cell(table.value.rows[0], "absent") == "");
}

BOOST_AUTO_TEST_CASE(tables_that_cannot_be_trusted_say_so) {
    BOOST_TEST(tests::rule_of(read_csv_table("# only a comment\n").issues) == "csv-no-header");
    BOOST_TEST(tests::rule_of(read_csv_table("").issues) == "csv-no-header");
    const auto wide = read_csv_table("a,b\n1,2\n1,2,3\n");
    BOOST_TEST(tests::rule_of(wide.issues) == "csv-columns");
    BOOST_TEST(wide.issues.leading()->position->line == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
