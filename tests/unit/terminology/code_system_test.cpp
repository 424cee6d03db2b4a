// FHIR R4, CodeSystem: lookup, hierarchy, and what may be said of a system that is not here as a whole.
#include "unit/terminology/content.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::terminology;
using namespace huitong::terminology::tests;

BOOST_AUTO_TEST_SUITE(code_system_suite)

BOOST_AUTO_TEST_CASE(lookup_gives_what_the_system_says_of_a_code) {
    const auto found = terminology_of({kSpecimens})->lookup("urn:t:specimen", "venous");
    BOOST_REQUIRE(found);
    BOOST_TEST(found->name == "Specimen");
    BOOST_TEST(found->version == "2");
    BOOST_TEST(found->display == "Venous blood");
    BOOST_TEST(found->definition == "From a vein");
    BOOST_TEST(found->parent == "blood");
    BOOST_REQUIRE(found->designations.size() == 1);
    BOOST_TEST(found->designations.front().language == "zh-CN");
    BOOST_TEST(found->designations.front().value == "静脉血");
}

BOOST_AUTO_TEST_CASE(lookup_tells_abstract_and_inactive_codes) {
    const auto terminology = terminology_of({kSpecimens});
    BOOST_TEST(terminology->lookup("urn:t:specimen", "fluid")->abstract);
    BOOST_TEST(terminology->lookup("urn:t:specimen", "old")->inactive);
    BOOST_TEST(!terminology->lookup("urn:t:specimen", "blood")->inactive);
}

BOOST_AUTO_TEST_CASE(lookup_says_whether_the_system_or_the_code_is_unknown) {
    const auto terminology = terminology_of({kSpecimens});
    BOOST_TEST(terminology->lookup("urn:t:other", "x").error().leading()->rule == "code-system-unknown");
    BOOST_TEST(terminology->lookup("urn:t:specimen", "x").error().leading()->rule == "code-unknown");
    BOOST_TEST(terminology->has_system("urn:t:specimen"));
    BOOST_TEST(!terminology->has_system("urn:t:other"));
}

BOOST_AUTO_TEST_CASE(a_fragment_never_says_no) {
    const auto terminology = terminology_of(
        {R"({"resourceType":"CodeSystem","url":"urn:t:part","status":"active","content":"fragment","concept":[{"code":"a"},{"code":"b"}]})"});
    BOOST_TEST(word(terminology->validate_in_system({"urn:t:part", "", "a", ""}).result) == "yes");
    const auto other = terminology->validate_in_system({"urn:t:part", "", "z", ""});
    BOOST_TEST(word(other.result) == "unknown");
    BOOST_TEST(other.message_rule == "code-system-fragment");
    BOOST_TEST(!terminology->subsumes("urn:t:part", "a", "b").has_value());
}

BOOST_AUTO_TEST_CASE(a_complete_system_says_no_and_an_absent_one_does_not_know) {
    const auto terminology = terminology_of({kSpecimens});
    BOOST_TEST(word(terminology->validate_in_system({"urn:t:specimen", "", "z", ""}).result) == "no");
    BOOST_TEST(terminology->validate_in_system({"urn:t:specimen", "", "z", ""}).message_rule == "code-unknown");
    BOOST_TEST(word(terminology->validate_in_system({"http://snomed.info/sct", "", "73211009", ""}).result) == "unknown");
    BOOST_TEST(terminology->validate_in_system({"http://snomed.info/sct", "", "73211009", ""}).message_rule == "code-system-unknown");
}

// UCUM has a grammar, not a list.
BOOST_AUTO_TEST_CASE(ucum_codes_are_judged_by_the_grammar) {
    const auto terminology = terminology_of({});
    BOOST_TEST(word(terminology->validate_in_system({"http://unitsofmeasure.org", "", "mmol/L", ""}).result) == "yes");
    BOOST_TEST(word(terminology->validate_in_system({"http://unitsofmeasure.org", "", "mmol//L", ""}).result) == "no");
}

