// One happening, one AuditEvent: valid, and with everything an auditor searches for. Source: FHIR R4, AuditEvent; IHE BALP.
#include "unit/audit/hub.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::audit;

namespace {

AccessRecord read_of_a_result() {
    AccessRecord record;
    record.at = {1'700'000'000'000'000};
    record.client = "his-b";
    record.organization = "341004H0009";
    record.practitioner = "D007";
    record.role = "doctor";
    record.purpose = "TREAT";
    record.address = "10.0.0.7";
    record.request_id = "r-1";
    record.interaction = "read";
    record.type = "Observation";
    record.id = "o1";
    record.resources = {"Observation/o1"};
    return record;
}

fhir::DocumentPtr event_of(Happening happening) { return fhir::read_json(audit_event(happening, 480)).value; }

} // namespace

BOOST_AUTO_TEST_SUITE(audit_event_text)

BOOST_AUTO_TEST_CASE(every_kind_of_happening_is_a_valid_resource) {
    for (const auto* interaction : {"read", "vread", "search-type", "history-instance", "create", "update Patient", "delete", "transaction",
                                    "$everything", "cds-order-select", "recognition", "sign-in", "denied", "feed", "feeds-replay"}) {
        for (const int status : {200, 404, 503}) {
            auto record = read_of_a_result();
            record.interaction = interaction;
            record.status = status;
            auto happening = happening_of(record, (1ULL << 40) | 4096);
            happening.patients = {"Patient/p1"};
            happening.message = "m-1";
            BOOST_TEST(validation::tests::found_in(audit_event(happening, 480)) == "", interaction);
        }
    }
    AccessRecord nobody;
    nobody.interaction = "denied";
    nobody.status = 401;
    BOOST_TEST(validation::tests::found_in(audit_event(happening_of(nobody, 1), 480)) == "");
    BOOST_TEST(validation::tests::found_in(audit_event(happening_of(store::LogEntry()), 480)) == "");
}

BOOST_AUTO_TEST_CASE(an_event_is_stored_as_every_resource_is) {
    auto record = read_of_a_result();
    record.reason = "\"Not\" \\ 抢救\n";
    record.purpose = "BTG";
    record.versions = {3};
    auto happening = happening_of(record, (1ULL << 40) | 4096);
    happening.patients = {"Patient/p1"};
    happening.query = "GET Observation?code=x";
    for (const auto& one : {happening, happening_of(store::LogEntry())}) {
        const auto event = audit_event(one, 480);
        const auto direct = stored_body(one, event);
        const auto prepared = search::prepare_body(fhir::read_json(event).value->root(), one.id);
        BOOST_TEST(direct.text == prepared.body);
        BOOST_TEST(direct.meta_at == prepared.meta_at);
    }
}

BOOST_AUTO_TEST_CASE(a_read_tells_who_what_whose_and_why) {
    auto happening = happening_of(read_of_a_result(), (1ULL << 40) | 4096);
    happening.patients = {"Patient/p1"};
    const auto event = event_of(happening);
    const auto root = event->root();
    BOOST_TEST(root.text("id") == "access.1.4096");
    BOOST_TEST(root.text("action") == "R");
    BOOST_TEST(root.text("outcome") == "0");
    BOOST_TEST(root.text("recorded") == "2023-11-15T06:13:20.000+08:00");
    BOOST_TEST(root.text("purposeOfEvent.coding.code") == "TREAT");
    std::vector<std::string> agents, entities;
    for (const auto agent : root.children("agent"))
        agents.emplace_back(std::string(agent.text("who.identifier.value")) + ' ' + std::string(agent.text("requestor")));
    BOOST_TEST((agents == std::vector<std::string>{"his-b false", " false", "D007 true"}));
    for (const auto entity : root.children("entity"))
        entities.emplace_back(std::string(entity.text("what.reference")) + std::string(entity.text("what.identifier.value")));
    BOOST_TEST((entities == std::vector<std::string>{"Patient/p1", "Observation/o1", "r-1"}));
}

BOOST_AUTO_TEST_CASE(a_refused_request_tells_what_was_asked_for) {
    auto record = read_of_a_result();
    record.status = 404;
    record.resources.clear();
    const auto event = event_of(happening_of(record, 1));
    BOOST_TEST(event->root().text("outcome") == "4");
    BOOST_TEST(event->root().text("entity.what.reference") == "Observation/o1");
}

BOOST_AUTO_TEST_CASE(a_note_of_a_write_is_read_as_it_was_written) {
    WriteNote note{"update Patient", "341004H0009", "D007", "doctor; really", "TREAT", "[::1]", "50%\n; request=other"};
    BOOST_TEST((read_note(write_note(note)) == note));
    BOOST_TEST(write_note(note).find('\n') == std::string::npos);
    BOOST_TEST((read_note("feed") == WriteNote{"feed"}));
    BOOST_TEST((read_note("") == WriteNote{}));
    BOOST_TEST((read_note("x; unknown=1; purpose=TREAT%").purpose == "TREAT%"));
}

BOOST_AUTO_TEST_SUITE_END()
