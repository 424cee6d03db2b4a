// The compact table of a code system: the same answers from memory and from a mapped file. Format: docs/formats/concept-table.md.
#include "terminology/concept_table.hpp"
#include "terminology/versions.hpp"
#include "unit/terminology/content.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::terminology;
using namespace huitong::terminology::tests;

namespace {

std::shared_ptr<const ConceptTable> numbers(int count) {
    ConceptTableBuilder builder;
    for (int at = 0; at < count; ++at) {
        ConceptDraft draft;
        draft.code = "c" + std::to_string(at);
        draft.display = "Concept " + std::to_string(at);
        if (at > 0) draft.parents.push_back("c" + std::to_string((at - 1) / 3));
        if (at % 10 == 0) draft.properties.push_back({"tens", "yes", PropertyType::code});
        builder.add(draft);
    }
    return builder.finish();
}

} // namespace

BOOST_AUTO_TEST_SUITE(concept_table_suite)

BOOST_AUTO_TEST_CASE(a_table_finds_every_code_and_no_other) {
    const auto table = numbers(5000);
    BOOST_TEST(table->size() == 5000U);
    for (int at = 0; at < 5000; at += 7) BOOST_TEST(table->find("c" + std::to_string(at)) == static_cast<ConceptIndex>(at));
    BOOST_TEST(table->find("c5000") == kNoConcept);
    BOOST_TEST(table->find("") == kNoConcept);
    BOOST_TEST(table->display(table->find("c4999")) == "Concept 4999");
    BOOST_TEST(table->property(10, "tens") == "yes");
    BOOST_TEST(table->property(11, "tens") == "");
}

BOOST_AUTO_TEST_CASE(the_hierarchy_is_closed_by_intervals) {
    const auto table = numbers(5000);
    BOOST_TEST(table->is_a(4999, 0));
    BOOST_TEST(table->is_a(13, 4));
    BOOST_TEST(!table->is_a(4, 13));
    BOOST_TEST(!table->is_a(5, 4));
    BOOST_TEST(table->descendants(0).size() == 5000U);
    BOOST_TEST(table->children(1).size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_written_table_is_mapped_and_answers_the_same) {
    const Folder folder;
    const auto table = numbers(100);
    folder.write("a.table", std::string(table->bytes()));
    const auto mapped = ConceptTable::map(folder.path() + "/a.table");
    BOOST_REQUIRE(mapped.has_value());
    BOOST_TEST((*mapped)->size() == 100U);
    BOOST_TEST((*mapped)->find("c42") == 42U);
    BOOST_TEST((*mapped)->is_a(42, 4));
}

// A file that was cut short or is something else is refused, and does not end the program.
BOOST_AUTO_TEST_CASE(a_damaged_file_is_no_table) {
    const Folder folder;
    const std::string bytes(numbers(50)->bytes());
    folder.write("cut", bytes.substr(0, bytes.size() - 1));
    folder.write("other", "something else");
    folder.write("short", bytes.substr(0, 20));
    for (const auto* const name : {"cut", "other", "short"})
        BOOST_TEST(ConceptTable::map(folder.path() + "/" + name).error().leading()->rule == "concept-table-format");
    BOOST_TEST(ConceptTable::map(folder.path() + "/absent").error().leading()->rule == "concept-table-file");
}

BOOST_AUTO_TEST_CASE(versions_have_an_order_and_patterns) {
    BOOST_TEST(compare_versions("1.2.0", "1.10.0") < 0);
    BOOST_TEST(compare_versions("2024-01", "2023-12") > 0);
    BOOST_TEST(compare_versions("1.0", "1.0.1") < 0);
    BOOST_TEST(compare_versions("", "1") < 0);
    BOOST_TEST(fits_version("1.2.3", "1.x.x"));
    BOOST_TEST(fits_version("1.2.3", "1.x"));
    BOOST_TEST(fits_version("1.2.3", ""));
    BOOST_TEST(!fits_version("1.2.3", "1"));
    BOOST_TEST(!fits_version("1.2.3", "1.3.x"));
}

BOOST_AUTO_TEST_SUITE_END()
