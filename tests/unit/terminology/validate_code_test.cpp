// $validate-code: the verdict, and every reason a client is told. Source: FHIR R4, ValueSet and CodeSystem $validate-code.
#include "unit/terminology/operation_call.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::terminology;
using namespace huitong::terminology::tests;

namespace {

const std::string kSystem = "urn:t:specimen";
const std::string kBlood =
    set("urn:t:blood", R"({"include":[{"system":"urn:t:specimen","filter":[{"property":"concept","op":"is-a","value":"blood"}]}]})");
const std::string kActive = set("urn:t:active", R"({"inactive":false,"include":[{"system":"urn:t:specimen"}]})");

Answered checked(const std::string& parameters, const std::string& url = "urn:t:blood") {
    return call(validate_code_in_value_set, *library_of({kSpecimens, kBlood, kActive}), uri("url", url) + "," + parameters);
}

} // namespace

BOOST_AUTO_TEST_SUITE(validate_code_suite)

BOOST_AUTO_TEST_CASE(a_code_of_the_set_is_told_with_its_name) {
    const auto answer = checked(coding(kSystem, "venous"));
    BOOST_TEST(answer.text("result") == "true");
    BOOST_TEST(answer.text("display") == "Venous blood");
    BOOST_TEST(answer.text("version") == "2");
    BOOST_TEST(answer.text("message") == "-");
    BOOST_TEST(answer.issues() == "");
}

BOOST_AUTO_TEST_CASE(not_in_the_set_and_not_in_the_system_are_two_things) {
    const auto outside = checked(coding(kSystem, "urine"));
    BOOST_TEST(outside.text("result") == "false");
    BOOST_TEST(outside.issues() == "not-in-vs");
    BOOST_TEST(outside.text("display") == "Urine");
    BOOST_TEST(checked(coding(kSystem, "hair")).issues() == "not-in-vs invalid-code");
    BOOST_TEST(checked(coding("urn:t:other", "x")).issues() == "not-in-vs not-found");
    BOOST_TEST(checked(coding("urn:t:other", "x")).text("x-unknown-system") == "urn:t:other");
    BOOST_TEST(checked(R"({"name":"coding","valueCoding":{"code":"venous"}})").issues() == "not-in-vs invalid-data");
}

BOOST_AUTO_TEST_CASE(one_good_coding_of_a_concept_is_enough_but_a_wrong_one_is_told) {
    const auto concept_of = [](const std::string& codes) {
        return checked(R"({"name":"codeableConcept","valueCodeableConcept":{"coding":[)" + codes + "]}}");
    };
    const auto both = concept_of(R"({"system":"urn:t:specimen","code":"urine"},{"system":"urn:t:specimen","code":"venous"})");
    BOOST_TEST(both.text("result") == "true");
    BOOST_TEST(both.text("code") == "venous");
    BOOST_TEST(both.issues() == "this-code-not-in-vs");
    const auto wrong = concept_of(R"({"system":"urn:t:specimen","code":"hair"},{"system":"urn:t:specimen","code":"venous"})");
    BOOST_TEST(wrong.text("result") == "false");
    const auto none = concept_of(R"({"system":"urn:t:specimen","code":"urine"})");
    BOOST_TEST(none.issues() == "not-in-vs this-code-not-in-vs");
    BOOST_TEST(none.text("code") == "-");
}

BOOST_AUTO_TEST_CASE(displays_are_checked_in_the_languages_that_are_asked_for) {
    const auto with = [](const std::string& display, const std::string& more = "") {
        const auto answer = checked(coding(kSystem, "venous", R"(,"display":")" + display + "\"") + more);
        return answer.text("result") + " " + answer.issues();
    };
    BOOST_TEST(with("venous BLOOD") == "true ");
    BOOST_TEST(with("静脉血") == "true ");
    BOOST_TEST(with("Vein") == "false invalid-display");
    BOOST_TEST(with("Venous  blood") == "false invalid-display");
    BOOST_TEST(with("Vein", "," + boolean("lenient-display-validation", true)) == "true invalid-display");
}

BOOST_AUTO_TEST_CASE(a_code_that_came_with_a_display_is_placed_by_expression_alone) {
    const auto issue_of = [](const std::string& more) {
        return checked(coding(kSystem, "hair", more)).parameter("issues").child("resource").child("issue");
    };
    BOOST_TEST(issue_of("").text("location") == "Coding.code");
    BOOST_TEST(issue_of("").text("expression") == "Coding.code");
    BOOST_TEST(!issue_of(R"(,"display":"Hair")").child("location"));
    BOOST_TEST(issue_of(R"(,"display":"Hair")").text("expression") == "Coding.code");
}

BOOST_AUTO_TEST_CASE(a_ladder_of_sets_ends_as_too_costly) {
    std::vector<std::string> ladder{kSpecimens, kBlood};
    for (int step = 0; step < 40; ++step) {
        const auto next = step == 0 ? std::string("urn:t:blood") : "urn:t:step" + std::to_string(step - 1);
        ladder.push_back(
            set("urn:t:step" + std::to_string(step), R"({"include":[{"valueSet":[")" + next + R"("]},{"valueSet":[")" + next + R"("]}]})"));
    }
    const auto answer = call(validate_code_in_value_set, *library_of(ladder), uri("url", "urn:t:step39") + "," + coding(kSystem, "venous"));
    BOOST_TEST(answer.issues() == "too-costly");
}

