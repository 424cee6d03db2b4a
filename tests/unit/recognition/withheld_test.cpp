// What a caller may not see, and what is void, is in the ledger alone.
#include "support/recognition_hub.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::recognition;
using namespace huitong::tests;

namespace {

struct Story : RecognitionHub {
    Story() : RecognitionHub(kAsked) { put_people(*this); }
    Advice asked() { return ask(question(kHospitalB, "XCG-B")); }
    ReportText labelled(const std::string& number = "JY20261120001") {
        auto report = story_report();
        report.number = number;
        report.labels = {"HIV"};
        return report;
    }
    /// Entries of a kind, as text.
    std::vector<std::string> entries(const std::string& kind) {
        std::vector<std::string> out;
        for (const auto& entry : service->ledger().entries(0, 1000)) {
            if (fhir::read_plain_json(entry.json).value->root().text("kind") == kind) out.push_back(entry.json);
        }
        return out;
    }
};

bool holds(const std::string& text, const std::string& piece) { return text.find(piece) != text.npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(withheld_suite)

BOOST_FIXTURE_TEST_CASE(a_result_beyond_the_callers_rights_is_as_if_it_were_not_there, Story) {
    const auto nothing = asked();
    put_report(labelled());
    const auto hidden = asked();
    BOOST_TEST(!nothing.matches.at(0).is_shown());
    BOOST_TEST(!hidden.matches.at(0).is_shown());
    BOOST_TEST(hidden.matches.at(0).members.size() == nothing.matches.at(0).members.size());
    for (const auto& member : hidden.matches.at(0).members) BOOST_TEST(member.judged.empty());
    // What the answer waited for is the same, byte for byte, but for the position of the log.
    const auto decided = entries("decided");
    BOOST_REQUIRE(decided.size() == 2U);
    BOOST_TEST(!holds(decided[1], "JY20261120001"));
    BOOST_TEST(decided[0].size() <= decided[1].size() + 2);
}

BOOST_FIXTURE_TEST_CASE(it_is_written_down_behind_the_answer_once, Story) {
    put_report(labelled());
    (void)asked();
    BOOST_TEST(entries("withheld").empty());
    follow();
    follow();
    restart();
    follow();
    const auto withheld = entries("withheld");
    BOOST_REQUIRE(withheld.size() == 1U);
    BOOST_TEST(holds(withheld[0], "Observation/JY20261120001.WBC"));
    BOOST_TEST(holds(withheld[0], "AUTH-DENY"));
    BOOST_TEST(holds(withheld[0], "WITHHELD"));
    BOOST_TEST(service->ledger().verify().empty());
}

BOOST_FIXTURE_TEST_CASE(hidden_results_take_no_place_of_visible_ones, Story) {
    put_report(story_report());
    for (int number = 0; number < 12; ++number) {
        auto report = labelled("H" + std::to_string(number));
        report.collected = "2026-11-21T08:00:00+08:00";
        report.values.resize(1);
        put_report(report);
    }
    const auto advice = asked();
    BOOST_TEST(std::string(verdict_text(advice.matches.at(0).verdict)) == "RECOGNISE");
}

BOOST_FIXTURE_TEST_CASE(breaking_the_glass_shows_it, Story) {
    put_report(labelled());
    auto caller = RecognitionHub::caller(kHospitalB);
    caller.purpose = "BTG";
    const auto advice = run(service->ask(caller, question(kHospitalB, "XCG-B")));
    BOOST_TEST(std::string(verdict_text(advice.matches.at(0).verdict)) == "RECOGNISE");
}

BOOST_FIXTURE_TEST_CASE(recognition_serves_treatment_only, Story) {
    put_report(story_report());
    auto caller = RecognitionHub::caller(kHospitalB);
    caller.purpose = "HRESCH";
    const auto advice = run(service->ask(caller, question(kHospitalB, "XCG-B")));
    BOOST_TEST(!advice.matches.at(0).is_shown());
    BOOST_TEST(holds(entries("decided").at(0), "AUTH-DENY"));
}

BOOST_FIXTURE_TEST_CASE(a_void_report_is_not_shown_and_an_older_one_is, Story) {
    auto wrong = story_report();
    wrong.number = "JY20261120009";
    wrong.collected = "2026-11-20T10:00:00+08:00";
    wrong.status = "entered-in-error";
    put_report(wrong);
    BOOST_TEST(!asked().matches.at(0).is_shown());
    BOOST_TEST(holds(entries("decided").at(0), "ST-VOID"));
    put_report(story_report());
    const auto advice = asked();
    BOOST_REQUIRE(advice.matches.at(0).is_shown());
    BOOST_TEST(advice.matches.at(0).members.at(0).shown()->candidate.report == "DiagnosticReport/JY20261120001");
}

// The detail of an old match obeys the rights of today.
BOOST_FIXTURE_TEST_CASE(what_was_shown_is_not_shown_again_once_it_is_forbidden, Story) {
    put_report(story_report());
    const auto match = asked().matches.at(0);
    auto caller = RecognitionHub::caller(kHospitalB);
    BOOST_TEST(service->find(caller, kHospitalB, match.id).has_value());
    caller.scopes = {"recognition", "patient/*.rs"};
    caller.patient_id = "pb";
    BOOST_TEST(rule_of(service->find(caller, kHospitalB, match.id).error()) == "recognition-unknown-match");
}

BOOST_AUTO_TEST_SUITE_END()
