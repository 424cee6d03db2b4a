// What a masked caller sees of people, and what a label covers for everybody. Source: design "masking".
#include "access/masking.hpp"
#include "fhir/json.hpp"
#include "support/definitions.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

using namespace huitong;
using namespace huitong::access;

namespace {

constexpr auto kPatient =
    R"({"resourceType":"Patient","id":"p","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">王秀英</div>"},)"
    R"("identifier":[{"system":"urn:oid:2.16.156.10011.1.3","value":"990102195603140724"}],)"
    R"("name":[{"use":"official","text":"王秀英","family":"王","given":["秀英"]}],)"
    R"("telecom":[{"system":"phone","value":"13900000000"},{"system":"email","value":"xiuying.wang@example.org"}],)"
    R"("gender":"female","birthDate":"1956-03-14",)"
    R"("address":[{"text":"黄山市屯溪区花溪路9901号","line":["花溪路9901号"],"district":"屯溪区","city":"黄山市","state":"安徽省","postalCode":"245000"}],)"
    R"("photo":[{"data":"eHh4"}],"contact":[{"name":{"text":"李卫国"},"telecom":[{"value":"13900000001"}]}]})";
constexpr const char* kCanaries[] = {
    "王秀英", "秀英", "990102195603140724", "13900000000", "13900000001", "xiuying", "花溪路", "屯溪区", "245000", "李卫国", "eHh4"};

Caller masked_caller() {
    Caller out;
    out.masked = true;
    return out;
}

std::string covered(const std::string& body, const Caller& caller) { return mask(body, caller, tests::r4_definitions()); }

} // namespace

BOOST_AUTO_TEST_SUITE(masking)

BOOST_AUTO_TEST_CASE(a_masked_caller_sees_that_there_is_somebody_and_not_who) {
    const auto text = covered(kPatient, masked_caller());
    for (const auto* canary : kCanaries) BOOST_TEST(text.find(canary) == std::string::npos, canary << " in " << text);
    for (const auto* kept : {"王**", "9****************4", "139****0000", "安徽省", "黄山市", "1956-03-14", "female"})
        BOOST_TEST(text.find(kept) != std::string::npos, kept << " in " << text);
}

BOOST_AUTO_TEST_CASE(bundles_contained_resources_and_references_to_people_are_covered_too) {
    const auto bundle =
        std::string(R"({"resourceType":"Bundle","type":"searchset","entry":[{"resource":)") + kPatient +
        R"(},{"resource":{"resourceType":"Observation","status":"final","contained":[{"resourceType":"RelatedPerson","id":"r","name":[{"text":"李卫国"}]}],"code":{"text":"血红蛋白"},)"
        R"("subject":{"reference":"Patient/p","display":"王秀英","identifier":{"value":"990102195603140724"}},"performer":[{"reference":"Practitioner/d","display":"检验科"}],"valueQuantity":{"value":126,"unit":"g/L"}}}]})";
    const auto text = covered(bundle, masked_caller());
    for (const auto* canary : kCanaries) BOOST_TEST(text.find(canary) == std::string::npos, canary);
    for (const auto* kept : {"血红蛋白", "126", "检验科", "Patient/p"}) BOOST_TEST(text.find(kept) != std::string::npos, kept);
}

BOOST_AUTO_TEST_CASE(the_label_covers_a_record_for_all_but_those_who_must_know) {
    std::string labelled = kPatient;
    labelled.insert(labelled.find("\"id\""), R"("meta":{"security":[{"code":"MASK"}]},)");
    Caller doctor;
    BOOST_TEST(covered(kPatient, doctor) == kPatient);
    BOOST_TEST(covered(labelled, doctor).find("王秀英") == std::string::npos);
    auto emergency = doctor, resident = doctor, owner = doctor;
    emergency.purpose = "BTG";
    resident.patient_id = "p";
    resident.is_resident = true;
    owner.local_admin = true;
    for (const auto& caller : {emergency, resident, owner}) BOOST_TEST(covered(labelled, caller) == labelled);
    // Who sees it covered would write it back covered.
    const auto denied = write_sight_of(doctor).denied_labels;
    BOOST_TEST((std::find(denied.begin(), denied.end(), "MASK") != denied.end()));
    const auto unseen = filter_of(doctor).denied_labels;
    BOOST_TEST((std::find(unseen.begin(), unseen.end(), "MASK") == unseen.end()));
}

BOOST_AUTO_TEST_CASE(a_masked_caller_writes_nothing) {
    auto caller = masked_caller();
    caller.scopes = {"system/*.cruds"};
    BOOST_TEST(may(caller, 'r', "Patient"));
    BOOST_TEST(may(caller, 's', "Patient"));
    for (const char right : {'c', 'u', 'd'}) BOOST_TEST(!may(caller, right, "Patient"));
}

