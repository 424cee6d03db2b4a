#include "adapters/sql/view_query.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong::adapters::sql;

BOOST_AUTO_TEST_SUITE(view_query)

namespace {
ViewNames names() {
    ViewNames out;
    out.view = "lis.结果";
    out.time_column = "t";
    out.key_columns = {"k", "n"};
    return out;
}
} // namespace

BOOST_AUTO_TEST_CASE(a_page_goes_on_behind_a_row_also_among_equal_times) {
    BOOST_TEST(
        page_query(names(), Behind::row, RowLimit::limit, 2) ==
        "SELECT * FROM \"lis\".\"结果\" WHERE \"t\" IS NOT NULL AND \"k\" IS NOT NULL AND \"n\" IS NOT NULL AND "
        "((\"t\" > ?) OR (\"t\" = ? AND \"k\" > ?) OR (\"t\" = ? AND \"k\" = ? AND \"n\" > ?)) ORDER BY \"t\", \"k\", \"n\" LIMIT 2");
    const std::vector<std::size_t> wanted{0, 0, 1, 0, 1, 2};
    BOOST_TEST(page_parameters(2, Behind::row) == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_pass_begins_at_a_time_itself_included) {
    BOOST_TEST(page_query(names(), Behind::time, RowLimit::none, 2).find("\"t\" >= ?") != std::string::npos);
    BOOST_TEST(page_parameters(2, Behind::time).size() == 1u);
    BOOST_TEST(page_parameters(2, Behind::nothing).empty());
}

BOOST_AUTO_TEST_CASE(each_database_limits_rows_in_its_own_words) {
    BOOST_TEST((row_limit_of("PostgreSQL") == RowLimit::limit));
    BOOST_TEST((row_limit_of("KingbaseES") == RowLimit::limit));
    BOOST_TEST((row_limit_of("Oracle") == RowLimit::fetch_first));
    BOOST_TEST((row_limit_of("Microsoft SQL Server") == RowLimit::top));
    BOOST_TEST((row_limit_of("Caché") == RowLimit::none));
    BOOST_TEST(page_query(names(), Behind::nothing, RowLimit::top, 9).starts_with("SELECT TOP 9 * FROM"));
    BOOST_TEST(page_query(names(), Behind::nothing, RowLimit::fetch_first, 9).ends_with("FETCH FIRST 9 ROWS ONLY"));
}

BOOST_AUTO_TEST_CASE(a_name_cannot_end_its_quotes) {
    for (const char* name : {"t\"", "a;b", "a b", "x)--", "[t]", "`t`", "", "a\nb", "a?"}) BOOST_TEST(!is_plain_name(name));
    for (const char* name : {"更新时间", "lis.v_results", "T$1", "a-b"}) BOOST_TEST(is_plain_name(name));
}

BOOST_AUTO_TEST_SUITE_END()
