// AuditEvents in the store: each record of the two logs is told once, whatever happens in between.
#include "audit/asked_patients.hpp"
#include "unit/audit/hub.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::audit;
using namespace huitong::audit::tests;

BOOST_AUTO_TEST_SUITE(deriver)

BOOST_AUTO_TEST_CASE(writes_and_reads_are_found_by_entity_patient_date_and_agent) {
    Hub hub;
    hub.write({patient("p1"), result("o1", "p1")}, "feed:lis-a", {"feed"}, "m-1");
    hub.write({patient("p2")});
    hub.record("read", {"Observation/o1"});
    BOOST_TEST(hub.derive() == 3u);
    const auto read = hub.search("action", "R");
    BOOST_REQUIRE_EQUAL(read.size(), 1u);
    BOOST_TEST((hub.search("entity", "Observation/o1") == Ids{read[0], "log.1"}));
    BOOST_TEST((hub.search("patient", "Patient/p1") == Ids{read[0], "log.1"}));
    BOOST_TEST((hub.search("patient", "Patient/p2") == Ids{"log.2"}));
    BOOST_TEST((hub.search("date", "2023-11-15") == Ids{read[0], "log.1", "log.2"}));
    BOOST_TEST((hub.search("date", "gt2023-12-01") == Ids{}));
    BOOST_TEST((hub.search("agent:identifier", "urn:huitong:feed|lis-a") == Ids{"log.1"}));
    BOOST_TEST((hub.search("altid", "his-b") == Ids{read[0], "log.2"}));
    BOOST_TEST((hub.search("agent:identifier", "urn:huitong:organization:341004H0009:practitioner|D007") == Ids{read[0]}));
    BOOST_TEST((hub.search("entity:identifier", "urn:huitong:message|m-1") == Ids{"log.1"}));
}