BOOST_AUTO_TEST_CASE(inactive_codes_are_told_or_barred) {
    const auto told = call(validate_code_in_system, *library_of({kSpecimens}), coding(kSystem, "old"));
    BOOST_TEST(told.text("result") == "true");
    BOOST_TEST(told.text("inactive") == "true");
    BOOST_TEST(told.issues() == "code-comment");
    const auto barred = checked(coding(kSystem, "old"), "urn:t:active");
    BOOST_TEST(barred.text("result") == "false");
    BOOST_TEST(barred.issues() == "code-comment code-rule not-in-vs");
}

BOOST_AUTO_TEST_CASE(a_bare_code_gets_its_system_from_the_set) {
    const auto answer = checked(R"({"name":"code","valueCode":"venous"})");
    BOOST_TEST(answer.text("result") == "true");
    BOOST_TEST(answer.text("system") == kSystem);
    BOOST_TEST(checked(R"({"name":"code","valueCode":"hair"})").issues() == "not-in-vs cannot-infer");
}

BOOST_AUTO_TEST_CASE(versions_of_set_and_code_are_held_against_each_other) {
    const auto system = [](const std::string& version) {
        return R"({"resourceType":"CodeSystem","url":"urn:t:colour","version":")" + version +
               R"(","status":"active","content":"complete","concept":[{"code":"red","display":"Red )" + version + R"("}]})";
    };
    const auto run = [&](const std::string& include, const std::string& version, const std::string& more = "") {
        const auto answer = call(
            validate_code_in_value_set,
            *library_of({system("1.0.0"), system("1.2.0"), set("urn:t:vs", R"({"include":[{"system":"urn:t:colour")" + include + "}]}")}),
            uri("url", "urn:t:vs") + "," + coding("urn:t:colour", "red", version.empty() ? "" : R"(,"version":")" + version + "\"") + more);
        return answer.text("result") + " " + answer.text("version") + " " + answer.issues();
    };
    BOOST_TEST(run("", "") == "true 1.2.0 ");
    BOOST_TEST(run("", "1.0.0") == "true 1.0.0 ");
    BOOST_TEST(run(R"(,"version":"1.2.0")", "1.0.0") == "false 1.2.0 vs-invalid");
    BOOST_TEST(run("", "9") == "false 1.2.0 vs-invalid not-found");
    BOOST_TEST(run(R"(,"version":"7")", "") == "false 1.2.0 not-found");
    BOOST_TEST(run(R"(,"version":"1.x")", "1.0.0") == "true 1.0.0 ");
    BOOST_TEST(run("", "", "," + uri("system-version", "urn:t:colour|1.0.0")) == "true 1.0.0 ");
    BOOST_TEST(run(R"(,"version":"1.2.0")", "", "," + uri("check-system-version", "urn:t:colour|1.0.x")) == "false 1.2.0 version-error");
}

BOOST_AUTO_TEST_CASE(a_fragment_says_perhaps_and_letters_of_another_case_are_told) {
    const std::string part =
        R"({"resourceType":"CodeSystem","url":"urn:t:part","status":"active","content":"fragment","concept":[{"code":"a"}]})";
    const std::string loose =
        R"({"resourceType":"CodeSystem","url":"urn:t:loose","status":"active","content":"complete","caseSensitive":false,"concept":[{"code":"Ab"}]})";
    const auto library = library_of({part, loose, set("urn:t:vs", R"({"include":[{"system":"urn:t:part"},{"system":"urn:t:loose"}]})")});
    const auto perhaps = call(validate_code_in_value_set, *library, uri("url", "urn:t:vs") + "," + coding("urn:t:part", "b"));
    BOOST_TEST(perhaps.text("result") == "true");
    BOOST_TEST(perhaps.issues() == "invalid-code");
    const auto folded = call(validate_code_in_value_set, *library, uri("url", "urn:t:vs") + "," + coding("urn:t:loose", "aB"));
    BOOST_TEST(folded.text("result") == "true");
    BOOST_TEST(folded.text("normalized-code") == "Ab");
    BOOST_TEST(folded.issues() == "code-rule");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_answered_is_an_error_of_the_request) {
    BOOST_TEST(checked(coding(kSystem, "venous"), "urn:t:none").status == 404);
    BOOST_TEST(checked(boolean("abstract", true)).status == 400);
    // An import that is missing makes the set useless, and is an answer.
    const auto library = library_of({kSpecimens, set("urn:t:vs", R"({"include":[{"valueSet":["urn:t:gone"]}]})")});
    const auto answer = call(validate_code_in_value_set, *library, uri("url", "urn:t:vs") + "," + coding(kSystem, "venous"));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.text("result") == "false");
    BOOST_TEST(answer.issues() == "not-found");
}

BOOST_AUTO_TEST_CASE(what_the_request_brings_along_counts_before_what_is_here) {
    const auto answer = checked(coding(kSystem, "venous") + R"(,{"name":"tx-resource","resource":)" +
                                set("urn:t:blood", R"({"include":[{"system":"urn:t:specimen","concept":[{"code":"urine"}]}]})") + "}");
    BOOST_TEST(answer.text("result") == "false");
}

BOOST_AUTO_TEST_SUITE_END()