BOOST_AUTO_TEST_CASE(what_stands_beside_a_covered_value_goes_with_it) {
    const auto text = covered(
        R"({"resourceType":"Patient","id":"p","extension":[{"url":"http://x.example/mother","valueString":"李卫国"},{"url":"http://x.example/class","valueCode":"A"}],)"
        R"("name":[{"family":"王","_family":{"extension":[{"url":"http://x.example/spelt","valueString":"秀英"}]},"extension":[{"url":"http://x.example/n","valueString":"秀英"}]}],)"
        R"("identifier":[{"value":"990102195603140724","_value":{"extension":[{"url":"http://x.example/n","valueCode":"990102195603140724"}]}}],)"
        R"("address":[{"state":"安徽省","_state":{"extension":[{"url":"http://x.example/n","valueCode":"屯溪区"}]}}]})",
        masked_caller());
    for (const auto* canary : kCanaries) BOOST_TEST(text.find(canary) == std::string::npos, canary << " in " << text);
    for (const auto* kept : {"\"A\"", "安徽省", "王**"}) BOOST_TEST(text.find(kept) != std::string::npos, kept << " in " << text);
}

BOOST_AUTO_TEST_CASE(a_display_is_covered_unless_its_reference_says_that_it_is_no_persons) {
    const auto display_of = [](const std::string& reference) {
        return covered(R"({"resourceType":"Observation","subject":{)" + reference + R"("display":"王秀英"}})", masked_caller())
                   .find("王秀英") == std::string::npos;
    };
    for (const auto* person :
         {R"("reference":"#p",)", R"("reference":"urn:uuid:5d2f1a30-0000-4000-8000-000000000001",)", R"("identifier":{"value":"1"},)", "",
          R"("reference":"http://other.example/fhir/Patient/p/_history/2",)", R"("type":"Patient",)"})
        BOOST_TEST(display_of(person), person);
    for (const auto* other : {R"("reference":"Practitioner/d",)", R"("reference":"#o","type":"Organization",)"})
        BOOST_TEST(!display_of(other), other);
}

// Numbers of what belongs to a patient are made of his own.
BOOST_AUTO_TEST_CASE(numbers_that_hold_a_patients_number_are_covered_wherever_they_stand) {
    const auto text = covered(
        R"({"resourceType":"Bundle","type":"searchset","entry":[)"
        R"({"resource":{"resourceType":"AllergyIntolerance","identifier":[{"system":"urn:huitong:organization:A:allergy","value":"778899.青霉素"}],"patient":{"reference":"Patient/p"}}},)"
        R"({"resource":{"resourceType":"Condition","identifier":[{"value":"778899.J18"}],"encounter":{"identifier":{"value":"778899-1"}},"subject":{"reference":"Patient/p"}}},)"
        R"({"resource":{"resourceType":"Coverage","status":"active","identifier":[{"value":"778899.1"}],"subscriberId":"778899","dependent":"778899","extension":[{"url":"http://x.example/n","valueString":"778899"}],"beneficiary":{"reference":"Patient/p"},"payor":[{"reference":"Organization/payer","identifier":{"value":"3410-PAY"}}]}},)"
        R"({"resource":{"resourceType":"Organization","identifier":[{"value":"341002H0001"}]}},)"
        R"({"resource":{"resourceType":"ImagingStudy","status":"available","identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2.3"}],"subject":{"reference":"Patient/p"}}}]})",
        masked_caller());
    BOOST_TEST(text.find("778899") == std::string::npos, text);
    for (const auto* kept : {"341002H0001", "3410-PAY", "urn:oid:1.2.3"}) BOOST_TEST(text.find(kept) != std::string::npos, kept);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_not_shown_to_those_who_see_it_covered) {
    BOOST_TEST(covered(R"({"resourceType":"Patient","meta":{"security":[{"code":"MASK"}]},"name":)", Caller()).empty());
}

// Nor is a clerk, who has no practitioner's code.
BOOST_AUTO_TEST_CASE(staff_whose_token_is_bound_to_a_patient_are_no_residents) {
    Caller caller;
    caller.patient_id = "p";
    caller.practitioner = "1023";
    BOOST_TEST(sees_masked(caller));
    caller.practitioner.clear();
    BOOST_TEST(sees_masked(caller));
    caller.is_resident = true;
    BOOST_TEST(!sees_masked(caller));
}

BOOST_AUTO_TEST_SUITE_END()
