// A hospital launches the card page with its token; a browser opens it with a code that is good once.
#include "unit/rest/recognition_doors.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

namespace {

constexpr auto kQuestion =
    R"({"patient":{"national_id":"990102195603140724"},"visit_class":"AMB","practitioner":"1023","instance":"q1","authored_on":"2026-11-21T09:19:00+08:00","orders":[{"id":"o1","code":"XCG-B"}]})";
constexpr auto kImages = R"({"patient":{"national_id":"990102195603140724"},"visit_class":"AMB","orders":[{"id":"o1","code":"CTXB-B"}]})";

std::string between(const std::string& text, const std::string& before, const std::string& after) {
    const auto from = text.find(before);
    if (from == text.npos) return {};
    const auto start = from + before.size();
    return text.substr(start, text.find(after, start) - start);
}

struct Page : Doors {
    /// The path of the page that was launched.
    std::string launch(const std::string& body = kQuestion) {
        const auto answer = json(send("his-b", "POST", "/recognition/launch", body));
        return std::string(answer->root().text("url")).substr(std::string("http://hub.example").size());
    }
    rest::HttpResponse open(const std::string& path) { return send("", "GET", path); }
    rest::HttpResponse say(const std::string& html, const std::string& outcome, const std::string& more = "") {
        return send("", "POST", "/recognition/card",
                    "session=" + between(html, "name=\"session\" value=\"", "\"") +
                        "&match=" + between(html, "name=\"match\" value=\"", "\"") + "&outcome=" + outcome + more);
    }
    static std::string header(const rest::HttpResponse& response, const std::string& name) {
        for (const auto& [known, value] : response.headers) {
            if (known == name) return value;
        }
        return {};
    }
    static bool has(const std::string& text, const std::string& piece) { return text.find(piece) != text.npos; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(card_door_suite)

BOOST_FIXTURE_TEST_CASE(a_launched_page_shows_the_values_and_its_code_is_good_once, Page) {
    const auto path = launch();
    const auto first = open(path);
    BOOST_TEST(first.status == 200);
    BOOST_TEST(header(first, "Content-Type") == "text/html; charset=utf-8");
    for (const auto* piece : {"血细胞分析", "可互认 全国HR", "黄山甲医院", "126", "115-150"}) BOOST_TEST(has(first.body, piece), piece);
    BOOST_TEST(has(header(first, "Content-Security-Policy"), "frame-ancestors https://his-b.example"));
    BOOST_TEST(open(path).status == 410);
    BOOST_TEST(open("/recognition/card/never").status == 410);
}

BOOST_FIXTURE_TEST_CASE(an_unused_code_is_good_for_a_minute, Page) {
    const auto path = launch();
    clock.set({clock.now().microseconds + 61 * kMicrosecondsPerSecond});
    BOOST_TEST(open(path).status == 410);
}

BOOST_FIXTURE_TEST_CASE(no_address_names_patient_doctor_or_token, Page) {
    const auto path = launch();
    for (const auto* piece : {"990102", "1023", "778899", "?"}) BOOST_TEST(!has(path, piece), piece);
    BOOST_TEST(path.size() == std::string("/recognition/card/").size() + 43);
}

BOOST_FIXTURE_TEST_CASE(the_doctor_adopts_on_the_page_and_the_ledger_knows_who, Page) {
    const auto html = open(launch()).body;
    const auto after = say(html, "adopted");
    BOOST_TEST(after.status == 200);
    BOOST_TEST(has(after.body, "已采纳"));
    const auto match = between(html, "name=\"match\" value=\"", "\"");
    const auto held = service->find(caller(kHospitalB), kHospitalB, match).value();
    BOOST_TEST(held.state == "adopted");
    BOOST_TEST(service->ledger().entry(service->ledger().last())->json.find("\"practitioner\":\"1023\"") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_reason_that_needs_words_is_refused_without_them, Page) {
    const auto html = open(launch()).body;
    const auto refused = say(html, "declined", "&reason=6");
    BOOST_TEST(has(refused.body, "role=\"alert\""));
    BOOST_TEST(!has(refused.body, "已选择不采纳"));
    BOOST_TEST(has(say(html, "declined", "&reason=6&text=x").body, "已选择不采纳"));
}

BOOST_FIXTURE_TEST_CASE(a_page_speaks_of_its_own_matches_alone, Page) {
    const auto other = between(open(launch()).body, "name=\"match\" value=\"", "\"");
    const auto html = open(launch()).body;
    const auto answer = send("", "POST", "/recognition/card",
                             "session=" + between(html, "name=\"session\" value=\"", "\"") + "&match=" + other + "&outcome=adopted");
    BOOST_TEST(has(answer.body, "role=\"alert\""));
    BOOST_TEST(service->find(caller(kHospitalB), kHospitalB, other).value().state == "viewed");
    BOOST_TEST(send("", "POST", "/recognition/card", "session=none&match=" + other + "&outcome=adopted").status == 410);
}

BOOST_FIXTURE_TEST_CASE(launching_opening_and_answering_are_in_the_access_log, Page) {
    const auto html = open(launch()).body;
    (void)say(html, "adopted");
    const auto all = records();
    BOOST_TEST(all.size() >= 3U);
    const auto* wanted = "recognition-launch";
    for (auto record = all.end() - 3; record != all.end(); ++record) {
        BOOST_TEST(record->interaction == wanted);
        BOOST_TEST(record->client == "his-b");
        BOOST_TEST(record->resources.size() == 6U);
        BOOST_TEST(!record->request_id.empty());
        wanted = record->interaction == "recognition-launch" ? "recognition-card" : "recognition-card-feedback";
    }
}

BOOST_FIXTURE_TEST_CASE(english_words_for_who_reads_english, Page) {
    const auto answer = send("", "GET", launch() + "?lang=en");
    BOOST_TEST(has(answer.body, "lang=\"en\""));
    BOOST_TEST(has(answer.body, "Complete blood count"));
    BOOST_TEST(has(answer.body, "Recognised"));
}

BOOST_FIXTURE_TEST_CASE(who_may_not_ask_may_not_launch, Page) {
    BOOST_TEST(send("reader", "POST", "/recognition/launch", kQuestion).status == 403);
    BOOST_TEST(send("his-b", "POST", "/recognition/launch", "{}").status == 400);
}

BOOST_FIXTURE_TEST_CASE(the_way_to_the_images_is_walked_once_and_ends_at_the_viewer, Page) {
    put_chest_ct("pt", "2026-11-18T15:30:00+08:00");
    const auto html = open(launch(kImages)).body;
    BOOST_TEST(has(html, "诊断结论不在互认范围"));
    const auto link = between(html, "<a href=\"http://hub.example", "\"");
    const auto opened = send("", "GET", link);
    BOOST_TEST(opened.status == 303);
    const auto place = header(opened, "Location");
    const auto ticket = between(place, "https://viewer.example/open?code=", "\"");
    BOOST_TEST(ticket.size() == 43U);
    BOOST_TEST(send("", "GET", link).status == 404);
    BOOST_TEST(send("his-b", "POST", "/recognition/images/redeem", R"({"code":")" + ticket + "\"}").status == 403);
    const auto way = json(send("viewer", "POST", "/recognition/images/redeem", R"({"code":")" + ticket + "\"}"));
    BOOST_TEST(way->root().text("study") == "2.25.504340215540638559668437662249095615");
    BOOST_TEST(way->root().text("address") == "http://127.0.0.1:8042/dicom-web");
    BOOST_TEST(records().back().resources == std::vector<std::string>{"ImagingStudy/ct1"}, boost::test_tools::per_element());
    BOOST_TEST(send("viewer", "POST", "/recognition/images/redeem", R"({"code":")" + ticket + "\"}").status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
