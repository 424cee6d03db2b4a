// Expressions that people evaluate may ask for value sets, profiles and contained resources. Source: FHIR R4, FHIRPath.
#include "unit/validation/trees.hpp"

#include "validation/environment.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::validation;
using namespace huitong::validation::tests;

namespace {

std::string said(const std::string& expression) {
    const std::shared_ptr<const fhir::Definitions> definitions = fresh_definitions();
    const Environment environment(definitions, std::make_shared<terminology::Terminology>(definitions));
    const auto patient =
        read(R"({"resourceType":"Patient","gender":"male","maritalStatus":{"coding":[)"
             R"({"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M"}]},)"
             R"("managingOrganization":{"reference":"#o"},"contained":[{"resourceType":"Organization","id":"o","name":"n"}]})");
    fhirpath::EvaluationContext context;
    context.definitions = definitions.get();
    context.environment = &environment;
    const auto parsed = fhirpath::Expression::parse(expression);
    BOOST_REQUIRE(parsed.has_value());
    const auto found = parsed->evaluate(context, patient->root());
    if (!found) return found.error().leading()->rule;
    std::string out;
    for (const auto& item : *found) out += (out.empty() ? "" : " ") + fhirpath::value_text(item);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(environment)

BOOST_AUTO_TEST_CASE(codes_are_looked_up_in_value_sets) {
    BOOST_TEST(said("gender.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')") == "true");
    BOOST_TEST(said("'blue'.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')") == "false");
    BOOST_TEST(said("maritalStatus.memberOf('http://hl7.org/fhir/ValueSet/marital-status')") == "true");
    BOOST_TEST(said("gender.memberOf('http://ward.example/none')") == "");
}

BOOST_AUTO_TEST_CASE(resources_are_held_against_profiles) {
    BOOST_TEST(said("conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')") == "true");
    BOOST_TEST(said("conformsTo('http://hl7.org/fhir/StructureDefinition/vitalsigns')") == "false");
    BOOST_TEST(said("conformsTo('http://ward.example/none')") == "fhirpath-unknown-structure");
}

BOOST_AUTO_TEST_CASE(references_lead_to_what_is_contained) {
    BOOST_TEST(said("managingOrganization.resolve().name") == "n");
    BOOST_TEST(said("managingOrganization.resolve() is Organization") == "true");
}

BOOST_AUTO_TEST_SUITE_END()
