// The figures of `mpi evaluate`, over tables small enough to count by hand.
#include "identity/evaluate.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::identity;
using tests::rule_of;

namespace {

constexpr IdNumberRules kRules{true};

// Persons: 1 = rows 0 1 2, 2 = rows 3 4, 3 = row 5 (who uses the number of 2).
const char* const kTable = "name,pinyin,birth_date,id_number,person\n"
                           "王秀英,,19560314,990102195603140724,1\n"
                           "王秀英,,1956/03/14,990102195603140724,1\n"
                           "王秀英,,19560314,,1\n"
                           "李敏,LI MIN,19960708,990102199607081846,2\n"
                           ",LI MIN,,990102199607081846,2\n"
                           "李敏,,19960708,990102199607081846,3\n";

EvaluationSheet sheet_of(const std::string& truth) {
    EvaluationSheet sheet;
    sheet.truth = truth;
    return sheet;
}

} // namespace

BOOST_AUTO_TEST_SUITE(evaluation)

BOOST_AUTO_TEST_CASE(pairs_are_counted) {
    const auto figures = evaluate(read_csv_table(kTable).value, sheet_of("person"), kRules).value();
    BOOST_TEST(figures.records == 6u);
    BOOST_TEST(figures.with_number == 5u);
    BOOST_TEST(figures.true_pairs == 4u);   // 3 of person 1, 1 of person 2
    BOOST_TEST(figures.linked_pairs == 4u); // 1 of person 1, and the three that bear the number of person 2
    BOOST_TEST(figures.right_pairs == 2u);
    BOOST_TEST(figures.precision() == 0.5);
    BOOST_TEST(figures.recall() == 0.5);
    BOOST_TEST(figures.f1() == 0.5);
}

BOOST_AUTO_TEST_CASE(reviews_are_counted_apart) {
    const auto table = read_csv_table(
        "name,birth_date,id_number,person\n许桂花,1956-03-14,990102195603140724,1\n许桂辉,1956-03-14,990102195603140724,1\n");
    const auto figures = evaluate(table.value, sheet_of("person"), kRules).value();
    BOOST_TEST(figures.linked_pairs == 0u);
    BOOST_TEST(figures.review_pairs == 1u);
    BOOST_TEST(figures.right_reviews == 1u);
    BOOST_TEST(figures.precision() == 0.0);
}

BOOST_AUTO_TEST_CASE(a_sheet_names_columns_and_the_part_of_the_truth) {
    EvaluationSheet sheet;
    BOOST_REQUIRE(
        read_evaluation_sheet("field,column\nname,family+given\nid_number,no\ntruth,rec\ntruth_pattern,rec-(\\d+)-\n", sheet).empty());
    const auto table = read_csv_table(
        "rec,family,given,no\nrec-7-org, 王, 秀英,990102195603140724\nrec-7-dup-0,王,秀英,990102195603140724\nrec-8-org,王,秀英,\n");
    const auto figures = evaluate(table.value, sheet, kRules).value();
    BOOST_TEST(figures.true_pairs == 1u);
    BOOST_TEST(figures.right_pairs == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_told) {
    const auto table = read_csv_table(kTable).value;
    BOOST_TEST(rule_of(evaluate(table, sheet_of("nothing"), kRules).error()) == "identity-column");
    auto sheet = sheet_of("person");
    sheet.columns["name"] = "surname";
    BOOST_TEST(rule_of(evaluate(table, sheet, kRules).error()) == "identity-column");
    sheet = sheet_of("person");
    sheet.truth_pattern = "(a)(b)";
    BOOST_TEST(rule_of(evaluate(table, sheet, kRules).error()) == "identity-pattern");
    BOOST_TEST(rule_of(read_evaluation_sheet("field,column\ncolour,x\n", sheet)) == "identity-field");
}

BOOST_AUTO_TEST_SUITE_END()
