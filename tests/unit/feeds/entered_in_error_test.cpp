// What is said of a resource that was never true.
#include "feeds/entered_in_error.hpp"
#include "fhir/json.hpp"

#include <boost/test/unit_test.hpp>

namespace huitong::feeds::tests {

namespace {

std::string in_error(const std::string& resource) {
    const auto read = fhir::read_json(resource);
    const auto changed = entered_in_error(read.value->root());
    BOOST_TEST(!is_entered_in_error(read.value->root()));
    BOOST_TEST(is_entered_in_error(changed->root()));
    return fhir::write_json(changed->root());
}

} // namespace

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(a_result_says_it_by_its_status_and_keeps_the_rest) {
    BOOST_TEST(in_error(R"({"resourceType":"Observation","id":"1","status":"final","code":{"text":"K"}})") ==
               R"({"resourceType":"Observation","id":"1","code":{"text":"K"},"status":"entered-in-error"})");
}

BOOST_AUTO_TEST_CASE(what_has_no_status_gets_one) {
    BOOST_TEST(in_error(R"({"resourceType":"SupplyDelivery","id":"1"})") ==
               R"({"resourceType":"SupplyDelivery","id":"1","status":"entered-in-error"})");
}

BOOST_AUTO_TEST_CASE(a_diagnosis_and_an_allergy_say_it_by_their_verification_and_have_no_clinical_status) {
    const std::string active = R"("clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"code":"confirmed"}]})";
    const std::string coding = R"("verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/)";
    BOOST_TEST(in_error(R"({"resourceType":"Condition",)" + active + "}") ==
               R"({"resourceType":"Condition",)" + coding + R"(condition-ver-status","code":"entered-in-error"}]}})");
    BOOST_TEST(in_error(R"({"resourceType":"AllergyIntolerance",)" + active + "}") ==
               R"({"resourceType":"AllergyIntolerance",)" + coding + R"(allergyintolerance-verification","code":"entered-in-error"}]}})");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::feeds::tests
