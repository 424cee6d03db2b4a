// Scenario 1 of the domain page at the level of the service: a blood count of A, ordered again at B the next day.
#include "recognition/statistics.hpp"
#include "support/recognition_hub.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::recognition;
using namespace huitong::tests;

namespace {

struct Story : RecognitionHub {
    Story() : RecognitionHub(kAsked) {
        put_people(*this);
        put_report(story_report());
    }
    Match asked(const std::string& visit_class = "AMB") {
        auto advice = ask(question(kHospitalB, "XCG-B", visit_class));
        BOOST_REQUIRE(advice.matches.size() == 1U);
        return advice.matches.front();
    }
    Outcome say(const std::string& match, const std::string& outcome, const std::string& reason = "", const std::string& text = "",
                const std::string& receiver = kHospitalB) {
        Feedback feedback;
        feedback.match = match;
        feedback.outcome = outcome;
        feedback.reason = reason;
        feedback.text = text;
        return run(service->give(receiver, feedback));
    }
    std::string state(const std::string& match) { return service->find(caller(kHospitalB), kHospitalB, match).value().state; }
    void amend_haemoglobin(const std::string& value) {
        auto report = story_report();
        report.status = "corrected";
        for (auto& row : report.values) {
            if (row.code == "HGB") row.number = value;
        }
        put_report(report);
    }
};

std::vector<std::string> kinds(const Service& service) {
    std::vector<std::string> out;
    for (const auto& entry : service.ledger().entries(0, 1000)) {
        const auto document = fhir::read_plain_json(entry.json).value;
        out.emplace_back(document->root().text("kind"));
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(scenario_one_suite)

BOOST_FIXTURE_TEST_CASE(the_whole_panel_is_recognised_with_the_mark_of_the_register, Story) {
    const auto match = asked();
    BOOST_TEST(match.is_shown());
    BOOST_TEST(match.item == "CBC");
    BOOST_TEST(std::string(verdict_text(match.verdict)) == "RECOGNISE");
    BOOST_TEST(match.mark == "全国HR");
    BOOST_TEST(match.price->text() == "20.00");
    BOOST_TEST(match.saving->text() == "20.00");
    BOOST_TEST(match.missing.empty());
    BOOST_REQUIRE(match.members.size() == 5U);
    const auto* white = match.members.front().shown();
    BOOST_REQUIRE(white);
    BOOST_TEST(white->candidate.resource == "Observation/JY20261120001.WBC");
    BOOST_TEST(white->candidate.version == "1");
    BOOST_TEST(white->candidate.report == "DiagnosticReport/JY20261120001");
    BOOST_TEST(white->candidate.value_text == "6.8 10^9/L");
    BOOST_TEST(white->candidate.unit == "10*9/L");
    BOOST_TEST(white->candidate.reference_range == "3.5-9.5");
    BOOST_TEST(white->candidate.specimen == "BLD");
    BOOST_TEST(white->candidate.performer == kHospitalA);
    BOOST_TEST(white->candidate.claimed_mark == "全国HR");
    BOOST_TEST(white->decision.certificate == "NCCL-2026-BC-0117");
    BOOST_TEST(white->decision.circumstances_zh == "黄山甲医院 · 2026-11-20 08:45 采集 · 距今 24h35m · 窗口 72h");
}

BOOST_FIXTURE_TEST_CASE(an_adoption_holds_the_versions_and_what_was_saved, Story) {
    const auto match = asked();
    BOOST_TEST(say(match.id, "adopted").empty());
    const auto held = service->find(caller(kHospitalB), kHospitalB, match.id).value();
    BOOST_TEST(held.state == "adopted");
    BOOST_TEST(held.question.practitioner == "1023");
    BOOST_TEST(held.question.department == "内科门诊");
    BOOST_TEST(held.match.price->text() == "20.00");
    BOOST_TEST(held.match.members.at(2).shown()->candidate.version == "1");
    BOOST_TEST(held.match.members.at(2).shown()->decision.answers.size() == 25U);
    BOOST_TEST(service->ledger().verify().empty());
    const std::vector<std::string> expected = {"decided", "adopted"};
    BOOST_TEST(kinds(*service) == expected, boost::test_tools::per_element());
}

// Variant (a): the doctor orders all the same, for a reason.
BOOST_FIXTURE_TEST_CASE(an_offer_whose_results_turned_out_void_is_an_offer_no_longer, Story) {
    const auto match = asked();
    auto report = story_report();
    report.status = "entered-in-error";
    put_report(report);
    BOOST_TEST(!service->find(caller(kHospitalB), kHospitalB, match.id).has_value());
}

BOOST_FIXTURE_TEST_CASE(a_text_of_blanks_is_no_text, Story) {
    const auto match = asked();
    BOOST_TEST(rule_of(say(match.id, "declined", "6", " \u3000 ")) == "recognition-reason-text");
}

BOOST_FIXTURE_TEST_CASE(a_declined_result_keeps_its_reason, Story) {
    const auto match = asked();
    BOOST_TEST(rule_of(say(match.id, "declined")) == "recognition-reason-missing");
    BOOST_TEST(rule_of(say(match.id, "declined", "77")) == "recognition-reason-unknown");
    BOOST_TEST(rule_of(say(match.id, "declined", "6")) == "recognition-reason-text");
    BOOST_TEST(state(match.id) == "offered");
    BOOST_TEST(say(match.id, "declined", "1").empty());
    BOOST_TEST(state(match.id) == "declined");
    BOOST_TEST(say(match.id, "declined", "1").empty()); // said again: nothing new
    BOOST_TEST(rule_of(say(match.id, "adopted")) == "recognition-feedback-state");
    const std::vector<std::string> expected = {"decided", "declined"};
    BOOST_TEST(kinds(*service) == expected, boost::test_tools::per_element());
}

// Variant (b).
BOOST_FIXTURE_TEST_CASE(an_emergency_may_test_again, Story) {
    const auto match = asked("EMER");
    BOOST_TEST(std::string(verdict_text(match.verdict)) == "REFERENCE_ONLY");
    BOOST_TEST(match.mark.empty());
    const std::vector<std::string> reasons = {"TIME-OVER", "VISIT-EXEMPT"}; // the window of other visits is 24 h
    for (const auto& member : match.members) BOOST_TEST(member.shown()->decision.reasons() == reasons, boost::test_tools::per_element());
    BOOST_TEST(rule_of(say(match.id, "adopted")) == "recognition-feedback-verdict");
    BOOST_TEST(say(match.id, "declined").empty()); // nothing was offered for adoption: no reason is asked for
}

// Variant (c): four of five values.
BOOST_AUTO_TEST_CASE(a_missing_member_leaves_an_order_of_its_own) {
    RecognitionHub hub(kAsked);
    put_people(hub);
    auto report = story_report();
    report.values.pop_back();
    hub.put_report(report);
    const auto advice = hub.ask(RecognitionHub::question(kHospitalB, "XCG-B"));
    const auto& match = advice.matches.at(0);
    BOOST_TEST(std::string(verdict_text(match.verdict)) == "REFERENCE_ONLY");
    BOOST_TEST(match.panel.code == "PANEL-PART");
    BOOST_TEST(match.missing == std::vector<std::string>{"HCT"});
    BOOST_TEST(match.recognised.size() == 4U);
    BOOST_TEST(match.mark.empty());
    BOOST_TEST(match.saving->text() == "16.00"); // 20.00 less 4.00 for HCT alone
}

// Variant (d).
BOOST_FIXTURE_TEST_CASE(an_amended_value_is_told_to_the_adopter_once, Story) {
    const auto match = asked();
    BOOST_TEST(say(match.id, "adopted").empty());
    follow();
    BOOST_TEST(service->notices(caller(kHospitalB), kHospitalB, 0, 10).empty());
    clock.set(at("2026-11-21T10:00:00+08:00"));
    amend_haemoglobin("96");
    follow();
    follow();
    auto told = service->notices(caller(kHospitalB), kHospitalB, 0, 100);
    const auto haemoglobin =
        std::find_if(told.begin(), told.end(), [](const auto& one) { return one.notice.resource == "Observation/JY20261120001.HGB"; });
    BOOST_REQUIRE((haemoglobin != told.end()));
    BOOST_TEST(haemoglobin->notice.change == "value");
    BOOST_TEST(haemoglobin->notice.status == "corrected");
    BOOST_TEST(haemoglobin->notice.match == match.id);
    BOOST_TEST(haemoglobin->before->value_text == "126 g/L");
    BOOST_TEST(haemoglobin->after->value_text == "96 g/L");
    BOOST_TEST(told.size() == 5U); // the others changed their status to corrected
    StatisticsQuery by_source;
    by_source.from = at("2026-11-01T00:00:00+08:00");
    by_source.to = at("2026-12-01T00:00:00+08:00");
    by_source.by = Dimension::source;
    const auto counted = count_decisions(service->ledger(), by_source);
    BOOST_REQUIRE(counted.rows.size() == 1U); // a notice belongs to the source of what was adopted
    BOOST_TEST(counted.rows.front().group == kHospitalA);
    BOOST_TEST(counted.rows.front().counts.at("M20") == 5U);
    BOOST_TEST(service->notices(caller(kHospitalA), kHospitalA, 0, 100).empty());
    BOOST_TEST(service->notices(caller(kHospitalB), kHospitalB, told.back().notice.sequence, 100).empty());
    restart();
    follow();
    BOOST_TEST(service->notices(caller(kHospitalB), kHospitalB, 0, 100).size() == 5U);
    BOOST_TEST(service->ledger().verify().empty());
}

BOOST_FIXTURE_TEST_CASE(a_change_between_offer_and_word_is_told_too, Story) {
    const auto match = asked();
    amend_haemoglobin("96");
    follow();
    BOOST_TEST(say(match.id, "adopted").empty());
    follow();
    BOOST_TEST(service->notices(caller(kHospitalB), kHospitalB, 0, 100).size() == 5U);
}

// The worst correction: the value was somebody else's.
BOOST_FIXTURE_TEST_CASE(a_result_that_turns_out_to_be_another_persons_is_void_for_the_adopter, Story) {
    const auto match = asked();
    BOOST_TEST(say(match.id, "adopted").empty());
    follow();
    put_patient("other", kHospitalA, "A-other", "", "赵六");
    auto moved = store->view()->current({"Observation", "JY20261120001.WBC"}).value().value().body;
    moved.replace(moved.find("Patient/pa"), 10, "Patient/other");
    put(moved);
    follow();
    const auto told = service->notices(caller(kHospitalB), kHospitalB, 0, 100);
    BOOST_REQUIRE(told.size() == 1U);
    BOOST_TEST(told.front().notice.change == "void");
}

// After a merge a laboratory sends its reports again under the number that is left.
BOOST_FIXTURE_TEST_CASE(a_result_that_moves_to_another_record_of_the_same_person_is_no_news, Story) {
    const auto match = asked();
    BOOST_TEST(say(match.id, "adopted").empty());
    follow();
    auto moved = store->view()->current({"Observation", "JY20261120001.WBC"}).value().value().body;
    moved.replace(moved.find("Patient/pa"), 10, "Patient/pt");
    put(moved);
    follow();
    BOOST_TEST(service->notices(caller(kHospitalB), kHospitalB, 0, 100).empty());
}

BOOST_FIXTURE_TEST_CASE(a_result_that_moved_is_taken_back_when_its_new_record_is_parted, Story) {
    const auto match = asked();
    BOOST_TEST(say(match.id, "adopted").empty());
    follow();
    auto moved = store->view()->current({"Observation", "JY20261120001.WBC"}).value().value().body;
    moved.replace(moved.find("Patient/pa"), 10, "Patient/pt");
    put(moved);
    follow();
    // The record that it left is parted, or goes: that is nothing to the adopter any more.
    const auto told = [this] { return service->notices(caller(kHospitalB), kHospitalB, 0, 100); };
    BOOST_REQUIRE(linker->decide("pb", "pa", identity::Linker::Saying::different, "steward", "two sisters"));
    BOOST_REQUIRE(linker->decide("pt", "pa", identity::Linker::Saying::different, "steward", "two sisters"));
    follow();
    BOOST_REQUIRE(told().size() == 4U); // the four that stayed
    for (const auto& one : told()) BOOST_TEST(one.notice.resource != "Observation/JY20261120001.WBC");
    BOOST_REQUIRE(linker->decide("pb", "pt", identity::Linker::Saying::different, "steward", "three sisters"));
    follow();
    BOOST_REQUIRE(told().size() == 5U);
    BOOST_TEST(told().back().notice.resource == "Observation/JY20261120001.WBC");
    BOOST_TEST(told().back().notice.status == "parted");
}

BOOST_FIXTURE_TEST_CASE(a_steward_who_parts_the_records_takes_back_what_was_adopted_between_them, Story) {
    const auto match = asked();
    BOOST_TEST(say(match.id, "adopted").empty());
    follow();
    const auto told = [this] { return service->notices(caller(kHospitalB), kHospitalB, 0, 100); };
    BOOST_TEST(told().empty());
    BOOST_REQUIRE(linker->decide("pb", "pa", identity::Linker::Saying::different, "steward", "two sisters"));
    follow();
    BOOST_REQUIRE(told().size() == 5U); // a panel of five
    BOOST_TEST(told().front().notice.change == "void");
    BOOST_TEST(told().front().notice.status == "parted");
    follow();
    BOOST_TEST(told().size() == 5U);
}

BOOST_FIXTURE_TEST_CASE(who_adopts_what_was_parted_meanwhile_is_told_at_once, Story) {
    const auto match = asked();
    BOOST_REQUIRE(linker->decide("pb", "pa", identity::Linker::Saying::different, "steward", "two sisters"));
    BOOST_TEST(say(match.id, "adopted").empty());
    follow();
    BOOST_TEST(service->notices(caller(kHospitalB), kHospitalB, 0, 100).size() == 5U);
}

// R17: what the record says was done between the specimen and the order.
BOOST_FIXTURE_TEST_CASE(an_operation_in_between_makes_the_result_a_reference, Story) {
    const auto put_procedure = [this](const std::string& status, const std::string& code, const std::string& when) {
        put(R"({"resourceType":"Procedure","id":"op","status":")" + status +
            R"(","code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-9-cm","code":")" + code +
            R"("}]},"subject":{"reference":"Patient/pt"},"performedDateTime":")" + when + R"("})");
        const auto match = asked();
        return match.members.at(0).shown()->decision.answers.at(16);
    };
    const std::string after = "2026-11-20T15:00:00+08:00";
    BOOST_TEST(put_procedure("completed", "99.04", after).code == "EVENT-BETWEEN");
    BOOST_TEST(put_procedure("completed", "47.09", after).code == "EVENT-BETWEEN");
    BOOST_TEST(std::string(verdict_text(asked().verdict)) == "REFERENCE_ONLY");
    BOOST_TEST(put_procedure("not-done", "47.09", after).code == "");
    BOOST_TEST(put_procedure("completed", "89.52", after).code == "");                       // an electrocardiogram
    BOOST_TEST(put_procedure("completed", "47.09", "2026-11-20T08:00:00+08:00").code == ""); // before the specimen
}

