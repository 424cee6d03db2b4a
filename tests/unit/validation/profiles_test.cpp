// What a hospital's own profile asks beyond R4: cardinality, fixed and pattern values, permitted types, invariants, slices.
// Source: FHIR R4, Profiling FHIR, "Slicing", "Discriminator"; ElementDefinition.
#include "unit/validation/trees.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::validation;
using namespace huitong::validation::tests;

namespace {

constexpr const char* kUrl = "http://ward.example/StructureDefinition/under-test";

/// A validator that knows one profile of `type` whose snapshot holds the root and these elements.
std::string found_with(const std::string& type, const std::string& elements, const std::string& resource) {
    const auto definitions = fresh_definitions();
    const auto profile =
        read(R"({"resourceType":"StructureDefinition","url":")" + std::string(kUrl) +
             R"(","name":"UnderTest","status":"draft","kind":"resource","abstract":false,"derivation":"constraint","type":")" + type +
             R"(","baseDefinition":"http://hl7.org/fhir/StructureDefinition/)" + type + R"(","snapshot":{"element":[{"id":")" + type +
             R"(","path":")" + type + R"(","min":0,"max":"*"},)" + elements + "]}}");
    if (definitions->add_structure(profile->root()).has_errors()) throw std::runtime_error("test profile is not accepted");
    const Validator validator(definitions, std::make_shared<terminology::Terminology>(definitions));
    Options options;
    options.profiles.emplace_back(kUrl);
    return lines(validator.check(read(resource)->root(), options));
}

std::string result(const std::string& member) {
    return R"({"resourceType":"Observation","status":"final","code":{"text":"Hb"},)" + member + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(profiles)

BOOST_AUTO_TEST_CASE(cardinality_is_tightened) {
    const auto elements = R"({"id":"Patient.identifier","path":"Patient.identifier","min":1,"max":"1","type":[{"code":"Identifier"}]},
                             {"id":"Patient.photo","path":"Patient.photo","min":0,"max":"0","type":[{"code":"Attachment"}]})";
    BOOST_TEST(found_with("Patient", elements, R"({"resourceType":"Patient","active":true})") == "validation-min @ Patient");
    BOOST_TEST(found_with("Patient", elements, R"({"resourceType":"Patient","identifier":[{"value":"1"},{"value":"2"}]})") ==
               "validation-max @ Patient");
    BOOST_TEST(found_with("Patient", elements, R"({"resourceType":"Patient","identifier":[{"value":"1"}],"photo":[{"title":"x"}]})") ==
               "validation-max @ Patient");
    BOOST_TEST(found_with("Patient", elements, R"({"resourceType":"Patient","identifier":[{"value":"1"}]})") == "");
}

BOOST_AUTO_TEST_CASE(elements_inside_a_data_type_are_constrained) {
    const auto elements = R"({"id":"Patient.name","path":"Patient.name","min":0,"max":"*","type":[{"code":"HumanName"}]},
                             {"id":"Patient.name.text","path":"Patient.name.text","min":1,"max":"1","type":[{"code":"string"}]})";
    BOOST_TEST(found_with("Patient", elements, R"({"resourceType":"Patient","name":[{"text":"a"},{"family":"b"}]})") ==
               "validation-min @ Patient.name[1]");
}

