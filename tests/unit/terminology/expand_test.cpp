// $expand. Source: FHIR R4, ValueSet-operations; the parameters of R5 that R4 servers take too.
#include "unit/terminology/operation_call.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::terminology;
using namespace huitong::terminology::tests;

namespace {

const std::string kAll = set("urn:t:all", R"({"include":[{"system":"urn:t:specimen"}]})");

Answered expanded(const std::vector<std::string>& resources, const std::string& parameters, OperationSettings settings = {}) {
    return call(expand, *library_of(resources), parameters, std::move(settings));
}

std::string codes(const std::string& compose, const std::string& more = "") {
    const auto answer = expanded({kSpecimens, set("urn:t:vs", compose)}, uri("url", "urn:t:vs") + more);
    return answer.status == 200 ? codes_of(answer.root().child("expansion")) : answer.issues();
}

std::string colour_system(const std::string& version, const std::string& concepts) {
    return R"({"resourceType":"CodeSystem","url":"urn:t:colour","version":")" + version +
           R"(","status":"active","content":"complete","concept":[)" + concepts + "]}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(expand_suite)

BOOST_AUTO_TEST_CASE(an_expansion_lists_codes_with_what_a_reader_must_know) {
    const auto answer = expanded({kSpecimens, kAll}, uri("url", "urn:t:all"));
    BOOST_TEST(answer.status == 200);
    const auto expansion = answer.root().child("expansion");
    BOOST_TEST(codes_of(expansion) == "fluid blood venous arterial urine derived serum old");
    BOOST_TEST(expansion.text("total") == "8");
    BOOST_TEST(expansion.child("contains").text("abstract") == "true");
    BOOST_TEST(answer.root().text("url") == "urn:t:all");
    BOOST_TEST(!answer.root().child("compose"));
}

BOOST_AUTO_TEST_CASE(nesting_is_asked_for_and_jumps_over_what_is_not_in_the_list) {
    const auto nested = R"(,{"name":"excludeNested","valueBoolean":false})";
    BOOST_TEST(codes(R"({"include":[{"system":"urn:t:specimen"}]})", nested) == "fluid(blood(venous arterial serum) urine) derived old");
    BOOST_TEST(codes(R"({"include":[{"system":"urn:t:specimen","concept":[{"code":"blood"},{"code":"venous"}]}]})", nested) ==
               "blood venous");
}

BOOST_AUTO_TEST_CASE(filters_work_over_hierarchy_and_properties) {
    const auto by = [](const std::string& property, const std::string& op, const std::string& value) {
        return codes(R"({"include":[{"system":"urn:t:specimen","filter":[{"property":")" + property + R"(","op":")" + op +
                     R"(","value":")" + value + R"("}]}]})");
    };
    BOOST_TEST(by("concept", "is-a", "blood") == "blood venous arterial serum");
    BOOST_TEST(by("concept", "descendent-of", "blood") == "venous arterial serum");
    BOOST_TEST(by("concept", "child-of", "fluid") == "blood urine");
    BOOST_TEST(by("concept", "descendent-leaf", "fluid") == "venous arterial urine serum");
    BOOST_TEST(by("concept", "is-not-a", "fluid") == "derived old");
    BOOST_TEST(by("concept", "generalizes", "venous") == "fluid blood venous");
    BOOST_TEST(by("tube", "=", "red") == "blood");
    BOOST_TEST(by("tube", "in", "red,blue") == "blood");
    BOOST_TEST(by("code", "regex", "[a-z]{5}") == "fluid blood urine serum");
    BOOST_TEST(by("colour", "exists", "true") == "urine");
    BOOST_TEST(by("concept", "is-a", "") == "vs-invalid");
    BOOST_TEST(by("weight", "=", "1") == "vs-invalid");
}