// Also where the deployment vouches that every intervention is in the record.
BOOST_AUTO_TEST_CASE(a_procedure_that_no_code_tells_of_may_be_an_intervention) {
    RecognitionHub hub(kAsked);
    for (auto& pack : hub.facts.packs) pack.settings["interventionRecord"] = "complete";
    hub.restart();
    put_people(hub);
    hub.put_report(story_report());
    const auto answer = [&](const std::string& code, const std::string& when) {
        hub.put(R"({"resourceType":"Procedure","id":"op","status":"completed","code":)" + code +
                R"(,"subject":{"reference":"Patient/pt"},"performedDateTime":")" + when + R"("})");
        const auto match = hub.ask(RecognitionHub::question(kHospitalB, "XCG-B")).matches.at(0);
        return std::string(answer_text(match.members.at(0).judged.at(0).decision.answers.at(16).answer));
    };
    const std::string after = "2026-11-20T15:00:00+08:00";
    BOOST_TEST(answer(R"({"text":"阑尾切除术"})", "2026-11-10") == "pass"); // long before the specimen
    BOOST_TEST(answer(R"({"text":"阑尾切除术"})", after) == "unknown");
    BOOST_TEST(answer(R"({"coding":[{"system":"urn:oid:2.16.156.10011.2.3.3.12","code":"89.5200"}]})", after) == "pass");
    BOOST_TEST(answer(R"({"coding":[{"system":"urn:oid:2.16.156.10011.2.3.3.12","code":"47.0100"}]})", after) == "refuse");
}

