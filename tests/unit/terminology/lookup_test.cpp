// $lookup, $subsumes, $translate and $find-matches. Source: FHIR R4, CodeSystem and ConceptMap operations.
#include "unit/terminology/operation_call.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::terminology;
using namespace huitong::terminology::tests;

namespace {

const std::string kMap = R"({"resourceType":"ConceptMap","url":"urn:t:map","version":"3","status":"active","group":[
  {"source":"urn:t:specimen","target":"urn:t:tube","element":[
    {"code":"venous","target":[{"code":"T1","equivalence":"equivalent"},{"code":"T2","equivalence":"narrower"}]},
    {"code":"old","target":[{"code":"T9","equivalence":"unmatched"}]}]}]})";

Answered run(const std::string& parameters) { return call(translate, *library_of({kSpecimens, kMap}), parameters); }

Answered look_up(const std::string& parameters) {
    const auto document = read(R"({"resourceType":"Parameters","parameter":[)" + parameters + "]}");
    OperationInput input;
    input.add(document->root());
    auto answer = lookup(*library_of({kSpecimens}), input, {});
    return {answer.status, read(answer.body)};
}

/// Values of parts of that name below every parameter of that name.
std::string parts(const Answered& answer, std::string_view parameter, std::string_view part) {
    std::string out;
    for (const auto one : answer.root().children("parameter")) {
        if (one.text("name") != parameter) continue;
        for (const auto inner : one.children("part")) {
            if (inner.text("name") != part) continue;
            for (const auto child : inner.children()) {
                if (child.name().starts_with("value"))
                    out += (out.empty() ? "" : " ") + std::string(child.has_value() ? child.value() : child.text("code"));
            }
        }
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(lookup_suite)

BOOST_AUTO_TEST_CASE(lookup_tells_everything_of_a_code) {
    const auto answer = look_up(uri("system", "urn:t:specimen") + R"(,{"name":"code","valueCode":"blood"})");
    BOOST_TEST(answer.text("display") == "Blood");
    BOOST_TEST(answer.text("abstract") == "false");
    BOOST_TEST(parts(answer, "property", "code") == "tube tube inactive parent child child child");
    BOOST_TEST(parts(answer, "property", "value") == "red purple false fluid venous arterial serum");
    BOOST_TEST(look_up(uri("system", "urn:t:specimen") + R"(,{"name":"code","valueCode":"hair"})").status == 404);
    BOOST_TEST(look_up(uri("system", "urn:t:none") + R"(,{"name":"code","valueCode":"x"})").status == 404);
    BOOST_TEST(look_up(uri("system", "urn:t:none")).status == 400);
}

BOOST_AUTO_TEST_CASE(a_match_that_depends_on_something_holds_where_that_is_said) {
    const std::string map = R"({"resourceType":"ConceptMap","url":"urn:t:dependent","status":"active","group":[
      {"source":"urn:t:specimen","target":"urn:t:tube","unmapped":{"mode":"fixed","code":"T0"},"element":[{"code":"venous","target":[
        {"code":"T1","equivalence":"equivalent","dependsOn":[{"property":"urn:p","system":"urn:s","value":"x"}]}]}]}]})";
    const auto asked = [&](const std::string& dependency) {
        return call(translate, *library_of({kSpecimens, map}),
                    uri("system", "urn:t:specimen") + R"(,{"name":"code","valueCode":"venous"})" + dependency)
            .text("result");
    };
    const auto given = [](const std::string& code) {
        return R"(,{"name":"dependency","part":[{"name":"element","valueUri":"urn:p"},{"name":"concept","valueCodeableConcept":{"coding":[)"
               R"({"system":"urn:s","code":")" +
               code + R"("}]}}]})";
    };
    BOOST_TEST(asked("") == "false");
    BOOST_TEST(asked(given("y")) == "false");
    BOOST_TEST(asked(given("x")) == "true");
    Terminology all(nullptr);
    BOOST_TEST(!all.add(read(map)->root()).has_errors());
    BOOST_TEST(all.translate("urn:t:dependent", {"urn:t:specimen", "", "venous", ""}).empty());
}

