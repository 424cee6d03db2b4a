// Scenario 3 of the domain page: T made a chest CT, a radiologist at A wrote the report; B orders one ten days later.
#include "support/recognition_hub.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::recognition;
using namespace huitong::tests;

namespace {

struct Story : RecognitionHub {
    Story() : RecognitionHub("2026-11-28T15:00:00+08:00") {
        put_people(*this);
        put_chest_ct("pt", "2026-11-18T15:30:00+08:00");
    }
    Match asked(const std::string& code = "CTXB-B") { return ask(question(kHospitalB, code)).matches.at(0); }
    static std::vector<std::string> reasons(const Match& match) { return match.members.at(0).shown()->decision.reasons(); }
};

using Codes = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(scenario_three_suite)

BOOST_FIXTURE_TEST_CASE(the_images_are_recognised_for_who_made_them, Story) {
    const auto match = asked();
    BOOST_TEST(reasons(match) == Codes{}, boost::test_tools::per_element());
    BOOST_TEST(std::string(verdict_text(match.verdict)) == "RECOGNISE");
    BOOST_TEST(match.mark == "安徽HR");
    const auto& judged = *match.members.at(0).shown();
    BOOST_TEST(judged.candidate.resource == "ImagingStudy/ct1");
    BOOST_TEST(judged.candidate.performer == kTownship);
    BOOST_TEST(judged.candidate.reporting == kHospitalA);
    BOOST_TEST(judged.candidate.report == "DiagnosticReport/CT20261118001");
    BOOST_TEST(judged.candidate.body_site == "CHEST");
    BOOST_TEST(judged.candidate.contrast == "no");
    BOOST_TEST(judged.candidate.value_text == "诊断意见：两肺未见明显异常。");
    BOOST_TEST(judged.decision.certificate == "AH-2026-CT-0101");
}

BOOST_FIXTURE_TEST_CASE(the_report_may_stand_in_the_record_of_another_institution, Story) {
    put_chest_ct("pt", "2026-11-18T15:30:00+08:00", "active", "false", "CHEST", "pa");
    const auto match = asked();
    BOOST_TEST(reasons(match) == Codes{}, boost::test_tools::per_element());
    BOOST_TEST(match.members.at(0).shown()->candidate.report == "DiagnosticReport/CT20261118001");
}

BOOST_FIXTURE_TEST_CASE(images_that_cannot_be_fetched_are_for_reference, Story) {
    put_chest_ct("pt", "2026-11-18T15:30:00+08:00", "off");
    BOOST_TEST(reasons(asked()) == Codes{"IMG-NONE"}, boost::test_tools::per_element());
    put_chest_ct("pt", "2026-11-18T15:30:00+08:00", "active"); // asked again, it is there again
    BOOST_TEST(reasons(asked()) == Codes{}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_plain_study_does_not_answer_an_order_with_contrast, Story) {
    const auto match = asked("CTXBZ-B");
    BOOST_TEST(std::string(verdict_text(match.verdict)) == "REFERENCE_ONLY");
    BOOST_TEST(reasons(match) == Codes{"SPEC-DIFF"}, boost::test_tools::per_element());
}

// What the order states beyond its item is asked of the study, never assumed of it.
BOOST_FIXTURE_TEST_CASE(what_the_order_states_is_not_read_into_a_study_that_does_not_say_it, Story) {
    const auto stored = store->view()->current({"ImagingStudy", "ct1"}).value().value().body;
    auto silent = stored;
    const std::string contrast =
        R"(,"extension":[{"url":"https://huitong.example/fhir/StructureDefinition/contrast","valueBoolean":false}])";
    const std::string site = R"("bodySite":{"code":"CHEST"})";
    silent.erase(silent.find(contrast), contrast.size());
    silent.replace(silent.find(site), site.size(), R"("number":1)");
    put(silent);
    BOOST_TEST(reasons(asked()) == Codes{}, boost::test_tools::per_element()); // the item says it: plain, of the chest
    auto with_contrast = question(kHospitalB, "CTXB-B");
    with_contrast.orders[0].contrast = "yes";
    BOOST_TEST(reasons(ask(with_contrast).matches.at(0)) == Codes{"SPEC-DIFF"}, boost::test_tools::per_element());
    auto both_sites = question(kHospitalB, "CTXB-B");
    both_sites.orders[0].body_site = "CHEST+ABDOMEN";
    BOOST_TEST(reasons(ask(both_sites).matches.at(0)) == Codes{"SPEC-DIFF"}, boost::test_tools::per_element());
}

// What is true of one series is not read into another: the contrast of the abdomen is none of the chest's.
BOOST_FIXTURE_TEST_CASE(contrast_counts_where_it_was_given, Story) {
    const auto series = [](const std::string& uid, const std::string& site, const std::string& with) {
        return R"({"uid":"2.25.)" + uid + R"(","modality":{"code":"CT"},"bodySite":{"code":")" + site +
               R"("},"extension":[{"url":"https://huitong.example/fhir/StructureDefinition/contrast","valueBoolean":)" + with + "}]}";
    };
    auto study = store->view()->current({"ImagingStudy", "ct1"}).value().value().body;
    const auto begin = study.find(R"("series":[)") + 10;
    study.replace(begin, study.rfind(']') - begin, series("11", "CHEST", "false") + ',' + series("12", "ABDOMEN", "true"));
    put(study);
    auto order = question(kHospitalB, "CTXB-B");
    order.orders[0].contrast = "yes";
    BOOST_TEST(reasons(ask(order).matches.at(0)) == Codes{"SPEC-DIFF"}, boost::test_tools::per_element());
    order.orders[0].contrast = "no";
    BOOST_TEST(reasons(ask(order).matches.at(0)) == Codes{}, boost::test_tools::per_element());
    order.orders[0].body_site = "CHEST+ABDOMEN"; // neither all with nor all without
    for (const auto* asked_for : {"yes", "no"}) {
        order.orders[0].contrast = asked_for;
        BOOST_TEST(reasons(ask(order).matches.at(0)) == Codes{"SPEC-DIFF"}, boost::test_tools::per_element());
    }
}

