// Whose reports a peer is given that asks by a number of the hospital (QBP^Q11).
#include "app/peer_results.hpp"

#include "identity/linking_store.hpp"
#include "unit/interaction/desk.hpp"

using namespace huitong;
using namespace huitong::tests;

namespace {

struct Twins : Desk {
    Twins() {
        services.store = &linking;
        const std::string number = R"(,"identifier":[{"system":"urn:huitong:organization:H1:patient","value":"7"}])";
        for (const std::string id : {"a", "b"}) {
            BOOST_REQUIRE_EQUAL(send("PUT Patient/" + id, patient(id, number)).status(), 201);
            BOOST_REQUIRE_EQUAL(
                send("PUT DiagnosticReport/of-" + id, R"({"resourceType":"DiagnosticReport","id":"of-)" + id +
                                                          R"(","status":"final","code":{"text":"x"},"subject":{"reference":)" +
                                                          R"("Patient/)" + id + R"("}})")
                    .status(),
                201);
        }
        caller.organization = "H1";
        caller.scopes = {"system/*.rs"};
    }
    /// The reports that are told, or the rule of the refusal.
    std::string told() const {
        const auto asked = fhir::read_json(R"({"number":{"authority":"H1","value":"7"}})").value;
        const auto found = app::find_results(services, linker, asked->root(), caller);
        if (found.issues.has_errors()) return rule_of(found.issues);
        std::string out;
        for (const auto& one : found.value.resources) {
            if (one.starts_with("DiagnosticReport/")) out += (out.empty() ? "" : " ") + one.substr(one.find('/') + 1);
        }
        return out;
    }

    identity::Linker linker{*store, {}};
    identity::LinkingStore linking{*store, linker};
    access::Caller caller;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(peer_results, Twins)

BOOST_AUTO_TEST_CASE(a_number_of_two_persons_names_nobody) {
    BOOST_TEST(told() == "query-number-of-several");
    // That one of them may not be seen does not make the other the one who was meant.
    caller.denied_patients = {"a"};
    BOOST_TEST(told() == "query-number-of-several");
    caller.denied_patients = {"a", "b"};
    BOOST_TEST(told() == "query-unknown-number");
}

BOOST_AUTO_TEST_CASE(a_number_of_two_records_of_one_person_names_him) {
    BOOST_REQUIRE(linker.decide("a", "b", identity::Linker::Saying::same, "steward", "seen with his card"));
    const auto reports = told();
    BOOST_TEST((reports == "of-a of-b" || reports == "of-b of-a"), reports);
}

BOOST_AUTO_TEST_SUITE_END()
