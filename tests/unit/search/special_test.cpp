// Conditions that are no parameter of one type, and modifiers that ask the terminology.
#include "terminology/terminology.hpp"
#include "unit/search/ward.hpp"

#include <set>

using namespace huitong;
using namespace huitong::tests;

BOOST_AUTO_TEST_SUITE(special_conditions)

BOOST_AUTO_TEST_CASE(by_vector) {
    Ward ward;
    const terminology::Terminology terminology(shared_r4());
    ward.registry.set_terminology(terminology);
    ward.add_lines(read_file(source_folder() / "tests/vectors/search/special.ndjson"));
    const auto table = read_vectors("search/special.tsv");
    BOOST_REQUIRE(table.rows.size() > 30u);
    for (const auto& row : table.rows) {
        std::istringstream in(ward.ids(std::string(table.cell(row, "query"))));
        std::set<std::string> found;
        for (std::string word; in >> word;) found.insert(word);
        std::string text;
        for (const auto& word : found) text += (text.empty() ? "" : " ") + word;
        BOOST_TEST(text == table.cell(row, "found"), table.cell(row, "name") << ": " << table.cell(row, "query") << " finds " << text);
    }
}

BOOST_AUTO_TEST_CASE(a_filter_is_one_value_and_stands_in_the_self_link) {
    Ward ward;
    Outcome warnings;
    const auto query = ward.query_of("Patient?_filter=family eq \"a,b\" or gender eq male", true, warnings);
    BOOST_REQUIRE(query);
    BOOST_REQUIRE(query->parameters.size() == 1u);
    const auto again = ward.query_of("Patient?" + query->self, true, warnings);
    BOOST_REQUIRE(again);
    BOOST_TEST(again->parameters[0].raw == query->parameters[0].raw);
}

BOOST_AUTO_TEST_CASE(a_filter_nests_only_so_deep) {
    Ward ward;
    Outcome warnings;
    const auto nested = [&](std::size_t depth) {
        return ward.query_of("Patient?_filter=" + std::string(depth, '(') + "gender eq male" + std::string(depth, ')'), true, warnings)
            .has_value();
    };
    BOOST_TEST(nested(10));
    BOOST_TEST(!nested(1'000));
}

BOOST_AUTO_TEST_SUITE_END()
