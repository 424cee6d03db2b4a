// Slicings by the letter: order, what stands at the end, slices of slices, choices closed by type.
// Source: FHIR R4, Profiling FHIR, "Slicing", "Re-slicing and Slice Names".
#include "unit/validation/trees.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::validation;
using namespace huitong::validation::tests;

namespace {

/// What a profile by differential finds in a resource.
std::string found(const std::string& type, const std::string& elements, const std::string& resource) {
    const auto definitions = fresh_definitions();
    const auto profile = read(R"({"resourceType":"StructureDefinition","url":"http://ward.example/p","name":"P","status":"draft",)"
                              R"("kind":"resource","abstract":false,"derivation":"constraint","type":")" +
                              type + R"(","baseDefinition":"http://hl7.org/fhir/StructureDefinition/)" + type +
                              R"(","differential":{"element":[)" + elements + "]}}");
    if (definitions->add_structure(profile->root()).has_errors()) throw std::runtime_error("test profile is not accepted");
    const Validator validator(definitions, std::make_shared<terminology::Terminology>(definitions));
    Options options;
    options.profiles.emplace_back("http://ward.example/p");
    return lines(validator.check(read(resource)->root(), options));
}

/// A patient with these identifiers, "system|value" each.
std::string numbered(const std::vector<std::string>& identifiers) {
    std::string out;
    for (const auto& one : identifiers) {
        const auto bar = one.find('|');
        out += (out.empty() ? "" : ",") + (R"({"system":"urn:)" + one.substr(0, bar) + R"(","value":")" + one.substr(bar + 1) + "\"}");
    }
    return R"({"resourceType":"Patient","identifier":[)" + out + "]}";
}

/// Slices a and b of Patient.identifier by system.
std::string a_and_b(const std::string& slicing) {
    const auto slice = [](const std::string& name) {
        return R"({"id":"Patient.identifier:)" + name + R"(","path":"Patient.identifier","sliceName":")" + name +
               R"("},{"id":"Patient.identifier:)" + name + R"(.system","path":"Patient.identifier.system","min":1,"fixedUri":"urn:)" +
               name + R"("})";
    };
    return R"({"id":"Patient.identifier","path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"system"}],)" +
           slicing + "}}," + slice("a") + "," + slice("b");
}

} // namespace

BOOST_AUTO_TEST_SUITE(slices)

BOOST_AUTO_TEST_CASE(an_ordered_slicing_has_the_order_of_its_slices) {
    const auto ordered = a_and_b(R"("rules":"open","ordered":true)");
    BOOST_TEST(found("Patient", ordered, numbered({"a|1", "c|2", "b|3"})) == "");
    BOOST_TEST(found("Patient", ordered, numbered({"b|3", "a|1"})) == "validation-slice-order @ Patient");
    BOOST_TEST(found("Patient", a_and_b(R"("rules":"open")"), numbered({"b|3", "a|1"})) == "");
}

BOOST_AUTO_TEST_CASE(what_is_open_at_the_end_has_the_rest_there) {
    const auto at_end = a_and_b(R"("rules":"openAtEnd")");
    BOOST_TEST(found("Patient", at_end, numbered({"a|1", "b|2", "c|3"})) == "");
    BOOST_TEST(found("Patient", at_end, numbered({"a|1", "c|3", "b|2"})) == "validation-slice-end @ Patient");
}

BOOST_AUTO_TEST_CASE(slices_of_a_slice_count_among_its_members) {
    const auto inner = [](const std::string& name, const std::string& min) {
        const auto id = "\"Patient.identifier:a/" + name;
        return "{\"id\":" + id + R"(","path":"Patient.identifier","sliceName":"a/)" + name + R"(","max":"1","min":)" + min +
               "},{\"id\":" + id + R"(.value","path":"Patient.identifier.value","min":1,"fixedString":")" + name + "\"}";
    };
    const auto elements =
        R"({"id":"Patient.identifier","path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"open"}},)"
        R"({"id":"Patient.identifier:a","path":"Patient.identifier","sliceName":"a","slicing":{"discriminator":[{"type":"value","path":"value"}],)"
        R"("rules":"closed"}},{"id":"Patient.identifier:a.system","path":"Patient.identifier.system","min":1,"fixedUri":"urn:a"},)" +
        inner("x", "1") + "," + inner("y", "0");
    BOOST_TEST(found("Patient", elements, numbered({"a|x", "a|y", "b|z"})) == "");
    BOOST_TEST(found("Patient", elements, numbered({"b|z"})) == "");
    BOOST_TEST(found("Patient", elements, numbered({"a|y"})) == "validation-min @ Patient");
    BOOST_TEST(found("Patient", elements, numbered({"a|x", "a|x"})) == "validation-max @ Patient");
    BOOST_TEST(found("Patient", elements, numbered({"a|x", "a|z"})) == "validation-slice-none @ Patient.identifier[1]");
}

BOOST_AUTO_TEST_CASE(a_choice_that_is_closed_has_the_types_of_its_slices) {
    const auto elements =
        R"({"id":"Patient.multipleBirth[x]","path":"Patient.multipleBirth[x]","slicing":{"discriminator":[{"type":"type","path":"$this"}],"rules":"closed"}},)"
        R"({"id":"Patient.multipleBirth[x]:multipleBirthInteger","path":"Patient.multipleBirth[x]","sliceName":"multipleBirthInteger","type":[{"code":"integer"}]})";
    BOOST_TEST(found("Patient", elements, R"({"resourceType":"Patient","multipleBirthInteger":2})") == "");
    BOOST_TEST(found("Patient", elements, R"({"resourceType":"Patient","multipleBirthBoolean":true})") ==
               "validation-slice-none @ Patient.multipleBirthBoolean");
}

BOOST_AUTO_TEST_CASE(a_profiles_maximum_of_characters_counts) {
    const auto elements = R"({"id":"Patient.name.text","path":"Patient.name.text","maxLength":3})";
    BOOST_TEST(found("Patient", elements, R"({"resourceType":"Patient","name":[{"text":"abc"}]})") == "");
    BOOST_TEST(found("Patient", elements, R"({"resourceType":"Patient","name":[{"text":"abcd"}]})") ==
               "validation-length @ Patient.name[0].text");
}

BOOST_AUTO_TEST_SUITE_END()
