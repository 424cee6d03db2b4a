// FHIRPath and units as operations: what a workbench or a script asks without a store. Source: FHIRPath 2.0; UCUM 2.x; FHIR R4, Parameters.
#include "unit/interaction/desk.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

namespace {

const std::string kAnna = R"({"resourceType":"Patient","id":"a","active":true,"birthDate":"1980-05",
    "name":[{"family":"Li","given":["Anna","Mei"]},{"given":["A"]}],"contact":[{"gender":"female"}]})";

struct Workbench : Desk {
    Workbench() { services.terminology = &terms; }

    /// The answer to an expression on Anna with further parameters.
    Answer asked(const std::string& expression, const std::string& further = "") const {
        return send("POST $fhirpath", R"({"resourceType":"Parameters","parameter":[{"name":"expression","valueString":")" + expression +
                                          R"("},{"name":"resource","resource":)" + kAnna + "}" + further + "]}");
    }

    terminology::Terminology terms{definitions};
};

/// The part of that name in the parameter at a pointer; "-" when there is none.
std::string part(const Answer& answer, const std::string& parameter, const std::string& name, const std::string& value) {
    for (std::size_t at = 0; at < answer.size((parameter + "/part").c_str()); ++at) {
        const auto one = parameter + "/part/" + std::to_string(at);
        if (answer.at((one + "/name").c_str()) == name) return answer.at((one + value).c_str());
    }
    return "-";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(engines, Workbench)

BOOST_AUTO_TEST_CASE(an_expression_gives_its_values_by_type_with_their_paths) {
    const auto answer = asked("name.given");
    BOOST_TEST(answer.status() == 200);
    BOOST_TEST(answer.at("/parameter/0/name") == "parameters");
    BOOST_TEST(part(answer, "/parameter/0", "expression", "/valueString") == "name.given");
    BOOST_TEST(part(answer, "/parameter/0", "expectedReturnType", "/valueString") == "string");
    BOOST_TEST(part(answer, "/parameter/0", "resource", "/resource/id") == "a");
    BOOST_TEST(part(answer, "/parameter/0", "parseDebugTree", "/valueString")
                   .starts_with(R"({"ExpressionType":"ChildExpression","Name":"given")"));
    BOOST_TEST(answer.at("/parameter/1/name") == "result");
    BOOST_REQUIRE(answer.size("/parameter/1/part") == 3u);
    BOOST_TEST(answer.at("/parameter/1/part/1/name") == "string");
    BOOST_TEST(answer.at("/parameter/1/part/1/valueString") == "Mei");
    BOOST_TEST(answer.at("/parameter/1/part/1/extension/0/valueString") == "Patient.name[0].given[1]");
}

BOOST_AUTO_TEST_CASE(each_item_of_the_context_has_a_result_of_its_own) {
    const auto answer = asked("given.count()", R"(,{"name":"context","valueString":"name"})");
    BOOST_TEST(part(answer, "/parameter/0", "expectedReturnType", "/valueString") == "integer");
    BOOST_TEST(answer.at("/parameter/1/valueString") == "Patient.name[0]");
    BOOST_TEST(answer.at("/parameter/1/part/0/valueInteger") == "2");
    BOOST_TEST(answer.at("/parameter/2/valueString") == "Patient.name[1]");
    BOOST_TEST(answer.at("/parameter/2/part/0/valueInteger") == "1");
    BOOST_TEST(answer.at("/parameter/3/name") == "-");
}

BOOST_AUTO_TEST_CASE(variables_and_traces_go_in_and_out) {
    const auto answer = asked("name.given.trace('given').where($this = %wanted)",
                              R"(,{"name":"variables","part":[{"name":"wanted","valueString":"Mei"}]})");
    BOOST_TEST(answer.at("/parameter/1/part/0/valueString") == "Mei");
    BOOST_TEST(answer.at("/parameter/1/part/1/name") == "trace");
    BOOST_TEST(answer.at("/parameter/1/part/1/valueString") == "given");
    BOOST_TEST(answer.size("/parameter/1/part/1/part") == 3u);
}

BOOST_AUTO_TEST_CASE(what_parameters_cannot_hold_comes_as_json) {
    const auto contact = asked("contact");
    BOOST_TEST(contact.at("/parameter/1/part/0/extension/1/url").ends_with("/json-value"));
    BOOST_TEST(contact.at("/parameter/1/part/0/extension/1/valueString") == R"({"gender":"female"})");
    BOOST_TEST(asked("name[0]").at("/parameter/1/part/0/valueHumanName/family") == "Li");
    BOOST_TEST(asked("$this").at("/parameter/1/part/0/resource/id") == "a");
    BOOST_TEST(asked("birthDate").at("/parameter/1/part/0/valueDate") == "1980-05");
    BOOST_TEST(asked("''").at("/parameter/1/part/0/name") == "empty-string");
    BOOST_TEST(asked("1 'mg'").at("/parameter/1/part/0/valueQuantity/code") == "mg");
    BOOST_TEST(asked("nothing").at("/parameter/1/part") == "-");
}

BOOST_AUTO_TEST_CASE(a_resource_may_come_as_text_of_either_format) {
    const auto with = [&](const std::string& form, const std::string& text) {
        return send(
                   "POST $fhirpath",
                   R"({"resourceType":"Parameters","parameter":[{"name":"expression","valueString":"id"},{"name":"resource","extension":[{"url":)"
                   R"("http://fhir.forms-lab.com/StructureDefinition/)" +
                       form + R"(","valueString":)" + fhir::json_text(text) + "}]}]}")
            .at("/parameter/1/part/0/valueId");
    };
    BOOST_TEST(with("json-value", R"({"resourceType":"Patient","id":"j"})") == "j");
    BOOST_TEST(with("xml-value", R"(<Patient xmlns="http://hl7.org/fhir"><id value="x"/></Patient>)") == "x");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_asked_or_answered_is_an_outcome) {
    BOOST_TEST(asked("name.").rule() == "fhirpath-syntax");
    BOOST_TEST(asked("name.single()").rule() == "fhirpath-singleton");
    BOOST_TEST(send("POST $fhirpath", R"({"resourceType":"Parameters"})").rule() == "operation-parameter");
    BOOST_TEST(asked("(1).repeat($this + 1)").status() == 422);
}

BOOST_AUTO_TEST_CASE(a_unit_is_told_apart_into_code_words_and_base) {
    const auto answer = send("GET $unit?unit=mg/dL");
    BOOST_TEST(answer.at("/parameter/0/name") == "valid");
    BOOST_TEST(answer.at("/parameter/0/valueBoolean") == "true");
    BOOST_TEST(answer.at("/parameter/1/valueCode") == "mg/dL");
    BOOST_TEST(answer.at("/parameter/2/valueString") == "(milligram) / (deciliter)");
    BOOST_TEST(answer.at("/parameter/3/valueCode") == "g.m-3");
    BOOST_TEST(answer.at("/parameter/4/valueDecimal") == "10");
    BOOST_TEST(send("GET $unit?unit=mgg").at("/parameter/0/valueBoolean") == "false");
    BOOST_TEST(send("GET $unit").rule() == "operation-parameter");
}

BOOST_AUTO_TEST_CASE(a_value_is_converted_and_a_spelling_of_laboratories_read) {
    const auto converted = send("GET $unit?unit=mg/dL&value=5&to=g/L");
    BOOST_TEST(converted.at("/parameter/5/valueQuantity/value") == "0.05");
    BOOST_TEST(converted.at("/parameter/5/valueQuantity/code") == "g/L");
    const auto spelled = send("GET $unit?unit=K/mm3");
    BOOST_TEST(spelled.at("/parameter/0/valueString") == "K/mm3");
    BOOST_TEST(spelled.at("/parameter/2/valueCode") == "10*3/uL");
    BOOST_TEST(send("GET $unit?unit=mg&value=5&to=m").rule() == "ucum-dimension");
    BOOST_TEST(send("GET $unit?unit=mg&value=x&to=g").rule() == "operation-number");
    BOOST_TEST(send("GET $unit?unit=mg&value=1").rule() == "operation-parameter");
}

BOOST_AUTO_TEST_SUITE_END()