BOOST_AUTO_TEST_CASE(fixed_is_exact_and_pattern_is_a_part) {
    const std::string head = R"({"id":"Observation.code","path":"Observation.code","min":1,"max":"1","type":[{"code":"CodeableConcept"}],)";
    const auto coded = [](const std::string& code) { return R"({"resourceType":"Observation","status":"final","code":)" + code + "}"; };
    const auto fixed = head + R"("fixedCodeableConcept":{"coding":[{"system":"http://s.example","code":"a"}]}})";
    const auto pattern = head + R"("patternCodeableConcept":{"coding":[{"system":"http://s.example","code":"a"}]}})";
    const auto exact = coded(R"({"coding":[{"code":"a","system":"http://s.example"}]})");
    const auto more =
        coded(R"({"coding":[{"system":"http://t.example","code":"z"},{"system":"http://s.example","code":"a","display":"A"}],"text":"x"})");
    const auto other = coded(R"({"coding":[{"system":"http://s.example","code":"b"}]})");
    BOOST_TEST(found_with("Observation", fixed, exact) == "");
    BOOST_TEST(found_with("Observation", fixed, more) == "validation-fixed @ Observation.code");
    BOOST_TEST(found_with("Observation", pattern, exact) == "");
    BOOST_TEST(found_with("Observation", pattern, more) == "");
    BOOST_TEST(found_with("Observation", pattern, other) == "validation-pattern @ Observation.code");
}

BOOST_AUTO_TEST_CASE(a_choice_is_narrowed) {
    const auto elements = R"({"id":"Observation.value[x]","path":"Observation.value[x]","min":1,"max":"1","type":[{"code":"Quantity"}]})";
    BOOST_TEST(found_with("Observation", elements, result(R"("valueQuantity":{"value":1})")) == "");
    BOOST_TEST(found_with("Observation", elements, result(R"("valueString":"a")")) ==
               "validation-type-not-permitted @ Observation.valueString");
}

BOOST_AUTO_TEST_CASE(bindings_and_references_are_narrowed) {
    const auto elements = R"({"id":"Observation.status","path":"Observation.status","min":1,"max":"1","type":[{"code":"code"}],
                              "binding":{"strength":"required","valueSet":"http://hl7.org/fhir/ValueSet/administrative-gender"}},
                             {"id":"Observation.subject","path":"Observation.subject","min":0,"max":"1",
                              "type":[{"code":"Reference","targetProfile":["http://hl7.org/fhir/StructureDefinition/Patient"]}]})";
    BOOST_TEST(found_with("Observation", elements, result(R"("subject":{"reference":"Group/1"})")) ==
               "validation-binding @ Observation.status; validation-reference-target @ Observation.subject");
}

BOOST_AUTO_TEST_CASE(a_profiles_own_invariant_runs) {
    const auto elements = R"x({"id":"Patient.name","path":"Patient.name","min":0,"max":"*","type":[{"code":"HumanName"}],
                              "constraint":[{"key":"w-1","severity":"error","human":"text or family","expression":"text.exists() or family.exists()"}]})x";
    BOOST_TEST(found_with("Patient", elements, R"({"resourceType":"Patient","name":[{"given":["a"]}]})") ==
               "validation-invariant @ Patient.name[0] w-1");
    BOOST_TEST(found_with("Patient", elements, R"({"resourceType":"Patient","name":[{"family":"a"}]})") == "");
}

// Skipping rules that hold without their first step must not skip this one: it is false when there is neither.
BOOST_AUTO_TEST_CASE(a_rule_with_alternatives_runs_without_its_first_step) {
    const auto elements = R"x({"id":"Patient.name","path":"Patient.name","min":0,"max":"*","type":[{"code":"HumanName"}],
        "constraint":[{"key":"w-2","severity":"error","human":"given or no family","expression":"given.where($this = 'a').exists() or family.empty()"}]})x";
    BOOST_TEST(found_with("Patient", elements, R"({"resourceType":"Patient","name":[{"family":"a"}]})") ==
               "validation-invariant @ Patient.name[0] w-2");
}

namespace {

/// Identifiers sliced by their system: one national id is asked for; `rules` of the slicing.
std::string identifier_slices(const std::string& rules) {
    return R"({"id":"Patient.identifier","path":"Patient.identifier","min":0,"max":"*","type":[{"code":"Identifier"}],
               "slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":")" +
           rules + R"("}},
              {"id":"Patient.identifier:national","path":"Patient.identifier","sliceName":"national","min":1,"max":"1","type":[{"code":"Identifier"}]},
              {"id":"Patient.identifier:national.system","path":"Patient.identifier.system","min":1,"max":"1","type":[{"code":"uri"}],"fixedUri":"http://id.example"},
              {"id":"Patient.identifier:national.value","path":"Patient.identifier.value","min":1,"max":"1","type":[{"code":"string"}]})";
}

std::string with_identifiers(const std::string& identifiers) {
    return R"({"resourceType":"Patient","active":true,"identifier":[)" + identifiers + "]}";
}

} // namespace