BOOST_FIXTURE_TEST_CASE(newer_studies_of_another_site_hide_none, Story) {
    for (int number = 0; number < 12; ++number) {
        put(R"({"resourceType":"ImagingStudy","id":"head)" + std::to_string(number) +
            R"(","status":"available","modality":[{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"CT"}],"subject":{"reference":"Patient/pt"},"started":"2026-11-2)" +
            std::to_string(number % 8) +
            R"(T10:00:00+08:00","series":[{"uid":"2.25.9","modality":{"code":"CT"},"bodySite":{"code":"HEAD"}}]})");
    }
    BOOST_TEST(reasons(asked()) == Codes{}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_study_of_the_chest_answers_chest_and_abdomen_in_part_only, Story) {
    auto both = question(kHospitalB, "CTXB-B");
    both.orders[0].body_site = "CHEST+ABDOMEN";
    BOOST_TEST(reasons(ask(both).matches.at(0)) == Codes{"SPEC-DIFF"}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_study_that_covers_more_answers_the_order, Story) {
    put_chest_ct("pt", "2026-11-18T15:30:00+08:00", "active", "false", "CHEST+ABDOMEN");
    BOOST_TEST(reasons(asked()) == Codes{}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(another_site_is_no_candidate, Story) {
    put_chest_ct("pt", "2026-11-18T15:30:00+08:00", "active", "false", "KNEE");
    put(R"({"resourceType":"DiagnosticReport","id":"CT20261118001","status":"final","code":{"text":"膝"},"subject":{"reference":"Patient/pt"},"effectiveDateTime":"2026-11-18T15:30:00+08:00"})");
    BOOST_TEST(!asked().is_shown());
    BOOST_TEST(!asked("DRXB-B").is_shown()); // another modality
}

BOOST_FIXTURE_TEST_CASE(a_study_without_a_coded_report_is_not_recognised, Story) {
    put(R"({"resourceType":"DiagnosticReport","id":"CT20261118001","status":"final","code":{"text":"胸部CT"},"subject":{"reference":"Patient/pt"},"effectiveDateTime":"2026-11-18T15:30:00+08:00","imagingStudy":[{"identifier":{"system":"urn:dicom:uid","value":"urn:oid:2.25.504340215540638559668437662249095615"}}]})");
    BOOST_TEST(reasons(asked()) == Codes{"MAP-UNSURE"}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(whoever_holds_the_images_is_asked_for_them_and_asked_again, Story) {
    struct Pacs final : ImageServices {
        std::optional<bool> has_study(const std::string& address, const std::string& study,
                                      std::chrono::steady_clock::time_point until) override {
            asked = address + ' ' + study;
            in_time = until > std::chrono::steady_clock::now();
            return answer;
        }
        std::optional<bool> answer = true;
        std::string asked;
        bool in_time = false;
    } pacs;
    images = &pacs;
    restart();
    BOOST_TEST(reasons(asked()) == Codes{}, boost::test_tools::per_element());
    BOOST_TEST(pacs.asked == "http://127.0.0.1:8042/dicom-web 2.25.504340215540638559668437662249095615");
    BOOST_TEST(pacs.in_time);
    pacs.answer = false;
    BOOST_TEST(reasons(asked()) == Codes{"IMG-NONE"}, boost::test_tools::per_element());
    pacs.answer.reset(); // nobody could tell: what is not checked is not recognised
    BOOST_TEST(reasons(asked()) == Codes{"IMG-NONE"}, boost::test_tools::per_element());
    pacs.answer = true;
    BOOST_TEST(reasons(asked()) == Codes{}, boost::test_tools::per_element());
    put_chest_ct("pt", "2026-11-18T15:30:00+08:00", "off"); // a service that says itself that it is off is not asked
    pacs.asked.clear();
    BOOST_TEST(reasons(asked()) == Codes{"IMG-NONE"}, boost::test_tools::per_element());
    BOOST_TEST(pacs.asked == "");
}

BOOST_FIXTURE_TEST_CASE(a_study_that_counts_no_images_has_none, Story) {
    const auto with = [this](const std::string& count) {
        auto study = store->view()->current({"ImagingStudy", "ct1"}).value().value().body;
        const std::string kind = "\"status\":\"available\"";
        study.replace(study.find(kind), kind.size(), kind + ",\"numberOfInstances\":" + count);
        put(study);
        return ask(question(kHospitalB, "CTXB-B")).matches.at(0).members.at(0).judged.at(0).decision.answers.at(3).code;
    };
    put_chest_ct("pt", "2026-11-18T15:30:00+08:00");
    BOOST_TEST(with("240") == "");
    put_chest_ct("pt", "2026-11-18T15:30:00+08:00");
    BOOST_TEST(with("0") == "IMG-NONE");
}

// A report that is void counts, whenever it says that it was made.
BOOST_FIXTURE_TEST_CASE(a_report_without_a_time_is_found_for_its_study, Story) {
    const auto with_report = [this](const std::string& find, const std::string& with) {
        put_chest_ct("pt", "2026-11-18T15:20:00+08:00");
        auto body = store->view()->current({"DiagnosticReport", "CT20261118001"}).value().value().body;
        body.replace(body.find(find), find.size(), with);
        const auto dated = body.find("\"effectiveDateTime\"");
        body.erase(dated, body.find(',', dated) + 1 - dated);
        put(body);
        auto study = store->view()->current({"ImagingStudy", "ct1"}).value().value().body;
        const std::string kind = "\"status\":\"available\"";
        study.replace(study.find(kind), kind.size(),
                      kind + R"(,"procedureCode":[{"coding":[{"system":"urn:huitong:catalogue:item","code":"CT-CHEST"}]}])");
        put(study);
        return std::string(verdict_text(ask(question(kHospitalB, "CTXB-B")).matches.at(0).members.at(0).judged.at(0).decision.verdict));
    };
    const std::string status = "\"status\":\"final\"";
    BOOST_TEST(with_report(status, status) == "RECOGNISE");
    BOOST_TEST(with_report(status, "\"status\":\"entered-in-error\"") == "WITHHELD");
    BOOST_TEST(with_report(status, "\"status\":\"preliminary\"") == "REFERENCE_ONLY");
}

BOOST_FIXTURE_TEST_CASE(who_may_not_read_studies_is_told_of_none, Story) {
    auto caller = RecognitionHub::caller(kHospitalB);
    caller.scopes = {"recognition", "system/Observation.rs"};
    const auto advice = run(service->ask(caller, question(kHospitalB, "CTXB-B")));
    BOOST_TEST(!advice.matches.at(0).is_shown());
}

BOOST_AUTO_TEST_SUITE_END()
