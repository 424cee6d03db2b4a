// Scenario 2 of the domain page: results of B and of laboratory X are shown at A, but not recognised, and every reason is told.
#include "support/recognition_hub.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace huitong;
using namespace huitong::recognition;
using namespace huitong::tests;

namespace {

struct Story : RecognitionHub {
    explicit Story(const std::string& pack = "national-default") : RecognitionHub("2026-11-20T09:00:00+08:00", settings(pack)) {
        put_people(*this);
        put_patient("px", kLabX, "X1");
        put_report(chemistry());
        put_report(hepatitis());
    }
    static Settings settings(const std::string& pack) {
        Settings out;
        out.organization_pack[kHospitalA] = pack;
        return out;
    }
    static ReportText chemistry() {
        ReportText out;
        out.number = "L778";
        out.patient = "pb";
        out.reporting = out.performer = kHospitalB;
        out.collected = "2026-11-19T08:00:00+08:00";
        out.issued = "2026-11-19T10:10:00+08:00";
        out.specimen = "SER";
        out.values = {{"GLU", "14749-6 2345-7", "葡萄糖", "6.27", "mmol/L", "mmol/L", "3.89-6.11", "H"},
                      {"CREA", "14682-9 2160-0", "肌酐", "80", "umol/L", "umol/L", "44-97", ""}};
        return out;
    }
    static ReportText hepatitis() {
        ReportText out;
        out.number = "X20261110";
        out.patient = "px";
        out.reporting = out.performer = kLabX;
        out.collected = "2026-11-10T08:00:00+08:00";
        out.issued = "2026-11-11T08:00:00+08:00";
        out.specimen = "SER";
        out.values = {{"HCVAB", "16128-1", "丙型肝炎病毒抗体", "阴性(-)", "", "", "阴性"}};
        return out;
    }
    Match asked(const std::string& code) { return ask(question(kHospitalA, code)).matches.at(0); }
    static const Decision& decision(const Match& match) { return match.members.at(0).shown()->decision; }
    static std::string evidence(const Decision& decision, const std::string& rule, const std::string& name) {
        for (const auto& answer : decision.answers) {
            if (answer.rule != rule) continue;
            for (const auto& [key, value] : answer.evidence) {
                if (key == name) return value;
            }
        }
        return {};
    }
};

struct InnerMongolia : Story {
    InnerMongolia() : Story("inner-mongolia") {}
};

using Codes = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(scenario_two_suite)

BOOST_FIXTURE_TEST_CASE(a_lapsed_certificate_is_told_with_its_name_and_day, Story) {
    for (const auto* code : {"PTT-A", "JG-A"}) {
        const auto match = asked(code);
        BOOST_TEST(match.is_shown());
        BOOST_TEST(std::string(verdict_text(match.verdict)) == "REFERENCE_ONLY");
        BOOST_TEST(match.mark.empty());
        BOOST_TEST(match.recognised.empty());
        BOOST_TEST(!match.saving.has_value());
        BOOST_TEST(decision(match).reasons() == Codes{"EQA-LAPSED"}, boost::test_tools::per_element());
        BOOST_TEST(evidence(decision(match), "R13", "certificate") == "HS-2026-CH-0009");
        BOOST_TEST(evidence(decision(match), "R13", "valid-to") == "2026-10-31");
    }
}

BOOST_FIXTURE_TEST_CASE(the_value_and_its_own_range_are_seen_all_the_same, Story) {
    const auto match = asked("PTT-A");
    const auto& candidate = match.members.at(0).shown()->candidate;
    BOOST_TEST(candidate.value_text == "6.27 mmol/L");
    BOOST_TEST(candidate.reference_range == "3.89-6.11");
    BOOST_TEST(candidate.interpretation == "H");
    BOOST_TEST(candidate.code_equivalence == "equivalent");
    BOOST_TEST(candidate.code_reviewed);
}

BOOST_FIXTURE_TEST_CASE(a_laboratory_without_assessment_is_no_reason_to_hide_its_result, Story) {
    const auto match = asked("BGKT-A");
    BOOST_TEST(std::string(verdict_text(match.verdict)) == "REFERENCE_ONLY");
    BOOST_TEST(decision(match).reasons() == Codes{"EQA-NONE"}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(the_tier_counts_only_where_the_pack_says_so, InnerMongolia) {
    const auto reasons = decision(asked("PTT-A")).reasons();
    BOOST_TEST(reasons == (Codes{"EQA-LAPSED", "TIER-LOW"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(under_jiangsu_two_hospitals_of_grade_a_are_one_tier) {
    Story story("jiangsu");
    const auto reasons = Story::decision(story.asked("PTT-A")).reasons();
    BOOST_TEST(std::count(reasons.begin(), reasons.end(), "TIER-LOW") == 0);
}

// Step 5: a certificate imported later changes what would be decided, never what was.
BOOST_FIXTURE_TEST_CASE(a_back_dated_certificate_changes_the_answer_of_today_only, Story) {
    const auto match = asked("PTT-A");
    auto renewed = std::make_shared<Register>(*service->facts());
    Certificate certificate;
    certificate.id = "HS-2027-CH-0009";
    certificate.laboratory = kHospitalB;
    certificate.item_group = "chemistry";
    certificate.level = "city";
    certificate.area = "3410";
    certificate.area_label = "黄山";
    certificate.result = "pass";
    certificate.valid_from = "2026-11-01";
    certificate.valid_to = "2027-10-31";
    renewed->certificates.push_back(certificate);
    renewed->version = "renewed";
    service->reload(renewed);
    const auto now = service->reconsider(caller(kHospitalA), kHospitalA, match.id).value();
    BOOST_TEST(std::string(verdict_text(now.matches.at(0).verdict)) == "RECOGNISE");
    BOOST_TEST(now.matches.at(0).mark == "黄山HR");
    BOOST_TEST(now.register_version == "renewed");
    const auto held = service->find(caller(kHospitalA), kHospitalA, match.id).value();
    BOOST_TEST(std::string(verdict_text(held.match.verdict)) == "REFERENCE_ONLY");
    BOOST_TEST(decision(held.match).reasons() == Codes{"EQA-LAPSED"}, boost::test_tools::per_element());
    BOOST_TEST(held.advice.register_version == facts.version);
    BOOST_TEST(service->ledger().last() == 1U); // asking again writes nothing
}

// Step 6: another province.
BOOST_FIXTURE_TEST_CASE(a_city_certificate_does_not_reach_hangzhou_and_a_national_one_does, Story) {
    put_patient("ph", kHangzhou, "H1");
    put_report(story_report());
    clock.set(at("2026-11-20T20:00:00+08:00")); // the window of the delta's catalogue is 24 h
    auto glucose = question(kHangzhou, "GLU");
    glucose.orders[0].codes[0].system = "urn:huitong:catalogue:item";
    const auto reasons = decision(ask(glucose).matches.at(0)).reasons();
    BOOST_TEST(std::count(reasons.begin(), reasons.end(), "AREA-OUT") == 1);
    auto count = question(kHangzhou, "CBC");
    count.orders[0].codes[0].system = "urn:huitong:catalogue:item";
    const auto match = ask(count).matches.at(0);
    BOOST_TEST(std::string(verdict_text(match.verdict)) == "RECOGNISE");
    BOOST_TEST(match.mark == "全国HR");
}

BOOST_AUTO_TEST_SUITE_END()