BOOST_AUTO_TEST_CASE(a_unit_is_looked_up_in_ucum) {
    const auto unit = look_up(uri("system", "http://unitsofmeasure.org") + R"(,{"name":"code","valueCode":"mg/dL"})");
    BOOST_TEST(unit.text("display") == "(milligram) / (deciliter)");
    BOOST_TEST(look_up(uri("system", "http://unitsofmeasure.org") + R"(,{"name":"code","valueCode":"foo"})").status == 404);
}

BOOST_AUTO_TEST_CASE(a_target_is_the_value_set_of_a_map_whatever_its_url) {
    auto scoped = kMap;
    scoped.insert(scoped.find("\"group\""), R"("targetUri":"urn:oid:1.2.3",)");
    const auto asked = [&](const std::string& target) {
        const auto answer = call(translate, *library_of({kSpecimens, scoped}),
                                 uri("system", "urn:t:specimen") + R"(,{"name":"code","valueCode":"venous"},)" + uri("target", target));
        return answer.text("result");
    };
    BOOST_TEST(asked("urn:oid:1.2.3") == "true");
    BOOST_TEST(asked("urn:t:tube") == "true");
    BOOST_TEST(asked("urn:oid:9") == "false");
}

BOOST_AUTO_TEST_CASE(subsumption_is_one_word) {
    const auto library = library_of({kSpecimens});
    const auto said = [&](const std::string& a, const std::string& b) {
        const auto answer = call(subsumes, *library,
                                 uri("system", "urn:t:specimen") + R"(,{"name":"codeA","valueCode":")" + a +
                                     R"("},{"name":"codeB","valueCode":")" + b + "\"}");
        return answer.status == 200 ? answer.text("outcome") : answer.issues();
    };
    BOOST_TEST(said("fluid", "venous") == "subsumes");
    BOOST_TEST(said("serum", "derived") == "subsumed-by");
    BOOST_TEST(said("blood", "blood") == "equivalent");
    BOOST_TEST(said("venous", "urine") == "not-subsumed");
    BOOST_TEST(said("venous", "hair") == "invalid-code");
}

BOOST_AUTO_TEST_CASE(translation_goes_forward_and_back) {
    const auto forward = run(uri("url", "urn:t:map") + "," + coding("urn:t:specimen", "venous"));
    BOOST_TEST(forward.text("result") == "true");
    BOOST_TEST(parts(forward, "match", "concept") == "T1 T2");
    BOOST_TEST(parts(forward, "match", "equivalence") == "equivalent narrower");
    const auto back = run(uri("targetsystem", "urn:t:tube") + R"(,{"name":"targetCode","valueCode":"T2"})");
    BOOST_TEST(parts(back, "match", "source") == "venous");
    BOOST_TEST(run(coding("urn:t:specimen", "old")).text("result") == "false");
    BOOST_TEST(run(coding("urn:t:specimen", "urine")).text("message") == "No mapping for this code.");
    BOOST_TEST(run(uri("url", "urn:t:no-map") + "," + coding("urn:t:specimen", "urine")).status == 404);
}

BOOST_AUTO_TEST_CASE(matches_are_found_by_properties) {
    const auto library = library_of({kSpecimens});
    const auto found = [&](const std::string& code, const std::string& value) {
        return parts(call(find_matches, *library,
                          uri("system", "urn:t:specimen") + R"(,{"name":"property","part":[{"name":"code","valueCode":")" + code +
                              R"("},{"name":"value","valueString":")" + value + R"("}]})"),
                     "match", "code");
    };
    BOOST_TEST(found("tube", "red") == "blood");
    BOOST_TEST(found("parent", "blood") == "venous arterial serum");
    BOOST_TEST(found("tube", "blue") == "");
}

BOOST_AUTO_TEST_SUITE_END()
