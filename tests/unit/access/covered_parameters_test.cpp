// What a masked caller may not ask for, and what no de-identified export is chosen by, with chains, modifiers and stored parameters.
#include "access/covered_parameters.hpp"
#include "fhir/json.hpp"
#include "support/definitions.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::access;

namespace {

struct Parameters {
    search::Registry registry{std::shared_ptr<const fhir::Definitions>(&tests::r4_definitions(), [](const auto*) {})};

    void store(const std::string& code, const std::string& expression, const std::string& type) {
        const auto parsed = fhir::read_json(R"({"resourceType":"SearchParameter","id":"x","url":"http://x.example/)" + code +
                                            R"(","name":"x","status":"active","description":"x","code":")" + code +
                                            R"(","base":["Patient"],"type":")" + type + R"(","expression":")" + expression + "\"}");
        BOOST_REQUIRE(registry.set_added({parsed.value}).empty());
    }
    bool reveals(const char* parameter, const char* type = "Patient") const { return reveals_masked(registry, type, parameter); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(covered_parameters, Parameters)

BOOST_AUTO_TEST_CASE(a_covered_value_is_not_asked_for_in_any_form) {
    for (const auto* parameter : {"name", "name:exact", "address-city", "_sort", "_filter", "phone:missing", "_has:Patient:link:phone",
                                  "_has:Patient:link:name:exact", "_has:Observation:patient:subject:Patient.family:contains",
                                  "_has:Encounter:patient:_has:Observation:encounter:patient.name:exact"})
        BOOST_TEST(reveals(parameter), parameter);
    for (const auto* parameter : {"patient.name", "subject:Patient.family", "subject.given:exact", "encounter.patient.telecom"})
        BOOST_TEST(reveals(parameter, "Observation"), parameter);
    for (const auto* parameter : {"identifier", "_id", "birthdate", "_count", "_has:Observation:patient:code"})
        BOOST_TEST(!reveals(parameter), parameter);
    for (const auto* parameter : {"code", "patient", "patient.identifier", "subject:Patient.gender"})
        BOOST_TEST(!reveals(parameter, "Observation"), parameter);
}

BOOST_AUTO_TEST_CASE(a_stored_parameter_is_judged_by_what_it_reads) {
    store("called", "Patient.contact.name.family", "string");
    BOOST_TEST(reveals("called:exact"));
    BOOST_TEST(reveals("subject.called", "Observation"));
    store("number-begins", "Patient.identifier.value", "string");
    BOOST_TEST(reveals("number-begins"));
    store("street", "Patient.address.where(use = 'home').line", "string");
    BOOST_TEST(reveals("street"));
    store("married", "Patient.maritalStatus", "token");
    BOOST_TEST(!reveals("married"));
}

BOOST_AUTO_TEST_CASE(a_deidentified_export_is_chosen_by_nothing_that_singles_out) {
    for (const auto* parameter : {"subject", "patient", "patient:Patient", "subject.birthdate", "identifier", "_id", "patient.name:exact"})
        BOOST_TEST(singles_out(registry, "Observation", parameter), parameter);
    for (const auto* parameter : {"code", "category", "date", "status", "value-quantity", "subject.gender"})
        BOOST_TEST(!singles_out(registry, "Observation", parameter), parameter);
}

BOOST_AUTO_TEST_SUITE_END()
