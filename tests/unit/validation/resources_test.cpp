// What is wrong with a resource is found at its place and named by its rule; what is right is left in peace.
// Source: FHIR R4, Validating Resources: structure, cardinality, value domains, bindings, invariants.
#include "unit/validation/trees.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace huitong;
using namespace huitong::validation;
using namespace huitong::validation::tests;

namespace {

/// A patient with one more member.
std::string patient(const std::string& member) {
    return R"({"resourceType":"Patient","active":true)" + (member.empty() ? "" : "," + member) + "}";
}
/// A final result with one more member.
std::string result(const std::string& member) {
    return R"({"resourceType":"Observation","status":"final","code":{"text":"Hb"})" + (member.empty() ? "" : "," + member) + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(resources)

BOOST_AUTO_TEST_CASE(whole_resources_pass) {
    BOOST_TEST(found_in(patient("")) == "");
    BOOST_TEST(found_in(patient(R"("name":[{"family":"王","given":["芳"]}],"birthDate":"1980-02","gender":"female")")) == "");
    BOOST_TEST(found_in(result(R"("valueQuantity":{"value":135.0,"unit":"g/L","system":"http://unitsofmeasure.org","code":"g/L"})")) == "");
    BOOST_TEST(
        found_in(patient(
            R"("_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]})")) ==
        "");
}

BOOST_AUTO_TEST_CASE(an_unknown_element_is_named_with_its_nearest_neighbour) {
    const auto outcome = r4_validator().check(read(patient(R"("birthdate":"1980")"))->root());
    BOOST_REQUIRE(outcome.issues().size() == 1u);
    BOOST_TEST(outcome.issues()[0].rule == "validation-element-unknown-near");
    BOOST_TEST(outcome.issues()[0].where == "Patient.birthdate");
    BOOST_TEST(outcome.issues()[0].arguments.at(1) == "birthDate");
    BOOST_TEST(found_in(patient(R"("zzzzzzzz":"1980")")) == "validation-element-unknown @ Patient.zzzzzzzz");
    BOOST_TEST(found_in(R"({"resourceType":"Patent"})") == "validation-type-unknown @ Patent");
    BOOST_TEST(found_in(R"({"resourceType":"DomainResource"})") == "validation-type-unknown @ DomainResource");
}

BOOST_AUTO_TEST_CASE(cardinality_counts_from_below_and_above) {
    BOOST_TEST(found_in(R"({"resourceType":"Observation","code":{"text":"Hb"}})") == "validation-min @ Observation");
    BOOST_TEST(found_in(patient(R"("link":[{"type":"seealso"}])")) == "validation-min @ Patient.link[0]");
    BOOST_TEST(found_in(result(R"("valueString":"a","valueBoolean":true)")) == "validation-max @ Observation");
}

BOOST_AUTO_TEST_CASE(a_choice_takes_only_its_types) {
    BOOST_TEST(found_in(result(R"("valueAddress":{"city":"x"})")) == "validation-element-unknown @ Observation.valueAddress");
    BOOST_TEST(found_in(result(R"("value":"x")")).starts_with("validation-element-unknown"));
}

BOOST_AUTO_TEST_CASE(json_kinds_and_arrays_count) {
    BOOST_TEST(found_in(R"({"resourceType":"Patient","active":"true"})") == "validation-json-kind @ Patient.active");
    BOOST_TEST(found_in(patient(R"("birthDate":1980)")) == "validation-json-kind @ Patient.birthDate");
    BOOST_TEST(found_in(result(R"("valueQuantity":{"value":"1.5"})")) == "validation-json-kind @ Observation.valueQuantity.value");
    BOOST_TEST(found_in(patient(R"("name":{"family":"a"})")) == "validation-array-expected @ Patient.name");
    BOOST_TEST(found_in(patient(R"("gender":["male"])")) == "validation-array-unexpected @ Patient.gender[0]");
    BOOST_TEST(found_in(patient(R"("name":["a"])")) == "validation-object-expected @ Patient.name[0]");
    BOOST_TEST(found_in(patient(R"("birthDate":{"extension":[{"url":"http://x.example/e","valueCode":"a"}]})")) ==
               "validation-primitive-expected @ Patient.birthDate");
}

BOOST_AUTO_TEST_CASE(formats_and_emptiness) {
    BOOST_TEST(found_in(patient(R"("birthDate":"1980-02-30")")) == "validation-format @ Patient.birthDate");
    BOOST_TEST(found_in(patient(R"("deceasedDateTime":"1980-02-03T10:00:00")")) == "validation-time-zone @ Patient.deceasedDateTime");
    BOOST_TEST(found_in(patient(R"("deceasedDateTime":"1980-02-03T10")")) == "validation-format @ Patient.deceasedDateTime");
    BOOST_TEST(found_in(R"({"resourceType":"Patient","id":"a_b"})") == "validation-format @ Patient.id");
    BOOST_TEST(found_in(patient(R"("name":[{"family":""}])")) == "validation-empty @ Patient.name[0].family");
    BOOST_TEST(found_in(patient(R"("name":[{}])")) == "validation-empty @ Patient.name[0]");
    BOOST_TEST(found_in(patient(R"("name":[{"id":"n1"}])")) == "validation-empty @ Patient.name[0]");
}

BOOST_AUTO_TEST_CASE(required_bindings_are_checked_and_unknown_ones_are_not) {
    BOOST_TEST(found_in(patient(R"("gender":"男")")) == "validation-binding @ Patient.gender");
    BOOST_TEST(found_in(R"({"resourceType":"Observation","status":"done","code":{"text":"Hb"}})") ==
               "validation-binding @ Observation.status");
    BOOST_TEST(found_in(patient(R"("maritalStatus":{"coding":[{"system":"http://x.example","code":"q"}]})")) == ""); // extensible
    BOOST_TEST(found_in(patient(R"("contact":[{"gender":"x","name":{"family":"a"}}])")) ==
               "validation-binding @ Patient.contact[0].gender");
}

BOOST_AUTO_TEST_CASE(invariants_of_types_backbones_and_extensions) {
    BOOST_TEST(found_in(patient(R"("contact":[{"gender":"male"}])")) == "validation-invariant @ Patient.contact[0] pat-1");
    BOOST_TEST(found_in(result(R"("dataAbsentReason":{"text":"x"},"valueString":"a")")) == "validation-invariant @ Observation obs-6");
    BOOST_TEST(found_in(patient(R"("name":[{"period":{"start":"2024-02-02","end":"2024-01-01"}}])")) ==
               "validation-invariant @ Patient.name[0].period per-1");
    BOOST_TEST(found_in(patient(R"("extension":[{"url":"http://x.example/e"}])")) == "validation-invariant @ Patient.extension[0] ext-1");
    BOOST_TEST(found_in(result(R"("referenceRange":[{"type":{"text":"x"}}])")) ==
               "validation-invariant @ Observation.referenceRange[0] obs-3");
    BOOST_TEST(found_in(result(R"("component":[{"code":{"text":"a"},"referenceRange":[{"type":{"text":"x"}}]}])")) ==
               "validation-invariant @ Observation.component[0].referenceRange[0] obs-3"); // contentReference
}

BOOST_AUTO_TEST_CASE(warning_invariants_only_on_request) {
    Options options;
    options.best_practice = true;
    const auto outcome = r4_validator().check(read(patient(""))->root(), options);
    BOOST_TEST(lines(outcome) == "validation-invariant @ Patient dom-6");
    BOOST_TEST(!outcome.has_errors());
}

BOOST_AUTO_TEST_CASE(references_name_permitted_types_and_existing_contained) {
    BOOST_TEST(found_in(result(R"("subject":{"reference":"Patient/1"})")) == "");
    BOOST_TEST(found_in(result(R"("subject":{"reference":"Medication/1"})")) == "validation-reference-target @ Observation.subject");
    BOOST_TEST(found_in(result(R"("subject":{"reference":"#p"})")) == "validation-invariant @ Observation.subject ref-1");
    BOOST_TEST(found_in(result(R"("contained":[{"resourceType":"Patient","id":"p"}],"subject":{"reference":"#p"})")) == "");
}

BOOST_AUTO_TEST_CASE(resources_inside_resources_are_checked) {
    BOOST_TEST(
        found_in(patient(R"("contained":[{"resourceType":"Organization","id":"o","nam":"x"}],"managingOrganization":{"reference":"#o"})"))
            .find("validation-element-unknown-near @ Patient.contained[0].nam") != std::string::npos);
    BOOST_TEST(
        found_in(
            R"({"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://x.example/Patient/1","resource":{"resourceType":"Patient","id":"1","gender":"x"}}]})") ==
        "validation-binding @ Bundle.entry[0].resource.gender");
    BOOST_TEST(
        found_in(R"({"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://x.example/a","resource":{"id":"1"}}]})") ==
        "validation-resource-expected @ Bundle.entry[0].resource");
}

BOOST_AUTO_TEST_CASE(a_narrative_is_plain_xhtml) {
    const auto told = [](const std::string& div) { return found_in(patient(R"("text":{"status":"generated","div":")" + div + "\"}")); };
    BOOST_TEST(told(R"(<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>a</p></div>)") == "");
    BOOST_TEST(told(R"(<div xmlns=\"http://www.w3.org/1999/xhtml\"><form>a</form></div>)")
                   .starts_with("validation-narrative-element @ Patient.text.div"));
    BOOST_TEST(
        told(R"(<div xmlns=\"http://www.w3.org/1999/xhtml\"><p onclick=\"x\">a</p></div>)").starts_with("validation-narrative-attribute"));
    for (const auto* address : {"javascript:x()", " JaVa\\tScript:x()", "vbscript:x", "data:text/html,x"})
        BOOST_TEST(told(R"(<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\")" + std::string(address) + R"(\">a</a></div>)")
                       .starts_with("validation-narrative-attribute"),
                   address);
    BOOST_TEST(told(R"(<div xmlns=\"http://www.w3.org/1999/xhtml\"> </div>)").starts_with("validation-narrative-empty"));
    BOOST_TEST(told(R"(<p>a</p>)").starts_with("validation-narrative-div"));
}

// A narrative is a text to the reader of the resource: no limit of depth but its own keeps it from the end of the stack.
BOOST_AUTO_TEST_CASE(a_narrative_may_not_be_deeper_than_a_document) {
    const auto nested = [](int levels) {
        std::string open, close;
        for (int level = 0; level < levels; ++level) {
            open += "<b>";
            close += "</b>";
        }
        return found_in(R"({"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">)" +
                        open + "x" + close + R"(</div>"}})");
    };
    BOOST_TEST(nested(100) == "");
    BOOST_TEST(nested(200'000).starts_with("validation-narrative-div"));
}

BOOST_AUTO_TEST_CASE(an_unknown_profile_is_as_grave_as_the_caller_says) {
    const auto text = patient(R"("meta":{"profile":["http://x.example/StructureDefinition/none"]})");
    const auto document = read(text);
    BOOST_TEST(!r4_validator().check(document->root()).has_errors());
    Options strict;
    strict.unknown_profile = Severity::error;
    BOOST_TEST(r4_validator().check(document->root(), strict).has_errors());
}

BOOST_AUTO_TEST_CASE(issues_end_at_their_maximum) {
    std::string names;
    for (int i = 0; i < 50; ++i) names += (i ? "," : "") + std::string(R"({"nosuch":"x"})");
    Options options;
    options.issues_max = 7;
    BOOST_TEST(r4_validator().check(read(patient("\"name\":[" + names + "]"))->root(), options).issues().size() == 7u);
}

// A flood of warnings once could have made a bad resource look good.
BOOST_AUTO_TEST_CASE(warnings_never_hide_an_error) {
    std::string unknown;
    for (int i = 0; i < 9; ++i)
        unknown += (i ? "," : "") + std::string(R"({"url":"http://x.example/e)") + std::to_string(i) + R"(","valueCode":"a"})";
    Options options;
    options.issues_max = 5;
    const auto outcome = r4_validator().check(read(patient("\"modifierExtension\":[" + unknown + R"(],"gender":"x")"))->root(), options);
    BOOST_TEST(outcome.issues().size() == 5u);
    BOOST_TEST(outcome.has_errors());
}

BOOST_AUTO_TEST_CASE(many_threads_get_the_same_answer) {
    const std::shared_ptr<const fhir::Definitions> definitions = fresh_definitions();
    const Validator fresh(definitions, std::make_shared<terminology::Terminology>(definitions));
    const auto document = read(result(R"("referenceRange":[{"type":{"text":"x"}}],"subject":{"reference":"Medication/1"})"));
    const auto expected = lines(r4_validator().check(document->root()));
    std::vector<std::string> found(8);
    std::vector<std::thread> threads;
    for (auto& answer : found) threads.emplace_back([&] { answer = lines(fresh.check(document->root())); });
    for (auto& thread : threads) thread.join();
    BOOST_TEST(!expected.empty());
    for (const auto& answer : found) BOOST_TEST(answer == expected);
}

BOOST_AUTO_TEST_SUITE_END()
