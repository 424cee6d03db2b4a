// What the ledger counts up to, and what another rule pack would have decided. Source: domain page §6; design "recognition simulate".
#include "recognition/statistics.hpp"
#include "support/recognition_hub.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <mutex>
#include <thread>

using namespace huitong;
using namespace huitong::recognition;
using namespace huitong::tests;

namespace {

struct Story : RecognitionHub {
    Story() : RecognitionHub(kAsked) {
        put_people(*this);
        put_report(story_report());
    }
    std::string asked(const std::string& instance = "") {
        auto asking = question(kHospitalB, "XCG-B", "AMB");
        asking.instance = instance;
        auto advice = ask(asking);
        BOOST_REQUIRE(advice.matches.size() == 1U);
        return advice.matches.front().id;
    }
    void say(const std::string& match, const std::string& outcome, const std::string& reason = "") {
        Feedback feedback;
        feedback.match = match;
        feedback.outcome = outcome;
        feedback.reason = reason;
        BOOST_REQUIRE(run(service->give(kHospitalB, feedback)).empty());
    }
    /// "M01=2 M02=1 …" of each group.
    std::string counted(Dimension by = Dimension::none, const std::string& from = "2026-11-01T00:00:00+08:00",
                        const std::string& to = "2026-12-01T00:00:00+08:00", const std::string& receiver = "") {
        StatisticsQuery query;
        query.from = at(from);
        query.to = at(to);
        query.by = by;
        query.receiver = receiver;
        std::string out;
        for (const auto& row : count_decisions(service->ledger(), query).rows) {
            out += (out.empty() ? "" : "; ") + row.group + ":";
            for (const auto& [measure, count] : row.counts) out += ' ' + measure + '=' + std::to_string(count);
            out += " saved=" + row.saving.text();
        }
        return out;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(statistics_suite)

BOOST_FIXTURE_TEST_CASE(words_count_when_they_are_said_and_offers_once_a_call, Story) {
    const auto adopted = asked("call-1");
    (void)asked("call-1"); // order-select, then order-sign of the same call
    const auto declined = asked("call-2");
    run(service->mark_viewed(kHospitalB, adopted, "1023"));
    say(adopted, "adopted");
    say(declined, "declined", "1");
    BOOST_TEST(counted() == ": ELIGIBLE=2 M01=2 M02=1 M03=1 M08=1 saved=20.00");
    BOOST_TEST(counted(Dimension::receiver) == "341004H0009: ELIGIBLE=2 M01=2 M02=1 M03=1 M08=1 saved=20.00");
    BOOST_TEST(counted(Dimension::flow) == "341002H0001 → 341004H0009: ELIGIBLE=2 M01=2 M02=1 M03=1 M08=1 saved=20.00");
    BOOST_TEST(counted(Dimension::item) == "CBC: ELIGIBLE=2 M01=2 M02=1 M03=1 M08=1 saved=20.00");
    BOOST_TEST(counted(Dimension::reason) == ": ELIGIBLE=2 M01=2 M02=1 M08=1 saved=20.00; 1: M03=1 saved=0");
    BOOST_TEST(counted(Dimension::none, "2026-11-01T00:00:00+08:00", "2026-12-01T00:00:00+08:00", kHospitalA) == "");
}

BOOST_FIXTURE_TEST_CASE(a_period_is_half_open, Story) {
    const auto match = asked();
    clock.set(at("2026-12-01T00:00:00+08:00"));
    say(match, "adopted");
    BOOST_TEST(counted() == ": ELIGIBLE=1 M01=1 saved=0");
    BOOST_TEST(counted(Dimension::none, "2026-12-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00") == ": M02=1 saved=20.00");
}

BOOST_FIXTURE_TEST_CASE(every_number_leads_to_its_entries, Story) {
    const auto match = asked();
    say(match, "adopted");
    StatisticsQuery query;
    query.from = at("2026-11-01T00:00:00+08:00");
    query.to = at("2026-12-01T00:00:00+08:00");
    std::vector<CountedEntry> entries;
    (void)count_decisions(service->ledger(), query, [&](const CountedEntry& entry) { entries.push_back(entry); });
    BOOST_REQUIRE(entries.size() == 3U);
    const auto found = std::find_if(entries.begin(), entries.end(), [](const auto& entry) { return entry.measure == "M02"; });
    BOOST_REQUIRE(found != entries.end());
    const auto& adoption = *found;
    BOOST_TEST(adoption.match == match);
    BOOST_TEST(adoption.practitioner == "1023");
    BOOST_TEST(adoption.source == kHospitalA);
    BOOST_TEST(adoption.resource == "Observation/JY20261120001.WBC");
    BOOST_TEST(service->ledger().entry(adoption.sequence)->json.find("adopted") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_fault_of_a_result_counts_once_and_names_what_it_is, Story) {
    auto contradicting = story_report();
    contradicting.mark = "【四川HR】";
    put_report(contradicting);
    (void)asked("call-1");
    (void)asked("call-2");
    BOOST_TEST(counted(Dimension::reason) == ": ELIGIBLE=2 M01=2 saved=0; MARK-CONFLICT: M17=5 saved=0");
    BOOST_TEST(counted(Dimension::kind) == "laboratory: ELIGIBLE=2 M01=2 M17=5 saved=0");
}

BOOST_AUTO_TEST_CASE(a_rate_has_no_value_without_a_divisor) {
    Statistics::Row row;
    row.counts["M02"] = 2;
    BOOST_TEST(!row.share("M05"));
    row.counts["M01"] = 3;
    BOOST_TEST(*row.share("M05") == "66.7");
    BOOST_TEST(!row.share("M06"));
    row.counts["ELIGIBLE"] = 2;
    BOOST_TEST(*row.share("M06") == "100.0");
    BOOST_TEST(!row.share("M10")); // nothing was declined, or the rows are no reasons
    row.counts["M03"] = 1;
    row.declined_of_all = 4;
    BOOST_TEST(*row.share("M10") == "25.0");
    row.counts["M08"] = 1;
    BOOST_TEST(*row.share("M07") == "200.0"); // views of the period before
}

BOOST_AUTO_TEST_CASE(the_monthly_form_holds_definitions_and_no_formulas) {
    Statistics statistics;
    statistics.rows.emplace_back();
    statistics.rows.back().group = "=cmd()";
    statistics.rows.back().counts = {{"M01", 4}, {"M02", 1}};
    const auto made = make_monthly_form(statistics, "2026-11", [](const auto&) { return "乙,医院"; });
    const auto form = write_monthly_csv(made);
    BOOST_TEST(form.find("'=cmd(),\"乙,医院\",4,1,") != form.npos, form);
    BOOST_TEST(form.find("25.0%") != form.npos);
    BOOST_TEST(form.find("# M05 同期互认率：") != form.npos);
}

BOOST_FIXTURE_TEST_CASE(another_pack_is_tried_on_what_was_asked, Story) {
    (void)asked();
    const auto same = service->simulate("national-default", 0, 100).value();
    BOOST_TEST(same.decided == 1u);
    BOOST_TEST(same.same == 1u);
    BOOST_TEST(same.last == 1u);
    BOOST_TEST(rule_of(service->simulate("nowhere", 0, 100).error()) == "recognition-simulation-pack");
    auto changed = facts;
    auto strict = *find_pack(facts, "national-default");
    strict.id = "strict";
    // What the shipped pack only notes as not checked, this one takes for a refusal.
    for (const auto* rule : {"R10", "R17", "R18", "R19", "R21", "R23", "R24"}) strict.on_unknown[rule] = "refuse";
    changed.packs.push_back(strict);
    service->reload(std::make_shared<const Register>(changed));
    const auto stricter = service->simulate("strict", 0, 100).value();
    BOOST_REQUIRE(stricter.different.size() == 1U);
    BOOST_TEST(stricter.different.front().own == "RECOGNISE");
    BOOST_TEST(stricter.different.front().other != "RECOGNISE");
    BOOST_TEST(!stricter.different.front().reasons.empty());
    BOOST_TEST(service->ledger().last() == 1u); // nothing was written
}

BOOST_FIXTURE_TEST_CASE(two_hospitals_may_number_their_questions_alike, Story) {
    (void)asked("1001");
    auto of_township = question(kTownship, "CBC");
    of_township.orders[0].codes[0].system = "urn:huitong:catalogue:item";
    of_township.instance = "1001";
    BOOST_REQUIRE(ask(of_township).matches.at(0).is_shown());
    StatisticsQuery query;
    query.from = at("2026-11-01T00:00:00+08:00");
    query.to = at("2026-12-01T00:00:00+08:00");
    BOOST_TEST(count_decisions(service->ledger(), query).rows.at(0).counts.at("M01") == 2U);
}

// The ledger was slow, the order went on: nobody saw the offer.
BOOST_AUTO_TEST_CASE(an_offer_that_comes_too_late_is_not_counted) {
    std::promise<void> release, stalled;
    std::once_flag once;
    auto released = release.get_future().share();
    boost::asio::io_context io; // outlives what the ledger says too late
    Settings settings;
    settings.budget_ms = 1'000;
    RecognitionHub hub(kAsked, settings);
    put_people(hub);
    hub.put_report(story_report());
    hub.store->on_commit([&, released](store::LogTime) {
        std::call_once(once, [&] { stalled.set_value(); });
        released.wait();
    });
    std::thread commits([&] { hub.put_patient("late", kTownship, "T9", "", "赵六"); });
    stalled.get_future().wait(); // the writer waits now, as on a slow disk
    Advice advice;
    boost::asio::co_spawn(io, hub.service->ask(RecognitionHub::caller(kHospitalB), RecognitionHub::question(kHospitalB, "XCG-B")),
                          [&](std::exception_ptr, Advice told) { advice = std::move(told); });
    io.run();
    release.set_value();
    commits.join();
    BOOST_TEST(advice.late);
    BOOST_TEST(advice.matches.empty());
    const auto entries_of = [&](const std::string& kind) {
        std::vector<std::string> matches;
        for (const auto& entry : hub.service->ledger().entries(0, 100)) {
            const auto document = fhir::read_plain_json(entry.json).value;
            if (document->root().text("kind") == kind) matches.emplace_back(document->root().text("match"));
        }
        return matches;
    };
    for (int turn = 0; turn < 1'000 && entries_of("undelivered").empty(); ++turn)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    BOOST_REQUIRE(entries_of("undelivered") == entries_of("decided"));
    StatisticsQuery query;
    query.from = at("2026-11-01T00:00:00+08:00");
    query.to = at("2026-12-01T00:00:00+08:00");
    const auto counted = count_decisions(hub.service->ledger(), query);
    for (const auto& row : counted.rows) BOOST_TEST(!row.counts.contains("M01"));
    BOOST_TEST(!hub.service->find(RecognitionHub::caller(kHospitalB), kHospitalB, entries_of("decided").at(0)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
