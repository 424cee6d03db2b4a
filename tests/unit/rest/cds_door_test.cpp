// CDS Hooks 2.0 doors: what a hospital's system is told when an order is signed. Domain page, scenario 1.
#include "rest/cds/checks.hpp"
#include "unit/rest/recognition_doors.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

namespace {

constexpr auto kSign = "/cds-services/recognition-order-sign";

bool holds(const std::string& text, const std::string& piece) { return text.find(piece) != text.npos; }

std::vector<std::string> texts(fhir::Element parent, std::string_view member, std::string_view path) {
    std::vector<std::string> out;
    for (const auto child : parent.children(member)) out.emplace_back(child.text(path));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cds_door_suite)

BOOST_FIXTURE_TEST_CASE(the_catalogue_of_services_is_open_and_well_formed, Doors) {
    const auto response = send("", "GET", "/cds-services");
    BOOST_TEST(response.status == 200);
    const auto document = json(response);
    BOOST_TEST(rest::check_discovery(document->root()).empty());
    const std::vector<std::string> expected = {"recognition-order-select", "recognition-order-sign"};
    BOOST_TEST(texts(document->root(), "services", "id") == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_recognised_panel_is_one_card_with_values_mark_and_suggestion, Doors) {
    const auto response = send("his-b", "POST", kSign, hook("XCG-B"));
    BOOST_REQUIRE(response.status == 200);
    const auto document = json(response);
    BOOST_TEST(rest::check_response(document->root()).empty());
    const auto card = document->root().child("cards");
    BOOST_REQUIRE(card);
    BOOST_TEST(card.text("summary") == "血细胞分析：可互认 全国HR · 黄山甲医院 · 2026-11-20 08:45 采集 · 距今 24h35m · 窗口 72h");
    BOOST_TEST(card.text("indicator") == "info");
    const std::string detail(card.text("detail"));
    BOOST_TEST(holds(detail, "| 白细胞计数 | 6.8 10^9/L | 3.5-9.5 | N | 全国HR |"));
    BOOST_TEST(holds(detail, "| 血红蛋白 | 126 g/L | 115-150 | N | 全国HR |"));
    BOOST_TEST(holds(detail, "未核对：其间的医疗干预、标本质量、室内质控"));
    BOOST_TEST(card.text("links.url") == "http://hub.example/fhir/DiagnosticReport/JY20261120001");
    const auto suggestion = card.child("suggestions");
    BOOST_TEST(suggestion.text("label") == "取消本次医嘱并引用结果");
    BOOST_TEST(suggestion.text("actions.type") == "delete");
    BOOST_TEST(suggestion.text("actions.resourceId") == "ServiceRequest/draft-1");
    const auto kept = suggestion.child("actions").next_sibling();
    BOOST_TEST(kept.text("type") == "create");
    BOOST_TEST(kept.text("resource.status") == "revoked");
    BOOST_TEST(kept.text("resource.code.coding.code") == "XCG-B");
    BOOST_TEST(kept.text("resource.supportingInfo.reference") == "http://hub.example/fhir/DiagnosticReport/JY20261120001");
    const std::vector<std::string> codes = {"1", "2", "3", "4", "5", "6"};
    BOOST_TEST(texts(card, "overrideReasons", "code") == codes, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(what_was_shown_is_in_the_access_log, Doors) {
    (void)send("his-b", "POST", kSign, hook("XCG-B"));
    const auto record = records().back();
    BOOST_TEST(record.interaction == "cds-hook");
    BOOST_TEST(record.client == "his-b");
    BOOST_TEST(record.organization == kHospitalB);
    BOOST_TEST(record.id == "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea");
    BOOST_TEST(record.resources.size() == 6U); // five values and their report
}

BOOST_FIXTURE_TEST_CASE(english_is_spoken_when_it_is_preferred, Doors) {
    const auto document = json(send("his-b", "POST", kSign, hook("XCG-B"), {{"accept-language", "en-GB, zh;q=0.5"}}));
    const std::string summary(document->root().text("cards.summary"));
    BOOST_TEST(holds(summary, "Complete blood count: Recognised 全国HR"));
    BOOST_TEST(document->root().text("cards.suggestions.label") == "Cancel this order and cite the result");
}

BOOST_FIXTURE_TEST_CASE(an_accepted_card_is_an_adoption, Doors) {
    const auto card = std::string(json(send("his-b", "POST", kSign, hook("XCG-B")))->root().text("cards.uuid"));
    const auto body = R"({"feedback":[{"card":")" + card +
                      R"(","outcome":"accepted","acceptedSuggestions":[{"id":"s"}],"outcomeTimestamp":"2026-11-21T09:21:00+08:00"}]})";
    BOOST_TEST(send("his-b", "POST", std::string(kSign) + "/feedback", body).status == 200);
    BOOST_TEST(send("his-b", "POST", std::string(kSign) + "/feedback", body).status == 200); // said twice, written once
    BOOST_TEST(service->find(caller(kHospitalB), kHospitalB, card).value().state == "adopted");
    BOOST_TEST(service->ledger().last() == 2U);
    BOOST_TEST(send("his-t", "POST", std::string(kSign) + "/feedback", body).status == 404);
}

