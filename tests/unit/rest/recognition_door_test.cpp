// The JSON API of recognition, for hospitals without CDS Hooks.
#include "unit/rest/recognition_doors.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

namespace {

constexpr auto kQuestion =
    R"({"patient":{"national_id":"990102195603140724"},"visit_class":"AMB","department":"内科门诊","practitioner":"1023","instance":"q1","authored_on":"2026-11-21T09:19:00+08:00","orders":[{"id":"o1","code":"XCG-B"},{"id":"o2","code":"ZZZ"}]})";

struct Api : Doors {
    fhir::DocumentPtr matches(const std::string& body = kQuestion) { return json(send("his-b", "POST", "/recognition/matches", body)); }
    std::string match() { return std::string(matches()->root().text("matches.match")); }
    int feedback(const std::string& client, const std::string& match, const std::string& rest) {
        return send(client, "POST", "/recognition/feedback", R"({"match":")" + match + R"(",)" + rest + "}").status;
    }
    int status(const std::string& client, const std::string& method, const std::string& target, const std::string& body = "") {
        return send(client, method, target, body).status;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(recognition_door_suite)

BOOST_FIXTURE_TEST_CASE(a_match_carries_values_verdict_and_reasons, Api) {
    const auto document = matches();
    const auto root = document->root();
    BOOST_TEST(root.text("receiver") == kHospitalB);
    BOOST_TEST(root.text("pack") == "national-default");
    BOOST_TEST(root.text("unmapped") == "o2");
    const auto match = root.child("matches");
    BOOST_TEST(match.text("order") == "o1");
    BOOST_TEST(match.text("item") == "CBC");
    BOOST_TEST(match.text("verdict") == "RECOGNISE");
    BOOST_TEST(match.text("mark") == "全国HR");
    BOOST_TEST(match.text("price") == "20.00");
    BOOST_TEST(match.text("members.result.text") == "6.8 10^9/L");
    BOOST_TEST(match.text("members.result.laboratory.name") == "黄山甲医院");
    BOOST_TEST(match.text("members.result.collected") == "2026-11-20T08:45:00.000+08:00");
    BOOST_TEST(match.text("members.not_checked.rule") == "R17");
}

BOOST_FIXTURE_TEST_CASE(the_access_log_names_what_was_given_out, Api) {
    (void)matches();
    const auto record = records().back();
    BOOST_TEST(record.interaction == "recognition-matches");
    BOOST_TEST(record.resources.size() == 6U);
    BOOST_TEST(record.id == "q1");
}

BOOST_FIXTURE_TEST_CASE(the_detail_shows_every_rule_and_marks_it_viewed, Api) {
    const auto name = match();
    const auto document = json(send("his-b", "GET", "/recognition/detail?match=" + name));
    const auto root = document->root();
    BOOST_TEST(root.text("state") == "viewed");
    std::size_t rules = 0;
    const auto member = root["match.members"];
    for (const auto rule : member.children("rules")) rules += rule.text("rule").empty() ? 0 : 1;
    BOOST_TEST(rules == 25U);
    BOOST_TEST(member.text("result.text") == "6.8 10^9/L");
    BOOST_TEST(service->find(caller(kHospitalB), kHospitalB, name).value().state == "viewed");
    BOOST_TEST(records().back().resources.size() == 6U);
}

BOOST_FIXTURE_TEST_CASE(a_match_of_another_hospital_does_not_exist, Api) {
    const auto name = match();
    BOOST_TEST(status("his-t", "GET", "/recognition/detail?match=" + name) == 404);
    BOOST_TEST(status("his-t", "GET", "/recognition/status?match=" + name) == 404);
    BOOST_TEST(feedback("his-t", name, R"("outcome":"adopted")") == 404);
    const auto foreign = send("his-t", "GET", "/recognition/detail?match=" + name).body;
    BOOST_TEST(foreign == send("his-t", "GET", "/recognition/detail?match=none").body);
}

BOOST_FIXTURE_TEST_CASE(feedback_follows_the_pack, Api) {
    const auto name = match();
    BOOST_TEST(feedback("his-b", name, R"("outcome":"perhaps")") == 422);
    BOOST_TEST(feedback("his-b", name, R"("outcome":"viewed")") == 422); // that is what the detail says
    BOOST_TEST(feedback("his-b", name, R"("outcome":"declined","reason":"6")") == 422);
    BOOST_TEST(feedback("his-b", name, R"("outcome":"declined","reason":"6","text":"复查")") == 200);
    BOOST_TEST(feedback("his-b", name, R"("outcome":"declined","reason":"6","text":"复查")") == 200);
    BOOST_TEST(feedback("his-b", name, R"("outcome":"adopted")") == 409);
}

BOOST_FIXTURE_TEST_CASE(the_reasons_are_those_of_the_receivers_pack, Api) {
    const auto document = json(send("his-b", "GET", "/recognition/reasons"));
    std::vector<std::string> codes, with_text;
    for (const auto reason : document->root().children("reasons")) {
        codes.emplace_back(reason.text("code"));
        if (reason.text("text_required") == "true") with_text.emplace_back(reason.text("code"));
    }
    BOOST_TEST(codes == (std::vector<std::string>{"1", "2", "3", "4", "5", "6"}), boost::test_tools::per_element());
    BOOST_TEST(with_text == std::vector<std::string>{"6"}, boost::test_tools::per_element());
}

// Variant (d) of scenario 1.
BOOST_FIXTURE_TEST_CASE(notices_show_both_versions_to_the_adopter_alone, Api) {
    const auto name = match();
    BOOST_TEST(feedback("his-b", name, R"("outcome":"adopted")") == 200);
    auto report = story_report();
    report.status = "corrected";
    report.values = {report.values[2]};
    report.values[0].number = "96";
    put_report(report);
    follow();
    const auto document = json(send("his-b", "GET", "/recognition/notices?organization=341004H0009&since=seq-0"));
    const auto notice = document->root().child("notices");
    BOOST_REQUIRE(notice);
    BOOST_TEST(notice.text("change") == "value");
    BOOST_TEST(notice.text("match") == name);
    BOOST_TEST(notice.text("adopted.version") == "1");
    BOOST_TEST(notice.text("adopted.text") == "126 g/L");
    BOOST_TEST(notice.text("current.version") == "2");
    BOOST_TEST(notice.text("current.text") == "96 g/L");
    const std::string next(document->root().text("next"));
    BOOST_TEST(next == "seq-1");
    BOOST_TEST(!json(send("his-b", "GET", "/recognition/notices?since=" + next))->root().child("notices"));
    BOOST_TEST(status("his-t", "GET", "/recognition/notices?organization=341004H0009") == 404);
    BOOST_TEST(!json(send("his-t", "GET", "/recognition/notices"))->root().child("notices"));
    BOOST_TEST(status("his-b", "GET", "/recognition/notices?since=yesterday") == 400);
}

BOOST_FIXTURE_TEST_CASE(the_status_compares_then_and_now, Api) {
    const auto name = match();
    clock.set(at("2026-11-24T09:20:00+08:00"));
    const auto document = json(send("his-b", "GET", "/recognition/status?match=" + name));
    BOOST_TEST(document->root().text("then.decision.verdict") == "RECOGNISE");
    BOOST_TEST(document->root().text("now.decision.verdict") == "REFERENCE_ONLY");
    BOOST_TEST(document->root().text("now.decision.members.reasons.code") == "TIME-OVER");
}

BOOST_FIXTURE_TEST_CASE(an_explanation_shows_everything_and_writes_nothing, Api) {
    const auto document = json(send("his-b", "POST", "/recognition/explain", kQuestion));
    const auto candidate = document->root()["orders.members.candidates"];
    BOOST_TEST(candidate.text("shown") == "true");
    std::size_t rules = 0;
    for (const auto rule : candidate.children("rules")) rules += rule.text("answer").empty() ? 0 : 1;
    BOOST_TEST(rules == 25U);
    BOOST_TEST(service->ledger().last() == 0U);
}

BOOST_FIXTURE_TEST_CASE(incomplete_questions_are_refused_with_the_member, Api) {
    BOOST_TEST(status("his-b", "POST", "/recognition/matches", "[]") == 400);
    BOOST_TEST(status("his-b", "POST", "/recognition/matches", R"({"orders":[{"code":"XCG-B"}]})") == 400);
    BOOST_TEST(status("his-b", "POST", "/recognition/matches", R"({"patient":{"id":"pb"}})") == 400);
    BOOST_TEST(status("his-b", "POST", "/recognition/matches", R"({"patient":{"id":"pb"},"orders":[{"id":"1"}]})") == 400);
    BOOST_TEST(status("his-b", "GET", "/recognition/matches") == 404);
    BOOST_TEST(status("", "POST", "/recognition/matches", kQuestion) == 401);
    BOOST_TEST(status("reader", "POST", "/recognition/matches", kQuestion) == 403);
}

BOOST_AUTO_TEST_SUITE_END()