// One header of two bytes must not stop the hub, nor hide who read.
BOOST_AUTO_TEST_CASE(texts_of_callers_that_are_no_text_are_told_all_the_same) {
    Hub hub;
    const std::string reason("a\0b\x01", 4);
    hub.write({patient("p1")}, "his-b", {"create Patient", "341004H0009", "D007", "", "BTG", "10.0.0.7", "r-\xFF\xFE", reason});
    hub.record("read", {"Patient/p1"}, 200, "r-\xC0\x80");
    BOOST_TEST(hub.derive() == 2u);
    BOOST_TEST(hub.search("entity", "Patient/p1").size() == 2u);
    BOOST_TEST(hub.search("agent:identifier", "urn:huitong:organization:341004H0009:practitioner|D007").size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_note_of_bytes_in_an_old_log_is_read_as_text) {
    const auto note = read_note("create Patient; reason=%FF%00x; request=ab\xFF\xFE");
    BOOST_TEST(note.reason == "\uFFFD\uFFFDx");
    BOOST_TEST(note.request == "ab\uFFFD\uFFFD");
}

// What a label hides is not told by the trail of it either.
BOOST_AUTO_TEST_CASE(events_about_what_is_sensitive_have_a_label_of_their_own) {
    Hub hub;
    hub.deriver.emplace(*hub.store, registry(), *hub.log, hub.clock, std::vector<FactChain>(), std::vector<std::string>{"PSY"});
    store::Write secret;
    secret.key = {"Observation", "secret"};
    secret.body = R"({"resourceType":"Observation","id":"secret","meta":{)";
    secret.meta_at = secret.body.size();
    secret.body += "}}";
    secret.labels = {"PSY"};
    store::Commit commit;
    commit.writes.push_back(std::move(secret));
    commit.actor = "his-b";
    commit.reason = write_note({"create Observation"});
    BOOST_REQUIRE(hub.store->commit_and_wait(std::move(commit)));
    hub.write({patient("p1"), result("open", "p1")});
    hub.record("read", {"Observation/secret"});
    hub.record("read", {"Observation/open"});
    hub.record("read", {"Observation/never"});
    BOOST_TEST(hub.derive() == 5u);
    store::CallerFilter usual;
    usual.unrestricted = false;
    usual.denied_labels = {std::string(kTrailOfSensitive)};
    const auto view = hub.store->view(usual);
    BOOST_TEST(view->all("AuditEvent").size() == 3u);
}

BOOST_AUTO_TEST_CASE(deriving_comes_to_rest) {
    Hub hub;
    hub.write({patient("p1")});
    BOOST_TEST(hub.derive() == 1u);
    const auto now = hub.store->now();
    const auto end = hub.log->journal().end();
    for (int i = 0; i < 5; ++i) BOOST_TEST(hub.derive() == 0u);
    hub.restart();
    for (int i = 0; i < 5; ++i) BOOST_TEST(hub.derive() == 0u);
    BOOST_TEST(hub.store->now() == now);
    BOOST_TEST(hub.log->journal().end() == end);
}

BOOST_AUTO_TEST_CASE(a_write_over_rest_is_told_once) {
    Hub hub;
    hub.write({patient("p1")}, "his-b", {"create Patient", "341004H0009", "D007", "", "TREAT", "10.0.0.7", "r-1"});
    hub.record("create", {"Patient/p1"}, 201, "r-1");
    BOOST_TEST(hub.derive() == 1u);
    BOOST_TEST((hub.search("agent:identifier", "urn:huitong:organization:341004H0009:practitioner|D007") == Ids{"log.1"}));
    // The record of the answer may come after the commit was told, and after a restart.
    hub.write({patient("p2")}, "his-b", {"create Patient", "", "", "", "", "", "r-2"});
    BOOST_TEST(hub.derive() == 1u);
    hub.restart();
    hub.record("create", {"Patient/p2"}, 201, "r-2");
    BOOST_TEST(hub.derive() == 0u);
}

BOOST_AUTO_TEST_CASE(what_a_write_request_only_read_is_told_as_well) {
    Hub hub;
    hub.write({patient("p1"), patient("p2")});
    hub.derive();
    const auto t = hub.write({patient("p3")}, "his-b", {"transaction", "", "", "", "", "", "r-1"});
    hub.record("transaction", {"Patient/p3", "Patient/p1"}, 200, "r-1");
    hub.record("create", {"Patient/p2"}, 200, "r-2"); // If-None-Exist found it: nothing was committed
    BOOST_TEST(hub.derive() == 3u);
    BOOST_TEST((hub.search("entity", "Patient/p3") == Ids{"log." + std::to_string(t)}));
    BOOST_TEST(hub.search("entity", "Patient/p1").size() == 2u);
    BOOST_TEST(hub.search("entity", "Patient/p2").size() == 2u);
}

// Whoever asks for two at once is found in the trail of each, which says nothing of the other.
BOOST_AUTO_TEST_CASE(what_is_read_of_several_patients_is_an_event_for_each) {
    Hub hub;
    hub.write({patient("p1"), patient("p2"), result("o1", "p1"), result("o2", "p2")}); // a loader's commit stays one event
    hub.write({R"({"resourceType":"Organization","id":"h"})"});
    BOOST_TEST(hub.derive() == 2u);
    hub.record("search-type", {"Observation/o1", "Observation/o2", "Organization/h"}, 200, "r-1");
    BOOST_TEST(hub.derive() == 3u); // and one of nobody with what was asked, which may name both
    const auto asked = hub.search("entity", "Organization/h").front();
    BOOST_TEST((hub.search("entity", "Organization/h") == Ids{asked, "log.2"}));
    const auto events = hub.search("entity", "Observation/o1");
    BOOST_REQUIRE_EQUAL(events.size(), 2u);
    BOOST_TEST(events.front() == asked + ".1");
    const auto of_other = hub.search("entity", "Observation/o2");
    BOOST_REQUIRE_EQUAL(of_other.size(), 2u);
    BOOST_TEST(of_other.front() == asked + ".2");
    BOOST_TEST(hub.search("patient", "Patient/p1").front() == events.front());
    BOOST_TEST(hub.store->view()->patient_of({"AuditEvent", hub.full_id(of_other.front())}) == "p2");
    hub.restart();
    BOOST_TEST(hub.derive() == 0u);
}

// Else every reading of the trail by another hub would leave as many new events as it read.
BOOST_AUTO_TEST_CASE(reading_events_of_several_patients_is_one_event) {
    Hub hub;
    hub.write({patient("p1")});
    hub.write({patient("p2")});
    BOOST_TEST(hub.derive() == 2u);
    hub.record("history-system", {"AuditEvent/" + hub.full_id("log.1"), "AuditEvent/" + hub.full_id("log.2")}, 200, "r-1");
    BOOST_TEST(hub.derive() == 1u);
    hub.record("read", {"AuditEvent/" + hub.full_id("log.1")}, 200, "r-2");
    BOOST_TEST(hub.derive() == 1u);
    BOOST_TEST(hub.search("patient", "Patient/p1").size() == 2u);
}

BOOST_AUTO_TEST_CASE(who_was_asked_about_is_told_though_nothing_was_found) {
    Hub hub(true);
    hub.write({patient("p1"), patient("p2")});
    hub.derive();
    const auto events_of = [&](const std::string& query) {
        hub.record("search-type", {}, 200, "r-1", query);
        return hub.derive();
    };
    BOOST_TEST(events_of("GET Condition?patient=p1&code=F20") == 1u);
    BOOST_TEST(hub.search("patient", "Patient/p1").size() == 2u);
    BOOST_TEST(events_of("GET Condition?patient=p1,p2,nobody&_summary=count") == 3u);
    BOOST_TEST(hub.search("patient", "Patient/p2").size() == 2u);
    BOOST_TEST(events_of("GET Condition?code=F20") == 1u);
}

BOOST_AUTO_TEST_CASE(a_question_names_patients_in_many_ways) {
    using Names = std::set<std::string>;
    BOOST_TEST((asked_patients("GET Condition?patient=v,Patient/w&code=I10") == Names{"v", "w"}));
    BOOST_TEST((asked_patients("GET Observation?subject:Patient=http://hub.example/fhir/Patient/v") == Names{"v"}));
    BOOST_TEST((asked_patients("POST Patient/_search?_id=v&_has:Condition:patient:code=I10") == Names{"v"}));
    BOOST_TEST((asked_patients("GET Patient/v/Condition?code=I10") == Names{"v"}));
    BOOST_TEST(
        (asked_patients("GET $graphql?query=%7BConditionConnection(patient:%20%22v%22,code:%22I10%22)%7Bcount%7D%7D") == Names{"v"}));
    BOOST_TEST((asked_patients("GET Condition?_id=v") == Names{}));
    BOOST_TEST((asked_patients("GET Patient?name=v&identifier=urn:a%7Cb") == Names{}));
    BOOST_TEST((asked_patients("GET Patient/v") == Names{}));
    BOOST_TEST((asked_patients("") == Names{}));
}

BOOST_AUTO_TEST_CASE(events_of_two_hubs_have_different_ids_and_those_of_one_keep_theirs) {
    Hub one, other;
    std::vector<std::string> hubs;
    for (auto* hub : {&one, &other, &one}) {
        hub->restart();
        const auto t = hub->write({patient("p" + std::to_string(hubs.size()))});
        BOOST_TEST(hub->derive() == 1u);
        const auto view = hub->store->view();
        const auto keys = view->resource_keys(view->references("AuditEvent", "entity", "Patient", "p" + std::to_string(hubs.size())));
        BOOST_REQUIRE_EQUAL(keys.size(), 1u);
        BOOST_TEST(keys[0].id.ends_with(".log." + std::to_string(t)));
        hubs.push_back(keys[0].id.substr(0, 26));
    }
    BOOST_TEST(hubs[0] != hubs[1]);
    BOOST_TEST(hubs[0] == hubs[2]);
}

BOOST_AUTO_TEST_CASE(refusals_and_sign_ins_are_told) {
    Hub hub;
    hub.record("denied", {}, 401);
    hub.record("create", {}, 403, "r-1");
    hub.record("sign-in", {}, 200);
    BOOST_TEST(hub.derive() == 3u);
    BOOST_TEST(hub.search("outcome", "4").size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_deleted_resource_is_told_with_its_patient) {
    Hub hub;
    hub.write({patient("p1"), result("o1", "p1")});
    store::Commit commit;
    commit.actor = "his-b";
    commit.reason = "delete Observation";
    store::Write removal;
    removal.action = store::Action::remove;
    removal.key = {"Observation", "o1"};
    commit.writes.push_back(std::move(removal));
    BOOST_REQUIRE(hub.store->commit_and_wait(std::move(commit)).has_value());
    hub.derive();
    BOOST_TEST((hub.search("patient", "Patient/p1") == Ids{"log.1", "log.2"}));
    BOOST_TEST((hub.search("action", "D") == Ids{"log.2"}));
}

BOOST_AUTO_TEST_CASE(records_are_read_as_they_were_written) {
    AccessRecord record;
    record.at = {1'700'000'000'000'001};
    record.interaction = "search-type";
    record.address = "\"quoted\"";
    BOOST_TEST(write_record(read_record(write_record(record)).value()) == write_record(record));
    record.resources = {"Patient/1", "Observation/2"};
    record.status = 404;
    BOOST_TEST(write_record(read_record(write_record(record)).value()) == write_record(record));
    BOOST_TEST(!read_record("no record"));
}

BOOST_AUTO_TEST_CASE(lag_is_the_age_of_the_oldest_record_left) {
    Hub hub;
    for (std::size_t i = 0; i <= Deriver::kRecordsPerStep; ++i) hub.record("read", {});
    BOOST_TEST(hub.deriver->step().value().more);
    hub.clock.set({hub.clock.now().microseconds + 3'000'000});
    BOOST_TEST(hub.deriver->lag() == 3'000'000);
    BOOST_TEST(!hub.deriver->step().value().more);
    BOOST_TEST(hub.deriver->lag() == 0);
}

BOOST_AUTO_TEST_CASE(restarts_at_any_moment_neither_lose_nor_double_an_event) {
    std::mt19937 random(7);
    Hub hub;
    std::size_t told = 0, expected = 0;
    for (int step = 0; step < 120; ++step) {
        const auto id = std::to_string(step);
        switch (random() % 6) {
        case 0:
            hub.write({patient(id)});
            ++expected;
            break;
        case 1:
            hub.record("read", {"Patient/" + id});
            ++expected;
            break;
        case 2:
            hub.write({patient(id)}, "his-b", {"create Patient", "", "", "", "", "", id});
            hub.record("create", {"Patient/" + id}, 201, id);
            ++expected;
            break;
        case 3: hub.restart(); break;
        default: told += hub.deriver->step().value().events; break;
        }
    }
    told += hub.derive();
    BOOST_TEST(told == expected);
    BOOST_TEST(hub.events().size() == expected);
}

BOOST_AUTO_TEST_SUITE_END()