BOOST_AUTO_TEST_CASE(slices_by_value_count_and_constrain_their_own) {
    const auto open = identifier_slices("open");
    BOOST_TEST(found_with("Patient", open,
                          with_identifiers(R"({"system":"http://id.example","value":"1"},{"system":"http://x.example","value":"2"})")) ==
               "");
    BOOST_TEST(found_with("Patient", open, with_identifiers(R"({"system":"http://x.example","value":"2"})")) == "validation-min @ Patient");
    BOOST_TEST(found_with("Patient", open,
                          with_identifiers(R"({"system":"http://id.example","value":"1"},{"system":"http://id.example","value":"2"})")) ==
               "validation-max @ Patient");
    BOOST_TEST(found_with("Patient", open, with_identifiers(R"({"system":"http://id.example","use":"usual"})")) ==
               "validation-min @ Patient.identifier[0]");
}

BOOST_AUTO_TEST_CASE(a_closed_slicing_refuses_the_rest) {
    BOOST_TEST(found_with("Patient", identifier_slices("closed"),
                          with_identifiers(R"({"system":"http://id.example","value":"1"},{"system":"http://x.example","value":"2"})")) ==
               "validation-slice-none @ Patient.identifier[1]");
}

BOOST_AUTO_TEST_CASE(slices_by_pattern_below_the_element) {
    const auto elements =
        R"({"id":"Observation.component","path":"Observation.component","min":0,"max":"*","type":[{"code":"BackboneElement"}],
                              "slicing":{"discriminator":[{"type":"pattern","path":"code"}],"rules":"open"}},
        {"id":"Observation.component:sys","path":"Observation.component","sliceName":"sys","min":1,"max":"1","type":[{"code":"BackboneElement"}]},
        {"id":"Observation.component:sys.code","path":"Observation.component.code","min":1,"max":"1","type":[{"code":"CodeableConcept"}],
         "patternCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]}},
        {"id":"Observation.component:sys.value[x]","path":"Observation.component.value[x]","min":1,"max":"1","type":[{"code":"Quantity"}]})";
    const auto component = [](const std::string& code, const std::string& value) {
        return result(R"("component":[{"code":{"coding":[{"system":"http://loinc.org","code":")" + code + "\"}]}," + value + "}]");
    };
    BOOST_TEST(found_with("Observation", elements, component("8480-6", R"("valueQuantity":{"value":120})")) == "");
    BOOST_TEST(found_with("Observation", elements, component("8462-4", R"("valueQuantity":{"value":80})")) ==
               "validation-min @ Observation");
    const auto wrong_type = found_with("Observation", elements, component("8480-6", R"("valueString":"120")"));
    BOOST_TEST(wrong_type == "validation-type-not-permitted @ Observation.component[0].valueString");
}

BOOST_AUTO_TEST_CASE(slices_by_type_and_by_existence) {
    const auto typed =
        R"({"id":"Observation.value[x]","path":"Observation.value[x]","min":0,"max":"1","type":[{"code":"Quantity"},{"code":"string"}],
                           "slicing":{"discriminator":[{"type":"type","path":"$this"}],"rules":"open"}},
        {"id":"Observation.value[x]:valueQuantity","path":"Observation.value[x]","sliceName":"valueQuantity","min":0,"max":"1","type":[{"code":"Quantity"}]},
        {"id":"Observation.value[x]:valueQuantity.code","path":"Observation.value[x].code","min":1,"max":"1","type":[{"code":"code"}]})";
    BOOST_TEST(found_with("Observation", typed, result(R"("valueString":"a")")) == "");
    BOOST_TEST(found_with("Observation", typed, result(R"("valueQuantity":{"value":1})")) == "validation-min @ Observation.valueQuantity");
    const auto existing = R"({"id":"Patient.telecom","path":"Patient.telecom","min":0,"max":"*","type":[{"code":"ContactPoint"}],
                              "slicing":{"discriminator":[{"type":"exists","path":"rank"}],"rules":"open"}},
        {"id":"Patient.telecom:ranked","path":"Patient.telecom","sliceName":"ranked","min":0,"max":"1","type":[{"code":"ContactPoint"}]},
        {"id":"Patient.telecom:ranked.rank","path":"Patient.telecom.rank","min":1,"max":"1","type":[{"code":"positiveInt"}]})";
    const auto one = std::string(R"({"system":"phone","value":"100","rank":1})");
    BOOST_TEST(
        found_with("Patient", existing, R"({"resourceType":"Patient","telecom":[)" + one + R"(,{"system":"phone","value":"101"}]})") == "");
    BOOST_TEST(found_with("Patient", existing, R"({"resourceType":"Patient","telecom":[)" + one + "," + one + "]}") ==
               "validation-max @ Patient");
}

BOOST_AUTO_TEST_CASE(a_slicing_that_cannot_be_computed_makes_no_false_errors) {
    const auto elements = R"x({"id":"Patient.identifier","path":"Patient.identifier","min":0,"max":"*","type":[{"code":"Identifier"}],
                              "slicing":{"discriminator":[{"type":"value","path":"type.memberOf('x')"}],"rules":"closed"}},
        {"id":"Patient.identifier:a","path":"Patient.identifier","sliceName":"a","min":1,"max":"1","type":[{"code":"Identifier"}]})x";
    BOOST_TEST(found_with("Patient", elements, with_identifiers(R"({"value":"1"})")) == "");
}

BOOST_AUTO_TEST_CASE(a_profile_of_another_type_is_refused) {
    const auto elements = R"({"id":"Patient.active","path":"Patient.active","min":0,"max":"1","type":[{"code":"boolean"}]})";
    BOOST_TEST(found_with("Patient", elements, result(R"("valueString":"a")")) == "validation-profile-type @ Observation");
}

BOOST_AUTO_TEST_CASE(known_extensions_are_held_to_their_definition) {
    const std::string url = "http://hl7.org/fhir/StructureDefinition/patient-birthTime";
    const auto patient = [&](const std::string& value) {
        return R"({"resourceType":"Patient","birthDate":"1980-01-01","_birthDate":{"extension":[{"url":")" + url + "\"," + value + "}]}}";
    };
    BOOST_TEST(found_in(patient(R"("valueDateTime":"1980-01-01T08:00:00+08:00")")) == "");
    BOOST_TEST(found_in(patient(R"("valueString":"morning")"))
                   .starts_with("validation-type-not-permitted @ Patient.birthDate.extension[0].valueString"));
}

BOOST_AUTO_TEST_CASE(a_profile_discriminator_that_a_slice_does_not_use_leaves_the_choice_to_the_others) {
    const auto elements =
        R"({"id":"Observation.category","path":"Observation.category","min":0,"max":"*","type":[{"code":"CodeableConcept"}],
            "slicing":{"discriminator":[{"type":"profile","path":"coding"},{"type":"profile","path":"text"}],"rules":"closed"}},
           {"id":"Observation.category:coded","path":"Observation.category","sliceName":"coded","min":0,"max":"1",
            "type":[{"code":"CodeableConcept"}]},
           {"id":"Observation.category:coded.coding","path":"Observation.category.coding","min":1,"max":"*",
            "type":[{"code":"Coding","profile":["http://ward.example/known-coding"]}]},
           {"id":"Observation.category:coded.text","path":"Observation.category.text","min":0,"max":"1","type":[{"code":"string"}]})";
    // The profile of the coding is not known, so nothing is refused; what matters is that the missing text does not refuse it.
    BOOST_TEST(found_with("Observation", elements, result(R"("category":[{"coding":[{"code":"a"}]}])")).find("slice-none") ==
               std::string::npos);
}

// Source: FHIR Extensions, elementdefinition-profile-element.
BOOST_AUTO_TEST_CASE(a_slice_may_be_described_by_one_element_of_a_library_of_elements) {
    const auto sliced = R"("slicing":{"discriminator":[{"type":"pattern","path":"type"}],"rules":"closed"})";
    const auto profile_of = [](const std::string& name, const std::string& elements) {
        return R"({"resourceType":"StructureDefinition","url":"http://ward.example/)" + name +
               R"(","name":"P","status":"draft","kind":"resource","abstract":false,"type":"Patient","derivation":"constraint",)"
               R"("baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","differential":{"element":[)" +
               elements + "]}}";
    };
    const auto library = profile_of("library", R"({"id":"Patient.identifier","path":"Patient.identifier",)" + std::string(sliced) + R"(},
        {"id":"Patient.identifier:card","path":"Patient.identifier","sliceName":"card"},
        {"id":"Patient.identifier:card.type","path":"Patient.identifier.type","min":1,"patternCodeableConcept":{"coding":[{"code":"card"}]}},
        {"id":"Patient.identifier:card.value","path":"Patient.identifier.value","min":1})");
    const auto user = profile_of("under-test", R"({"id":"Patient.identifier","path":"Patient.identifier",)" + std::string(sliced) + R"(},
        {"id":"Patient.identifier:a","path":"Patient.identifier","sliceName":"a","min":1,
         "type":[{"code":"Identifier","profile":["http://ward.example/library"],"_profile":[{"extension":[
           {"url":"http://hl7.org/fhir/StructureDefinition/elementdefinition-profile-element","valueString":"Patient.identifier:card"}]}]}]})");
    const auto definitions = fresh_definitions();
    for (const auto& one : {library, user}) BOOST_REQUIRE(!definitions->add_structure(read(one)->root()).has_errors());
    const Validator validator(definitions, std::make_shared<terminology::Terminology>(definitions));
    Options options;
    options.profiles.emplace_back("http://ward.example/under-test");
    const auto told = [&](const std::string& identifier) {
        return lines(validator.check(read(R"({"resourceType":"Patient","identifier":[{)" + identifier + "}]}")->root(), options));
    };
    BOOST_TEST(told(R"("type":{"coding":[{"code":"card"}]},"value":"1")") == "");
    BOOST_TEST(told(R"("type":{"coding":[{"code":"card"}]})") == "validation-min @ Patient.identifier[0]");
    BOOST_TEST(told(R"("type":{"coding":[{"code":"other"}]},"value":"1")").find("validation-slice-none") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
