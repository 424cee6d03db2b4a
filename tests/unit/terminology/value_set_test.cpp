// FHIR R4, ValueSet.compose: membership with three answers, filters, imports; $expand.
#include "support/definitions.hpp"
#include "unit/terminology/content.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <thread>

namespace data = boost::unit_test::data;
using namespace huitong;
using namespace huitong::terminology;
using namespace huitong::terminology::tests;

namespace {

std::string value_set(const std::string& url, const std::string& compose, const std::string& rest = "") {
    return R"({"resourceType":"ValueSet","url":")" + url + R"(","status":"active","compose":)" + compose + rest + "}";
}

std::string codes_of(const Terminology& terminology, const std::string& url, const std::string& filter = "", std::size_t offset = 0,
                     std::size_t count = 100) {
    const auto expansion = terminology.expand(url, filter, offset, count);
    if (!expansion) return expansion.error().leading()->rule;
    std::string out;
    for (const auto& coding : expansion->codes) out += (out.empty() ? "" : " ") + coding.code;
    return out + "/" + std::to_string(expansion->total);
}

struct FilterCase {
    const char *filter, *members;
};
std::ostream& operator<<(std::ostream& out, const FilterCase& one) { return out << one.filter; }

// Selectable members in the order of the code system.
const FilterCase kFilters[] = {
    {R"({"property":"concept","op":"is-a","value":"blood"})", "blood venous arterial serum/4"},
    {R"({"property":"concept","op":"descendent-of","value":"blood"})", "venous arterial serum/3"},
    {R"({"property":"concept","op":"is-not-a","value":"fluid"})", "derived old/2"},
    {R"({"property":"concept","op":"generalizes","value":"serum"})", "blood derived serum/3"},
    {R"({"property":"tube","op":"=","value":"purple"})", "blood/1"},
    {R"({"property":"tube","op":"=","value":"green"})", "/0"},
    {R"({"property":"tube","op":"exists","value":"true"})", "blood/1"},
    {R"({"property":"colour","op":"in","value":"red, yellow"})", "urine/1"},
    {R"({"property":"code","op":"regex","value":"[a-u].*l"})", "arterial/1"},
    {R"({"property":"display","op":"regex","value":".* blood"})", "venous arterial/2"},
    {R"({"property":"parent","op":"=","value":"derived"})", "serum/1"},
    {R"({"property":"concept","op":"is-a","value":"nothing"})", "/0"},
    {R"({"property":"taste","op":"=","value":"salt"})", "value-set-not-expandable"},
    {R"({"property":"code","op":"regex","value":"(("})", "value-set-not-expandable"},
    {R"({"property":"code","op":"sounds-like","value":"blood"})", "value-set-not-expandable"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(value_set_suite)

BOOST_DATA_TEST_CASE(a_filter_selects_concepts, data::make(kFilters), one) {
    const auto terminology = terminology_of(
        {kSpecimens, value_set("urn:t:vs", R"({"include":[{"system":"urn:t:specimen","filter":[)" + std::string(one.filter) + "]}]}")});
    BOOST_TEST(codes_of(*terminology, "urn:t:vs") == one.members);
}

BOOST_AUTO_TEST_CASE(filters_of_one_include_must_all_hold) {
    const auto terminology = terminology_of({kSpecimens, value_set("urn:t:vs", R"({"include":[{"system":"urn:t:specimen","filter":[
        {"property":"concept","op":"is-a","value":"blood"},{"property":"code","op":"regex","value":".*l"}]}]})")});
    BOOST_TEST(codes_of(*terminology, "urn:t:vs") == "arterial/1");
}

BOOST_AUTO_TEST_CASE(exclude_takes_away) {
    const auto terminology = terminology_of({kSpecimens, value_set("urn:t:vs", R"({"include":[{"system":"urn:t:specimen"}],
        "exclude":[{"system":"urn:t:specimen","concept":[{"code":"urine"}]},
        {"system":"urn:t:specimen","filter":[{"property":"concept","op":"is-a","value":"blood"}]}]})")});
    BOOST_TEST(codes_of(*terminology, "urn:t:vs") == "derived old/2");
    BOOST_TEST(word(terminology->member_of("urn:t:vs", "urn:t:specimen", "urine")) == "no");
    BOOST_TEST(word(terminology->member_of("urn:t:vs", "urn:t:specimen", "derived")) == "yes");
}

BOOST_AUTO_TEST_CASE(inactive_codes_leave_when_the_compose_says_so) {
    const auto terminology =
        terminology_of({kSpecimens, value_set("urn:t:vs", R"({"inactive":false,"include":[{"system":"urn:t:specimen"}]})")});
    BOOST_TEST(word(terminology->member_of("urn:t:vs", "urn:t:specimen", "old")) == "no");
    BOOST_TEST(word(terminology->member_of("urn:t:vs", "urn:t:specimen", "urine")) == "yes");
}

// "Imports of one include are an intersection; includes are a union."
BOOST_AUTO_TEST_CASE(imports_of_one_include_intersect_and_includes_unite) {
    const auto listed = [](const std::string& url, const std::string& codes) {
        return value_set(url, R"({"include":[{"system":"urn:t:specimen","concept":[)" + codes + "]}]}");
    };
    const auto terminology = terminology_of(
        {kSpecimens, listed("urn:t:a", R"({"code":"blood"},{"code":"urine"})"), listed("urn:t:b", R"({"code":"urine"},{"code":"serum"})"),
         value_set("urn:t:both", R"({"include":[{"valueSet":["urn:t:a","urn:t:b"]}]})"),
         value_set("urn:t:either", R"({"include":[{"valueSet":["urn:t:a"]},{"valueSet":["urn:t:b|1"]}]})"),
         value_set(
             "urn:t:below",
             R"({"include":[{"system":"urn:t:specimen","filter":[{"property":"concept","op":"is-a","value":"blood"}],"valueSet":["urn:t:b"]}]})")});
    BOOST_TEST(codes_of(*terminology, "urn:t:both") == "urine/1");
    BOOST_TEST(codes_of(*terminology, "urn:t:either") == "blood urine serum/3");
    BOOST_TEST(codes_of(*terminology, "urn:t:below") == "serum/1");
}

BOOST_AUTO_TEST_CASE(value_sets_that_import_each_other_end_and_stay_unknown) {
    const auto terminology =
        terminology_of({value_set("urn:t:a", R"({"include":[{"valueSet":["urn:t:b"]},{"system":"urn:t:x","concept":[{"code":"1"}]}]})"),
                        value_set("urn:t:b", R"({"include":[{"valueSet":["urn:t:a"]}]})")});
    BOOST_TEST(word(terminology->member_of("urn:t:a", "urn:t:x", "1")) == "yes");
    BOOST_TEST(word(terminology->member_of("urn:t:a", "urn:t:x", "2")) == "unknown");
    BOOST_TEST(codes_of(*terminology, "urn:t:a") == "value-set-depth");
}

// Each set imports the next one twice: 2^40 ways, which no server should walk.
BOOST_AUTO_TEST_CASE(a_ladder_of_double_imports_ends) {
    std::vector<std::string> sets;
    for (int i = 0; i < 40; ++i) {
        const auto next = R"({"valueSet":["urn:t:)" + std::to_string(i + 1) + R"("]})";
        sets.push_back(value_set("urn:t:" + std::to_string(i), R"({"include":[)" + next + "," + next + "]}"));
    }
    BOOST_TEST(word(terminology_of(sets)->member_of("urn:t:0", "urn:t:x", "1")) == "unknown");
}

BOOST_AUTO_TEST_CASE(codes_of_unknown_systems_are_listed_or_unknown) {
    const auto terminology = terminology_of(
        {value_set("urn:t:listed", R"({"include":[{"system":"http://loinc.org","concept":[{"code":"2345-7"}]}]})"),
         value_set("urn:t:whole", R"({"include":[{"system":"http://loinc.org"}]})"),
         value_set(
             "urn:t:filtered",
             R"({"include":[{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"404684003"}]}]})"),
         value_set("urn:t:not", R"({"include":[{"system":"http://loinc.org","concept":[{"code":"2345-7"},{"code":"718-7"}]}],
                                               "exclude":[{"system":"http://loinc.org","filter":[{"property":"STATUS","op":"=","value":"DEPRECATED"}]}]})")});
    BOOST_TEST(word(terminology->member_of("urn:t:listed", "http://loinc.org", "2345-7")) == "yes");
    BOOST_TEST(word(terminology->member_of("urn:t:listed", "http://loinc.org", "718-7")) == "no");
    BOOST_TEST(word(terminology->member_of("urn:t:whole", "http://loinc.org", "718-7")) == "unknown");
    BOOST_TEST(word(terminology->member_of("urn:t:whole", "http://snomed.info/sct", "718-7")) == "no");
    BOOST_TEST(word(terminology->member_of("urn:t:filtered", "http://snomed.info/sct", "22298006")) == "unknown");
    BOOST_TEST(word(terminology->member_of("urn:t:not", "http://loinc.org", "718-7")) == "unknown");
    BOOST_TEST(word(terminology->member_of("urn:t:not", "http://loinc.org", "1-1")) == "no");
    BOOST_TEST(word(terminology->member_of("urn:t:absent", "http://loinc.org", "1-1")) == "unknown");
    BOOST_TEST(codes_of(*terminology, "urn:t:listed") == "2345-7/1");
    BOOST_TEST(codes_of(*terminology, "urn:t:whole") == "value-set-not-expandable");
    BOOST_TEST(codes_of(*terminology, "urn:t:absent") == "value-set-unknown");
}

BOOST_AUTO_TEST_CASE(a_filter_over_a_fragment_says_yes_but_not_no) {
    const auto terminology = terminology_of(
        {R"({"resourceType":"CodeSystem","url":"urn:t:part","status":"active","content":"fragment",
           "concept":[{"code":"a","concept":[{"code":"b"}]},{"code":"c"}]})",
         value_set("urn:t:vs", R"({"include":[{"system":"urn:t:part","filter":[{"property":"concept","op":"is-a","value":"a"}]}]})")});
    BOOST_TEST(word(terminology->member_of("urn:t:vs", "urn:t:part", "b")) == "yes");
    BOOST_TEST(word(terminology->member_of("urn:t:vs", "urn:t:part", "c")) == "unknown");
    BOOST_TEST(word(terminology->member_of("urn:t:vs", "urn:t:part", "d")) == "unknown");
}

BOOST_AUTO_TEST_CASE(all_of_ucum_is_asked_by_its_grammar) {
    const auto terminology = terminology_of({value_set(
        "urn:t:units",
        R"({"include":[{"system":"http://unitsofmeasure.org"}],"exclude":[{"system":"http://unitsofmeasure.org","concept":[{"code":"mg"}]}]})")});
    BOOST_TEST(word(terminology->member_of("urn:t:units", "http://unitsofmeasure.org", "g/L")) == "yes");
    BOOST_TEST(word(terminology->member_of("urn:t:units", "http://unitsofmeasure.org", "g//L")) == "no");
    BOOST_TEST(word(terminology->member_of("urn:t:units", "http://unitsofmeasure.org", "mg")) == "no");
}

// An expansion that came with the resource answers where the compose cannot be computed here; a page of it says no "no".
BOOST_AUTO_TEST_CASE(a_stored_expansion_answers_for_what_cannot_be_computed) {
    const std::string compose =
        R"({"include":[{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"1"}]}]})";
    const std::string contains =
        R"("contains":[{"system":"http://snomed.info/sct","code":"11","contains":[{"system":"http://snomed.info/sct","code":"12"}]}]})";
    const auto terminology = terminology_of({value_set("urn:t:whole", compose, R"(,"expansion":{"total":2,)" + contains),
                                             value_set("urn:t:page", compose, R"(,"expansion":{"total":900,)" + contains)});
    BOOST_TEST(word(terminology->member_of("urn:t:whole", "http://snomed.info/sct", "12")) == "yes");
    BOOST_TEST(word(terminology->member_of("urn:t:whole", "http://snomed.info/sct", "13")) == "no");
    BOOST_TEST(word(terminology->member_of("urn:t:page", "http://snomed.info/sct", "12")) == "yes");
    BOOST_TEST(word(terminology->member_of("urn:t:page", "http://snomed.info/sct", "13")) == "unknown");
    BOOST_TEST(codes_of(*terminology, "urn:t:whole") == "11 12/2");
    BOOST_TEST(codes_of(*terminology, "urn:t:page") == "value-set-not-expandable");
}

BOOST_AUTO_TEST_CASE(the_value_set_of_all_codes_is_known_by_its_name) {
    const auto terminology = terminology_of({kSpecimens});
    BOOST_TEST(word(terminology->member_of("urn:t:vs:all-specimens", "urn:t:specimen", "urine")) == "yes");
    BOOST_TEST(word(terminology->member_of("urn:t:vs:all-specimens|2", "urn:t:specimen", "hair")) == "no");
}

BOOST_AUTO_TEST_CASE(expansion_filters_by_words_and_pages) {
    const auto terminology = terminology_of({kSpecimens});
    BOOST_TEST(codes_of(*terminology, "urn:t:vs:all-specimens") == "blood venous arterial urine derived serum old/7");
    BOOST_TEST(codes_of(*terminology, "urn:t:vs:all-specimens", "BLOOD") == "blood venous arterial/3");
    BOOST_TEST(codes_of(*terminology, "urn:t:vs:all-specimens", "blood ven") == "venous/1");
    BOOST_TEST(codes_of(*terminology, "urn:t:vs:all-specimens", "", 2, 3) == "arterial urine derived/7");
    BOOST_TEST(codes_of(*terminology, "urn:t:vs:all-specimens", "", 7, 3) == "/7");
    BOOST_TEST(codes_of(*terminology, "urn:t:vs:all-specimens", "", 0, 0) == "/7");
}

BOOST_AUTO_TEST_CASE(validate_code_gives_the_display_or_the_reason) {
    const auto terminology = terminology_of({kSpecimens});
    BOOST_TEST(terminology->validate_code("urn:t:vs:all-specimens", {"urn:t:specimen", "", "urine", ""}).display == "Urine");
    BOOST_TEST(terminology->validate_code("urn:t:vs:all-specimens", {"", "", "urine", ""}).display == "Urine");
    BOOST_TEST(terminology->validate_code("urn:t:vs:all-specimens", {"urn:t:specimen", "", "hair", ""}).message_rule ==
               "code-not-in-value-set");
    BOOST_TEST(terminology->validate_code("urn:t:none", {"urn:t:specimen", "", "hair", ""}).message_rule == "value-set-unknown");
}

BOOST_AUTO_TEST_SUITE_END()

// The value sets of FHIR R4 itself, out of the definition pack.
BOOST_AUTO_TEST_SUITE(pack_suite)

namespace {
const Terminology& r4_terminology() {
    static const Terminology terminology(
        std::shared_ptr<const fhir::Definitions>(&huitong::tests::r4_definitions(), [](const fhir::Definitions*) {}));
    return terminology;
}
} // namespace

BOOST_AUTO_TEST_CASE(bindings_of_the_core_are_computed) {
    const auto& terminology = r4_terminology();
    BOOST_TEST(word(terminology.member_of("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1", "", "female")) == "yes");
    BOOST_TEST(word(terminology.member_of("http://hl7.org/fhir/ValueSet/administrative-gender", "", "2")) == "no");
    BOOST_TEST(word(terminology.member_of("http://hl7.org/fhir/ValueSet/observation-status", "http://hl7.org/fhir/observation-status",
                                          "final")) == "yes");
    BOOST_TEST(word(terminology.member_of("http://hl7.org/fhir/ValueSet/condition-code", "http://snomed.info/sct", "73211009")) ==
               "unknown");
    BOOST_TEST(word(terminology.member_of("http://hl7.org/fhir/ValueSet/mimetypes", "urn:ietf:bcp:13", "text/plain")) == "unknown");
    BOOST_TEST(codes_of(terminology, "http://hl7.org/fhir/ValueSet/administrative-gender") == "male female other unknown/4");
}

BOOST_AUTO_TEST_CASE(concept_maps_of_the_core_translate) {
    const auto matches = r4_terminology().translate("http://hl7.org/fhir/ConceptMap/cm-administrative-gender-v2",
                                                    {"http://hl7.org/fhir/administrative-gender", "", "female", ""});
    BOOST_REQUIRE(matches.size() == 1);
    BOOST_TEST(matches.front().target.code == "F");
    BOOST_TEST(!matches.front().reviewed);
}

BOOST_AUTO_TEST_CASE(many_threads_may_ask_for_the_first_time_at_once) {
    const Terminology terminology(
        std::shared_ptr<const fhir::Definitions>(&huitong::tests::r4_definitions(), [](const fhir::Definitions*) {}));
    const auto urls = huitong::tests::r4_definitions().resource_urls("ValueSet");
    std::atomic<int> yes{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (std::size_t at = 0; at < urls.size(); at += 10) (void)terminology.member_of(urls[at], "", "x");
            if (terminology.member_of("http://hl7.org/fhir/ValueSet/administrative-gender", "", "male") == true) ++yes;
        });
    }
    for (auto& thread : threads) thread.join();
    BOOST_TEST(yes == 4);
}

BOOST_AUTO_TEST_SUITE_END()
