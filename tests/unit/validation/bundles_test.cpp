// A bundle that is filed as one piece names its parts and holds them. Source: FHIR R4, Bundle; FHIR R4, Documents.
#include "unit/validation/trees.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::validation::tests;

namespace {

std::string bundle(const std::string& type, const std::string& entries) {
    return R"({"resourceType":"Bundle","type":")" + type + R"(","entry":[)" + entries + "]}";
}

/// A document about the patient that `subject` names.
std::string document(const std::string& subject) {
    return R"({"resourceType":"Bundle","type":"document","identifier":{"system":"http://d.example","value":"1"},"timestamp":"2024-01-01T08:00:00+08:00","entry":[
        {"fullUrl":"http://x.example/Composition/c","resource":{"resourceType":"Composition","id":"c","status":"final","type":{"text":"summary"},"title":"t",
         "date":"2024-01-01","author":[{"display":"a"}],"subject":{"reference":")" +
           subject + R"("}}},
        {"fullUrl":"http://x.example/Patient/p","resource":{"resourceType":"Patient","id":"p","active":true}}]})";
}

} // namespace

BOOST_AUTO_TEST_SUITE(bundles)

BOOST_AUTO_TEST_CASE(entries_have_an_identity_except_in_exchanges) {
    const auto entry = R"({"resource":{"resourceType":"Patient","active":true}})";
    BOOST_TEST(found_in(bundle("collection", entry)) == "validation-entry-no-url @ Bundle.entry[0]");
    BOOST_TEST(found_in(bundle("batch-response", R"({"resource":{"resourceType":"Patient","active":true},"response":{"status":"200"}})")) ==
               "");
    BOOST_TEST(
        found_in(bundle("collection", R"({"fullUrl":"http://x.example/Patient/2","resource":{"resourceType":"Patient","id":"1"}})")) ==
        "validation-entry-url-id @ Bundle.entry[0]");
}

BOOST_AUTO_TEST_CASE(a_document_holds_what_its_composition_refers_to) {
    BOOST_TEST(found_in(document("Patient/p")) == "");
    BOOST_TEST(found_in(document("http://x.example/Patient/p")) == "");
    BOOST_TEST(found_in(document("Patient/q")) == "validation-document-reference @ Bundle.entry[0].resource.subject");
}

BOOST_AUTO_TEST_CASE(rules_of_the_bundle_itself_run) {
    BOOST_TEST(found_in(R"({"resourceType":"Bundle","type":"batch","total":3})") == "validation-invariant @ Bundle bdl-1");
}

BOOST_AUTO_TEST_SUITE_END()