BOOST_AUTO_TEST_CASE(case_counts_only_where_the_system_says_so) {
    const auto terminology = terminology_of(
        {R"({"resourceType":"CodeSystem","url":"urn:t:loose","status":"active","content":"complete","caseSensitive":false,"concept":[{"code":"Ab"}]})",
         R"({"resourceType":"ValueSet","url":"urn:t:vs:loose","status":"active","compose":{"include":[{"system":"urn:t:loose","concept":[{"code":"AB"}]}]}})",
         kSpecimens});
    BOOST_TEST(word(terminology->validate_in_system({"urn:t:loose", "", "aB", ""}).result) == "yes");
    BOOST_TEST(word(terminology->member_of("urn:t:vs:loose", "urn:t:loose", "ab")) == "yes");
    BOOST_TEST(word(terminology->validate_in_system({"urn:t:specimen", "", "Blood", ""}).result) == "no");
}

BOOST_AUTO_TEST_CASE(subsumption_goes_through_every_parent) {
    const auto terminology = terminology_of({kSpecimens});
    const auto said = [&](const char* a, const char* b) { return terminology->subsumes("urn:t:specimen", a, b).value_or("unknown"); };
    BOOST_TEST(said("fluid", "venous") == "subsumes");
    BOOST_TEST(said("venous", "fluid") == "subsumed-by");
    BOOST_TEST(said("derived", "serum") == "subsumes");
    BOOST_TEST(said("fluid", "serum") == "subsumes");
    BOOST_TEST(said("blood", "blood") == "equivalent");
    BOOST_TEST(said("venous", "arterial") == "not-subsumed");
    BOOST_TEST(said("venous", "nothing") == "unknown");
}

BOOST_AUTO_TEST_CASE(a_hierarchy_that_bites_its_tail_ends) {
    const auto terminology =
        terminology_of({R"({"resourceType":"CodeSystem","url":"urn:t:ring","status":"active","content":"complete","concept":[
      {"code":"a","property":[{"code":"parent","valueCode":"b"}]},{"code":"b","property":[{"code":"parent","valueCode":"a"}]},{"code":"c"}]})"});
    BOOST_TEST(terminology->subsumes("urn:t:ring", "a", "b").value_or("") == "subsumes");
    BOOST_TEST(terminology->subsumes("urn:t:ring", "c", "a").value_or("") == "not-subsumed");
}

BOOST_AUTO_TEST_CASE(a_resource_added_again_replaces_the_one_before) {
    const auto terminology = terminology_of(
        {kSpecimens,
         R"({"resourceType":"ValueSet","url":"urn:t:vs","status":"active","compose":{"include":[{"system":"urn:t:specimen"}]}})"});
    BOOST_TEST(word(terminology->member_of("urn:t:vs", "urn:t:specimen", "blood")) == "yes");
    const auto smaller = read(
        R"({"resourceType":"CodeSystem","url":"urn:t:specimen","version":"2","status":"active","content":"complete","concept":[{"code":"hair"}]})");
    BOOST_TEST(terminology->add(smaller->root()).empty());
    BOOST_TEST(word(terminology->member_of("urn:t:vs", "urn:t:specimen", "blood")) == "no");
    BOOST_TEST(word(terminology->member_of("urn:t:vs", "urn:t:specimen", "hair")) == "yes");
}

BOOST_AUTO_TEST_CASE(what_is_no_terminology_is_not_taken_silently) {
    Terminology terminology(nullptr);
    BOOST_TEST(lines(terminology.add(read(R"({"resourceType":"Patient"})")->root())) == "terminology-type");
    BOOST_TEST(lines(terminology.add(read(R"({"resourceType":"ValueSet"})")->root())) == "terminology-no-url");
}

BOOST_AUTO_TEST_SUITE_END()