BOOST_FIXTURE_TEST_CASE(a_result_of_another_time_than_it_was_adopted_for_is_told, Story) {
    const auto match = asked();
    BOOST_TEST(say(match.id, "adopted").empty());
    follow();
    auto moved = store->view()->current({"Observation", "JY20261120001.WBC"}).value().value().body;
    const std::string day = R"("effectiveDateTime":"2026-11-20)";
    moved.replace(moved.find(day), day.size(), R"("effectiveDateTime":"2026-11-13)");
    put(moved);
    follow();
    const auto told = service->notices(caller(kHospitalB), kHospitalB, 0, 100);
    BOOST_REQUIRE(told.size() == 1U);
    BOOST_TEST(told.front().notice.change == "value");
}

BOOST_FIXTURE_TEST_CASE(a_withdrawn_adoption_is_told_nothing_more, Story) {
    const auto match = asked();
    BOOST_TEST(say(match.id, "adopted").empty());
    BOOST_TEST(say(match.id, "cited").empty());
    BOOST_TEST(say(match.id, "withdrawn").empty());
    follow();
    amend_haemoglobin("96");
    follow();
    BOOST_TEST(service->notices(caller(kHospitalB), kHospitalB, 0, 100).empty());
}

BOOST_FIXTURE_TEST_CASE(a_match_belongs_to_the_hospital_that_asked, Story) {
    const auto match = asked();
    BOOST_TEST(rule_of(say(match.id, "adopted", "", "", kTownship)) == "recognition-unknown-match");
    BOOST_TEST(rule_of(service->find(caller(kTownship), kTownship, match.id).error()) == "recognition-unknown-match");
    BOOST_TEST(rule_of(say("no-such-match", "adopted")) == "recognition-unknown-match");
}

