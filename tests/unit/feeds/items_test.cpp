// Several things under one number: which one a later message means.
#include "unit/feeds/bundle_feed.hpp"

using namespace huitong;

namespace {

struct Orders : tests::BundleFeed {
    Orders() { send("POST Patient", tests::identified("P1")); }

    static std::string order(const std::string& number, const std::string& code, const std::string& status, const std::string& which,
                             const std::string& more = "") {
        const auto coded = code.empty() ? R"({"text":"unspecified"})" : R"({"coding":[{"system":"urn:c","code":")" + code + R"("}]})";
        return R"({"fullUrl":"urn:uuid:)" + number + code + R"(","resource":{"resourceType":"ServiceRequest","status":")" + status +
               R"(","intent":"order","identifier":[{"system":"urn:o","value":")" + number + R"("})" + more + R"(],"code":)" + coded +
               R"(,"subject":{"reference":"Patient?identifier=urn:s|P1"}},"request":{"method":"PUT","url":"ServiceRequest?identifier=urn:o|)" +
               number + R"(","extension":[{"url":"https://huitong.example/fhir/StructureDefinition/item-number","valueString":")" + which +
               R"("}]}})";
    }
    /// Each order of the record by its number: "code status".
    std::string state_of(const std::string& number) const {
        const auto found = send("GET ServiceRequest?identifier=urn:o|" + number);
        return found.at("/entry/0/resource/code/coding/0/code") + ' ' + found.at("/entry/0/resource/status");
    }
    void apply_all(std::initializer_list<std::string> orders) {
        for (const auto& one : orders) BOOST_TEST(tests::rule_of(apply(one).issues) == "");
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(items)

BOOST_FIXTURE_TEST_CASE(a_second_item_of_a_number_does_not_write_over_the_first, Orders) {
    apply_all({order("T1", "A", "active", "new T1.A"), order("T1", "B", "active", "new T1.B")});
    BOOST_TEST(state_of("T1") == "A active");
    BOOST_TEST(state_of("T1.B") == "B active");
}

BOOST_FIXTURE_TEST_CASE(an_order_that_is_sent_again_is_the_same, Orders) {
    apply_all({order("T1", "A", "active", "new T1.A"), order("T1", "B", "active", "new T1.B"), order("T1", "B", "on-hold", "new T1.B"),
               order("T1", "A", "completed", "new T1.A")});
    BOOST_TEST(state_of("T1") == "A completed");
    BOOST_TEST(state_of("T1.B") == "B on-hold");
    BOOST_TEST(send("GET ServiceRequest?_summary=count").at("/total") == "2");
}

BOOST_FIXTURE_TEST_CASE(a_word_of_one_item_is_of_that_item_in_whatever_order_they_come, Orders) {
    apply_all({order("T1", "A", "active", "new T1.A"), order("T1", "B", "active", "new T1.B")});
    // One message, the second item first: it got the number of the first there.
    apply_all({order("T1", "B", "revoked", "known T1.B") + ',' + order("T1.A", "A", "completed", "known T1")});
    BOOST_TEST(state_of("T1") == "A completed");
    BOOST_TEST(state_of("T1.B") == "B revoked");
    BOOST_TEST(send("GET ServiceRequest?_summary=count").at("/total") == "2");
}

BOOST_FIXTURE_TEST_CASE(a_withdrawal_that_names_no_item_is_of_all_of_the_number, Orders) {
    apply_all({order("T1", "A", "active", "new T1.A"), order("T1", "B", "active", "new T1.B"), order("T1", "C", "active", "new T1.C"),
               order("T2", "A", "active", "new T2.A"), order("T1", "", "revoked", "all")});
    BOOST_TEST(state_of("T1").ends_with(" revoked"));
    BOOST_TEST(state_of("T1.B").ends_with(" revoked"));
    BOOST_TEST(state_of("T1.C").ends_with(" revoked"));
    BOOST_TEST(state_of("T2") == "A active");
}

BOOST_FIXTURE_TEST_CASE(a_withdrawal_of_a_drug_makes_no_order_beside_it, Orders) {
    send("POST MedicationRequest",
         R"({"resourceType":"MedicationRequest","status":"active","intent":"order","identifier":[{"system":"urn:o",)"
         R"("value":"T1"}],"medicationCodeableConcept":{"text":"m"},"subject":{"display":"P1"}})");
    BOOST_TEST(tests::rule_of(apply(order("T1", "", "revoked", "all")).issues) == "feed-other-thing");
    BOOST_TEST(send("GET ServiceRequest?_summary=count").at("/total") == "0");
}

BOOST_FIXTURE_TEST_CASE(what_is_filed_under_the_other_number_is_meant_before_what_the_own_number_holds, Orders) {
    apply_all({order("R1", "A", "active", "none") + ',' + order("R1.0800", "A", "active", "none"),
               order("R1", "A", "revoked", "rather R1.0800"), order("R1", "A", "completed", "rather R1.0700")});
    BOOST_TEST(state_of("R1.0800") == "A revoked");
    BOOST_TEST(state_of("R1") == "A completed");
}

BOOST_FIXTURE_TEST_CASE(a_second_vaccine_of_a_number_does_not_write_over_the_first, Orders) {
    const auto given = [](const std::string& code) {
        return R"({"fullUrl":"urn:uuid:v","resource":{"resourceType":"Immunization","status":"completed","identifier":[{"system":"urn:v","value":"V"}],)"
               R"("vaccineCode":{"coding":[{"system":"urn:c","code":")" +
               code +
               R"("}]},"patient":{"reference":"Patient?identifier=urn:s|P1"},"occurrenceString":"unknown"},"request":{"method":"PUT",)"
               R"("url":"Immunization?identifier=urn:v|V","extension":[{"url":)"
               R"("https://huitong.example/fhir/StructureDefinition/item-number","valueString":"new V.)" +
               code + R"("}]}})";
    };
    apply_all({given("A"), given("B"), given("B")});
    const auto code_of = [&](const std::string& number) {
        return send("GET Immunization?identifier=urn:v|" + number).at("/entry/0/resource/vaccineCode/coding/0/code");
    };
    BOOST_TEST(code_of("V") == "A");
    BOOST_TEST(code_of("V.B") == "B");
    BOOST_TEST(send("GET Immunization?_summary=count").at("/total") == "2");
}

BOOST_AUTO_TEST_SUITE_END()
