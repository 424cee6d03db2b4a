// Every type of parameter: resources in <topic>.ndjson, queries and the ids they find in <topic>.tsv of tests/vectors/search.
#include "unit/search/ward.hpp"

#include <set>

using namespace huitong;
using namespace huitong::tests;

namespace {

std::multiset<std::string> words(const std::string& text) {
    std::multiset<std::string> out;
    std::istringstream in(text);
    for (std::string word; in >> word;) out.insert(word);
    return out;
}

std::string joined(const std::multiset<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

void check(const std::string& topic) {
    Ward ward;
    ward.add_lines(read_file(source_folder() / "tests/vectors/search" / (topic + ".ndjson")));
    const auto table = read_vectors("search/" + topic + ".tsv");
    BOOST_REQUIRE(table.rows.size() > 5u);
    for (const auto& row : table.rows) {
        const std::string query(table.cell(row, "query"));
        const auto separator = query.find('?') == query.npos ? '?' : '&';
        const auto found = ward.ids(query + separator + "_count=100");
        BOOST_TEST(joined(words(found)) == joined(words(std::string(table.cell(row, "found")))),
                   topic << ".tsv line " << row.line << ", " << table.cell(row, "name") << ": " << query << " finds " << found);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(conditions)

BOOST_AUTO_TEST_CASE(tokens) { check("token"); }
BOOST_AUTO_TEST_CASE(strings) { check("string"); }
BOOST_AUTO_TEST_CASE(uris) { check("uri"); }
BOOST_AUTO_TEST_CASE(references_chains_and_compartments) { check("reference"); }
BOOST_AUTO_TEST_CASE(dates) { check("date"); }
BOOST_AUTO_TEST_CASE(numbers_quantities_and_composites) { check("number"); }

BOOST_AUTO_TEST_CASE(places_their_parts_and_composites_of_three) { check("place"); }

BOOST_AUTO_TEST_SUITE_END()
