// Which answers leave no access record: those that hold definitions alone. Source: docs/decisions, "Reads of definitions".
#include "interaction/definitional.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::interaction;

namespace {

bool is_silent(const char* interaction, const char* type, std::vector<store::ResourceKey> touched = {}, int status = 200) {
    Classified asked;
    asked.interaction = interaction;
    asked.type = type;
    Response given;
    given.status = status;
    for (auto& key : touched) given.touched.emplace_back(std::move(key));
    return tells_of_nobody(asked, given);
}

} // namespace

BOOST_AUTO_TEST_SUITE(definitional)

BOOST_AUTO_TEST_CASE(terminology_operations_and_reads_of_definitions_leave_no_record) {
    BOOST_TEST(is_silent("$validate-code", "CodeSystem"));
    BOOST_TEST(is_silent("$expand", "ValueSet", {{"ValueSet", "v"}}));
    BOOST_TEST(is_silent("$closure", ""));
    BOOST_TEST(is_silent("read", "ConceptMap", {{"ConceptMap", "m"}}));
    BOOST_TEST(is_silent("search-type", "StructureDefinition", {{"StructureDefinition", "a"}, {"ValueSet", "b"}}));
}

BOOST_AUTO_TEST_CASE(what_fails_or_gives_out_more_is_recorded) {
    BOOST_TEST(!is_silent("$validate-code", "CodeSystem", {}, 403));
    BOOST_TEST(!is_silent("read", "CodeSystem", {}, 404));
    BOOST_TEST(!is_silent("search-type", "CodeSystem", {{"CodeSystem", "a"}, {"Provenance", "b"}}));
    BOOST_TEST(!is_silent("update", "CodeSystem", {{"CodeSystem", "a"}}));
    BOOST_TEST(!is_silent("read", "Patient", {{"Patient", "a"}}));
    BOOST_TEST(!is_silent("$validate", "Patient"));
}

BOOST_AUTO_TEST_SUITE_END()
