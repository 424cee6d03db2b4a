// What the record says beside the ledger: tests done again, delays, care at a distance. Source: domain page §6, M14, M16, M22.
#include "support/recognition_hub.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::recognition;
using namespace huitong::tests;

namespace {

struct Story : RecognitionHub {
    Story() : RecognitionHub(kAsked) {
        put_people(*this);
        auto report = story_report();
        report.collected = "2026-11-20T18:00:00+08:00";
        report.issued = "2026-11-20T18:40:00+08:00";
        put_report(report);
    }
    /// B measures the same on the next day, two hours before its report is stored.
    void measured_again() {
        auto own = story_report();
        own.number = "JY20261122009";
        own.patient = "pb";
        own.reporting = own.performer = kHospitalB;
        own.collected = "2026-11-21T10:00:00+08:00";
        own.issued = "2026-11-21T11:00:00+08:00";
        own.mark.clear();
        clock.set(at("2026-11-21T12:00:00+08:00"));
        put_report(own);
    }
    std::string say(const std::string& outcome) {
        const auto advice = ask(question(kHospitalB, "XCG-B", "AMB"));
        Feedback feedback;
        feedback.match = advice.matches.front().id;
        feedback.outcome = outcome;
        if (outcome == "declined") feedback.reason = "1";
        BOOST_REQUIRE(run(service->give(kHospitalB, feedback)).empty());
        return feedback.match;
    }
    RegisterCount counted(const std::string& measure, const std::string& receiver = kHospitalB) {
        const auto all = service->count_record(at("2026-11-01T00:00:00+08:00"), at("2026-12-01T00:00:00+08:00"), receiver);
        BOOST_REQUIRE(all);
        for (const auto& one : *all) {
            if (one.measure.code == measure) return one;
        }
        throw std::runtime_error("no such measure");
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(record_statistics)

BOOST_FIXTURE_TEST_CASE(a_test_done_again_without_a_word_is_a_repeat, Story) {
    measured_again();
    const auto rate = counted("M14");
    BOOST_TEST(rate.value == "100.0");
    BOOST_REQUIRE(rate.rows.size() == 5U);
    BOOST_TEST(rate.rows.front().id.starts_with("Observation/JY20261122009."));
    BOOST_TEST(rate.rows.front().name == kHospitalB);
    BOOST_TEST(counted("M14-EXAMINED").value == "5");
    BOOST_TEST(counted("M14-EXAMINED", kTownship).value == "0");
    BOOST_TEST(counted("M14", kTownship).value == ""); // no divisor, no rate
}

BOOST_FIXTURE_TEST_CASE(a_test_done_again_for_a_reason_is_none, Story) {
    say("declined");
    measured_again();
    BOOST_TEST(counted("M14").value == "0.0");
}

BOOST_FIXTURE_TEST_CASE(the_first_test_of_all_repeats_nothing, Story) {
    BOOST_TEST(counted("M14", kHospitalA).value == "0.0");
    BOOST_TEST(counted("M14-EXAMINED", kHospitalA).value == "5");
}

BOOST_FIXTURE_TEST_CASE(delays_are_percentiles_with_the_longest_first, Story) {
    measured_again();
    BOOST_TEST(counted("M16-REPORT-P50").value == "3600"); // issued at 11, stored at 12
    const auto all = counted("M16-REPORT-P95", "");
    BOOST_TEST(all.value == std::to_string(14 * 3'600 + 40 * 60)); // A's: issued on the evening before
    BOOST_TEST(all.rows.front().id == "DiagnosticReport/JY20261120001");
    BOOST_TEST(counted("M16-ANSWER-P95").value == "");
    say("adopted");
    const auto answers = counted("M16-ANSWER-P95");
    BOOST_TEST(answers.value != "");
    BOOST_REQUIRE(answers.rows.size() == 1U);
    BOOST_TEST(answers.rows.front().id == "ledger:1");
}

BOOST_FIXTURE_TEST_CASE(care_at_a_distance_is_counted_by_visits_referrals_and_bookings, Story) {
    put(R"({"resourceType":"Encounter","id":"v1","status":"finished","class":{"code":"VR"},"serviceProvider":)" + organization(kHospitalB) +
        R"(,"period":{"start":"2026-11-21T08:00:00+08:00","end":"2026-11-21T08:20:00+08:00"}})");
    put(R"({"resourceType":"Encounter","id":"v2","status":"finished","class":{"code":"AMB"},"period":{"start":"2026-11-21T08:00:00+08:00"}})");
    put(R"({"resourceType":"ServiceRequest","id":"r1","status":"active","intent":"order","subject":{"reference":"Patient/pb"},"authoredOn":"2026-11-21","requester":)" +
        organization(kHospitalB) + R"(,"category":[{"coding":[{"system":"http://snomed.info/sct","code":"3457005"}]}]})");
    for (const auto* status : {"booked", "cancelled"})
        put(std::string(R"({"resourceType":"Appointment","id":")") + status + R"(","status":")" + status +
            R"(","start":"2026-11-25T08:00:00+08:00","participant":[{"status":"accepted","actor":)" + organization(kHospitalB) + "}]}");
    BOOST_TEST(counted("M22-REMOTE").rows.front().id == "Encounter/v1");
    BOOST_TEST(counted("M22-REMOTE").value == "1");
    BOOST_TEST(counted("M22-UPLOAD-P95").value == "3600"); // ended 08:20, stored 09:20
    BOOST_TEST(counted("M22-REFERRAL").value == "1");
    BOOST_TEST(counted("M22-APPOINTMENT").value == "1");
}

BOOST_AUTO_TEST_SUITE_END()