BOOST_AUTO_TEST_CASE(what_is_excluded_or_not_active_is_left_out) {
    BOOST_TEST(
        codes(
            R"({"include":[{"system":"urn:t:specimen"}],"exclude":[{"system":"urn:t:specimen","filter":[{"property":"concept","op":"is-a","value":"fluid"}]}]})") ==
        "derived old");
    BOOST_TEST(codes(R"({"inactive":false,"include":[{"system":"urn:t:specimen","concept":[{"code":"old"},{"code":"urine"}]}]})") ==
               "urine");
    BOOST_TEST(codes(R"({"include":[{"system":"urn:t:specimen","concept":[{"code":"old"},{"code":"urine"}]}]})",
                     "," + boolean("activeOnly", true)) == "urine");
    BOOST_TEST(codes(R"({"include":[{"system":"urn:t:specimen","concept":[{"code":"hair"},{"code":"urine"}]}]})") == "urine");
    const std::string two =
        R"({"include":[{"system":"urn:t:specimen","concept":[{"code":"urine"}]},{"system":"urn:t:none","concept":[{"code":"x"}]}]})";
    BOOST_TEST(codes(two, "," + uri("exclude-system", "urn:t:specimen")) == "x");
}

// Nothing to say about the list itself is no empty list: FHIR JSON has none.
BOOST_AUTO_TEST_CASE(listed_codes_of_a_system_that_is_not_here_are_listed) {
    const auto answer = expanded({set("urn:t:vs", R"({"include":[{"system":"urn:t:gone","concept":[{"code":"a","display":"A"}]}]})")},
                                 uri("url", "urn:t:vs"));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(codes_of(answer.root().child("expansion")) == "a");
    BOOST_TEST(!answer.root()["expansion.parameter"]);
}

BOOST_AUTO_TEST_CASE(pages_keep_the_total_and_words_narrow_the_list) {
    const auto page =
        expanded({kSpecimens, kAll}, uri("url", "urn:t:all") + R"(,{"name":"offset","valueInteger":2},{"name":"count","valueInteger":3})");
    BOOST_TEST(codes_of(page.root().child("expansion")) == "venous arterial urine");
    BOOST_TEST(page.root().text("expansion.total") == "8");
    BOOST_TEST(page.root().text("expansion.offset") == "2");
    // Names in other languages are found too.
    BOOST_TEST(codes(R"({"include":[{"system":"urn:t:specimen"}]})", R"(,{"name":"filter","valueString":"静脉"})") == "venous");
    BOOST_TEST(codes(R"({"include":[{"system":"urn:t:specimen"}]})", R"(,{"name":"filter","valueString":"BLOOD art"})") == "arterial");
}

BOOST_AUTO_TEST_CASE(the_language_chooses_the_display) {
    const auto shown = [](const std::string& languages) {
        const auto answer =
            expanded({kSpecimens, set("urn:t:vs", R"({"include":[{"system":"urn:t:specimen","concept":[{"code":"venous"}]}]})")},
                     uri("url", "urn:t:vs") + R"(,{"name":"displayLanguage","valueCode":")" + languages + "\"}");
        return answer.status == 200 ? std::string(answer.root().text("expansion.contains.display")) : answer.issues();
    };
    BOOST_TEST(shown("zh") == "静脉血");
    BOOST_TEST(shown("fr,zh-CN;q=0.5") == "静脉血");
    BOOST_TEST(shown("fr") == "Venous blood");
    BOOST_TEST(shown("!") == "invalid-display");
}