// Variant (a).
BOOST_FIXTURE_TEST_CASE(an_overridden_card_is_a_refusal_with_its_reason, Doors) {
    const auto card = std::string(json(send("his-b", "POST", kSign, hook("XCG-B")))->root().text("cards.uuid"));
    const auto body = [&](const std::string& reason) {
        return R"({"feedback":[{"card":")" + card + R"(","outcome":"overridden","overrideReason":{"reason":{"code":")" + reason +
               R"(","system":"urn:huitong:recognition:decline-reason"},"userComment":""},"outcomeTimestamp":"2026-11-21T09:21:00Z"}]})";
    };
    BOOST_TEST(send("his-b", "POST", std::string(kSign) + "/feedback", body("42")).status == 422);
    BOOST_TEST(send("his-b", "POST", std::string(kSign) + "/feedback", body("6")).status == 422);
    BOOST_TEST(send("his-b", "POST", std::string(kSign) + "/feedback", body("1")).status == 200);
    const auto held = service->find(caller(kHospitalB), kHospitalB, card).value();
    BOOST_TEST(held.state == "declined");
    BOOST_TEST(held.reason == "1");
}

// Variant (b).
BOOST_FIXTURE_TEST_CASE(an_emergency_card_says_that_testing_again_is_allowed, Doors) {
    const auto document = json(send("his-b", "POST", kSign, hook("XCG-B", "EMER")));
    const auto card = document->root().child("cards");
    BOOST_TEST(holds(std::string(card.text("detail")), "该就诊类型允许复查"));
    BOOST_TEST(!holds(std::string(card.text("summary")), "HR"));
    BOOST_TEST(!card.child("suggestions"));
    BOOST_TEST(!card.child("overrideReasons"));
}

// Variant (c).
BOOST_FIXTURE_TEST_CASE(a_panel_in_part_offers_to_order_what_is_missing, Doors) {
    auto report = story_report();
    report.number = "JY20261120002";
    report.collected = "2026-11-20T08:50:00+08:00";
    report.values = {blood_count().begin(), blood_count().end() - 1};
    RecognitionHub& hub = *this;
    // Another patient, so that the whole panel of the story does not answer.
    hub.put_patient("pc", kHospitalA, "0007654321", "990102197901014318", "李晟", "1979-01-01");
    report.patient = "pc";
    hub.put_report(report);
    auto body = hook("XCG-B");
    const std::string from = R"({"system":"urn:huitong:organization:341004H0009:patient","value":"778899"})";
    body.replace(body.find(from), from.size(), R"({"system":"urn:huitong:organization:341002H0001:patient","value":"0007654321"})");
    const std::string context = R"("patientId":"778899")";
    BOOST_TEST(send("his-b", "POST", kSign, body).body == R"({"cards":[]})"); // the context names another person
    body.replace(body.find(context), context.size(), R"("patientId":"none")");
    const auto document = json(send("his-b", "POST", kSign, body));
    const auto card = document->root().child("cards");
    BOOST_REQUIRE(card);
    BOOST_TEST(holds(std::string(card.text("summary")), "血细胞分析：部分可互认 4/5 · 仅需补做 红细胞压积"));
    const auto suggestion = card.child("suggestions");
    BOOST_TEST(suggestion.text("label") == "仅补做 红细胞压积");
    const auto created = suggestion.child("actions").next_sibling();
    BOOST_TEST(created.text("resource.code.coding.code") == "HCT");
    BOOST_TEST(created.text("resource.status") == "draft");
    BOOST_TEST(holds(std::string(card.text("detail")), "| 红细胞压积 | 无 |"));
}