BOOST_FIXTURE_TEST_CASE(looking_moves_an_offer_once, Story) {
    const auto match = asked();
    BOOST_TEST(run(service->mark_viewed(kHospitalB, match.id, "1023")).empty());
    BOOST_TEST(run(service->mark_viewed(kHospitalB, match.id, "1023")).empty());
    BOOST_TEST(state(match.id) == "viewed");
    BOOST_TEST(say(match.id, "adopted").empty());
    BOOST_TEST(run(service->mark_viewed(kHospitalB, match.id, "1023")).empty());
    BOOST_TEST(state(match.id) == "adopted");
}

BOOST_FIXTURE_TEST_CASE(an_offer_without_an_answer_is_closed_by_the_clock, Story) {
    const auto match = asked();
    follow();
    BOOST_TEST(state(match.id) == "offered");
    clock.set(at("2026-11-25T09:20:00+08:00"));
    follow();
    BOOST_TEST(state(match.id) == "ignored");
    BOOST_TEST(say(match.id, "declined", "2").empty()); // a late word is heard
    BOOST_TEST(state(match.id) == "declined");
}

BOOST_FIXTURE_TEST_CASE(the_ledger_survives_and_shows_what_was_changed_in_it, Story) {
    const auto match = asked();
    BOOST_TEST(say(match.id, "adopted").empty());
    restart();
    BOOST_TEST(state(match.id) == "adopted");
    BOOST_TEST(service->ledger().verify().empty());
    auto first = store->fact("recognition-ledger", sequence_key(1)).value();
    first.replace(first.find("20.00"), 5, "99.00");
    store::FactWrite forged;
    forged.table = "recognition-ledger";
    forged.key = sequence_key(1);
    forged.value = first;
    BOOST_REQUIRE(!store->write_facts({forged}).has_error());
    BOOST_TEST(rule_of(service->ledger().verify()) == "audit-facts-broken");
}

BOOST_FIXTURE_TEST_CASE(a_ledger_cut_at_its_end_is_noticed, Story) {
    (void)asked();
    (void)asked();
    store::FactWrite cut;
    cut.table = "recognition-ledger";
    cut.key = sequence_key(2);
    cut.erase = true;
    BOOST_REQUIRE(!store->write_facts({cut}).has_error());
    BOOST_TEST(rule_of(service->ledger().verify()) == "audit-facts-broken");
}

BOOST_AUTO_TEST_SUITE_END()