BOOST_AUTO_TEST_CASE(versions_are_chosen_by_the_include_the_request_or_the_newest) {
    const auto one = colour_system("1.0.0", R"({"code":"red"})"), two = colour_system("1.2.0", R"({"code":"red"},{"code":"blue"})");
    const auto run = [&](const std::string& include, const std::string& more = "") {
        const auto answer = expanded({one, two, set("urn:t:vs", R"({"include":[{"system":"urn:t:colour")" + include + "}]}")},
                                     uri("url", "urn:t:vs") + more);
        return answer.status == 200 ? codes_of(answer.root().child("expansion")) : answer.issues();
    };
    BOOST_TEST(run("") == "red blue");
    BOOST_TEST(run(R"(,"version":"1.0.0")") == "red");
    BOOST_TEST(run(R"(,"version":"1.x.x")") == "red blue");
    BOOST_TEST(run(R"(,"version":"3")") == "not-found");
    BOOST_TEST(run("", "," + uri("system-version", "urn:t:colour|1.0.0")) == "red");
    BOOST_TEST(run(R"(,"version":"1.2.0")", "," + uri("force-system-version", "urn:t:colour|1.0.x")) == "red");
    BOOST_TEST(run(R"(,"version":"1.2.0")", "," + uri("check-system-version", "urn:t:colour|1.0.x")) == "version-error");
}

BOOST_AUTO_TEST_CASE(circles_and_bombs_end_by_name) {
    const auto a = set("urn:t:a", R"({"include":[{"valueSet":["urn:t:b"]}]})"),
               b = set("urn:t:b", R"({"include":[{"valueSet":["urn:t:a"]}]})");
    const auto circle = expanded({a, b}, uri("url", "urn:t:a"));
    BOOST_TEST(circle.status == 422);
    BOOST_TEST(circle.root().text("issue.details.text").find("urn:t:b|1") != std::string_view::npos);
    OperationSettings small;
    small.expansion_max = 3;
    const auto large = expanded({kSpecimens, kAll}, uri("url", "urn:t:all"), small);
    BOOST_TEST(large.issues() == "too-costly");
    // A ladder of sets that each import the next one twice doubles the work at every step.
    std::vector<std::string> ladder{kSpecimens, kAll};
    for (int step = 0; step < 40; ++step) {
        const auto next = step == 0 ? std::string("urn:t:all") : "urn:t:step" + std::to_string(step - 1);
        ladder.push_back(
            set("urn:t:step" + std::to_string(step), R"({"include":[{"valueSet":[")" + next + R"("]},{"valueSet":[")" + next + R"("]}]})"));
    }
    OperationSettings limited;
    limited.work_max = 100'000;
    BOOST_TEST(expanded(ladder, uri("url", "urn:t:step39"), limited).issues() == "too-costly");
}

BOOST_AUTO_TEST_CASE(properties_of_r5_come_as_the_extensions_of_r4) {
    const auto answer = expanded({kSpecimens, set("urn:t:vs", R"({"include":[{"system":"urn:t:specimen","concept":[{"code":"urine"}]}]})")},
                                 uri("url", "urn:t:vs") + R"(,{"name":"property","valueString":"colour"})");
    const auto extension = answer.root()["expansion.contains.extension"];
    BOOST_TEST(extension.text("url").ends_with("ValueSet.expansion.contains.property"));
    BOOST_TEST(extension.text("extension.valueCode") == "colour");
}

BOOST_AUTO_TEST_CASE(supplements_add_only_when_they_are_asked_for) {
    const std::string dutch =
        R"({"resourceType":"CodeSystem","url":"urn:t:dutch","status":"active","content":"supplement","supplements":"urn:t:specimen",
            "concept":[{"code":"urine","designation":[{"language":"nl","value":"Urine, nl"}]}]})";
    const auto run = [&](const std::string& more) {
        const auto answer =
            expanded({kSpecimens, dutch, set("urn:t:vs", R"({"include":[{"system":"urn:t:specimen","concept":[{"code":"urine"}]}]})")},
                     uri("url", "urn:t:vs") + R"(,{"name":"displayLanguage","valueCode":"nl"})" + more);
        return answer.status == 200 ? std::string(answer.root().text("expansion.contains.display")) : answer.issues();
    };
    BOOST_TEST(run("") == "Urine");
    BOOST_TEST(run("," + uri("useSupplement", "urn:t:dutch")) == "Urine, nl");
    BOOST_TEST(run("," + uri("useSupplement", "urn:t:french")) == "not-found");
}

BOOST_AUTO_TEST_SUITE_END()