BOOST_FIXTURE_TEST_CASE(order_select_looks_at_the_selected_orders_only, Doors) {
    auto body = hook("XCG-B", "AMB", "order-select");
    BOOST_TEST(json(send("his-b", "POST", "/cds-services/recognition-order-select", body))->root().child("cards").text("uuid") != "");
    const std::string selected = "\"selections\":[\"ServiceRequest/draft-1\"]";
    body.replace(body.find(selected), selected.size(), "\"selections\":[\"ServiceRequest/draft-2\"]");
    BOOST_TEST(send("his-b", "POST", "/cds-services/recognition-order-select", body).body == R"({"cards":[]})");
}

BOOST_FIXTURE_TEST_CASE(a_person_without_results_and_an_unknown_person_look_alike, Doors) {
    const auto nothing = send("his-b", "POST", kSign, hook("BGKT-B")); // no such result of her
    auto body = hook("XCG-B");
    for (auto at = body.find("778899"); at != body.npos; at = body.find("778899")) body.replace(at, 6, "000000");
    const auto nobody = send("his-b", "POST", kSign, body);
    BOOST_TEST(nothing.status == 200);
    BOOST_TEST(nothing.body == R"({"cards":[]})");
    BOOST_TEST(nobody.body == nothing.body);
}

BOOST_FIXTURE_TEST_CASE(bad_calls_are_refused_with_a_place, Doors) {
    BOOST_TEST(send("his-b", "POST", "/cds-services/nothing", hook("XCG-B")).status == 404);
    BOOST_TEST(send("his-b", "POST", kSign, "{").status == 400);
    BOOST_TEST(send("his-b", "POST", kSign, hook("XCG-B", "AMB", "order-select")).status == 400); // another hook
    auto body = hook("XCG-B");
    body.replace(body.find("\"patientId\":\"778899\""), 20, "\"patientId\":\"Patient/778899\"");
    const auto response = send("his-b", "POST", kSign, body);
    BOOST_TEST(response.status == 400);
    BOOST_TEST(holds(response.body, "context.patientId"));
    BOOST_TEST(!holds(response.body, "778899")); // no value of a patient in an Outcome
    BOOST_TEST(send("", "POST", kSign, hook("XCG-B")).status == 401);
    BOOST_TEST(send("reader", "POST", kSign, hook("XCG-B")).status == 403); // reads, but has no scope for recognition
    BOOST_TEST(send("blind", "POST", kSign, hook("XCG-B")).status == 403);  // the scope alone reads nothing
    BOOST_TEST(send("his-b", "GET", kSign).status == 405);
    for (const auto& record : records()) BOOST_TEST(record.resources.empty());
}

BOOST_AUTO_TEST_CASE(without_an_answer_in_time_the_order_goes_on) {
    recognition::Settings settings;
    settings.budget_ms = 0;
    Doors doors(settings);
    const auto response = doors.send("his-b", "POST", kSign, Doors::hook("XCG-B"));
    BOOST_TEST(response.status == 200);
    BOOST_TEST(response.body == R"({"cards":[]})");
    for (const auto& [name, count] : doors.service->counters()) {
        if (name == "recognition_late") BOOST_TEST(count == 1U);
    }
    BOOST_TEST(doors.records().back().resources.empty());
}

// A platform asks for a hospital only where the configuration says so; nobody else can.
BOOST_AUTO_TEST_CASE(who_asks_is_never_taken_from_the_message) {
    recognition::Settings settings;
    settings.acts_for["platform"] = {kHospitalB};
    Doors doors(settings);
    const auto ask = [&](const std::string& client, const std::string& acting) {
        return doors.send(client, "POST", kSign, Doors::hook("XCG-B"), {{"x-acting-organization", acting}}).status;
    };
    BOOST_TEST(ask("platform", kHospitalB) == 200);
    BOOST_TEST(ask("platform", kHospitalA) == 403);
    BOOST_TEST(ask("his-a", kHospitalB) == 403);
    BOOST_TEST(ask("his-b", kHospitalB) == 200);
    BOOST_TEST(doors.send("platform", "POST", kSign, Doors::hook("XCG-B")).status == 403); // belongs to nobody
}

BOOST_AUTO_TEST_SUITE_END()
