// The forms of CDS Hooks 2.0: every slip is told with its place; what the specification's own examples do is no error.
#include "fhir/json.hpp"
#include "rest/cds/checks.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::rest;

namespace {

/// "where rule" of every issue.
std::vector<std::string> issues(const Outcome& outcome) {
    std::vector<std::string> out;
    for (const auto& issue : outcome.issues()) out.push_back(issue.where + ' ' + issue.rule);
    return out;
}

std::vector<std::string> request(const std::string& text, std::string_view hook = {}) {
    return issues(check_request(fhir::read_plain_json(text).value->root(), hook));
}
std::vector<std::string> response(const std::string& text) { return issues(check_response(fhir::read_plain_json(text).value->root())); }

using Issues = std::vector<std::string>;

constexpr auto kOrders = R"("draftOrders":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"ServiceRequest"}}]})";

std::string sign(const std::string& context) { return R"({"hook":"order-sign","hookInstance":"i","context":{)" + context + "}}"; }

} // namespace

BOOST_AUTO_TEST_SUITE(cds_checks_suite)

BOOST_AUTO_TEST_CASE(a_whole_request_has_no_issues) {
    BOOST_TEST(request(sign(R"("userId":"Practitioner/1","patientId":"p1",)" + std::string(kOrders))).empty());
}

BOOST_AUTO_TEST_CASE(ids_are_ids_and_references_are_references) {
    const auto found = request(sign(R"("userId":"1","patientId":"Patient/p1","encounterId":"Encounter/e",)" + std::string(kOrders)));
    BOOST_TEST(
        found == (Issues{"context.patientId cds-member-value", "context.userId cds-member-value", "context.encounterId cds-member-value"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_named) {
    BOOST_TEST(request("{}") == (Issues{"hook cds-member-missing", "hookInstance cds-member-missing", "context cds-member-missing"}),
               boost::test_tools::per_element());
    BOOST_TEST(request(sign(R"("userId":"Practitioner/1","patientId":"p1")")) == Issues{"context.draftOrders cds-member-missing"},
               boost::test_tools::per_element());
    BOOST_TEST(request(sign(R"("userId":"Practitioner/1","patientId":"p1","draftOrders":{"resourceType":"List"})")) ==
                   Issues{"context.draftOrders cds-member-type"},
               boost::test_tools::per_element());
    BOOST_TEST(
        request(sign(R"("userId":"Practitioner/1","patientId":"p1","draftOrders":{"resourceType":"Bundle","entry":[{"fullUrl":"x"}]})")) ==
            Issues{"context.draftOrders.entry[0].resource cds-member-missing"},
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_selection_names_type_and_id) {
    const auto select = [](const std::string& selections) {
        return R"({"hook":"order-select","hookInstance":"i","context":{"userId":"Practitioner/1","patientId":"p1",)" + selections +
               kOrders + "}}";
    };
    BOOST_TEST(request(select(R"("selections":["ServiceRequest/1"],)")).empty());
    BOOST_TEST(request(select(R"("selections":["1"],)")) == Issues{"context.selections cds-member-value"},
               boost::test_tools::per_element());
    BOOST_TEST(request(select("")) == Issues{"context.selections cds-member-missing"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_prefetch_is_a_resource_or_nothing) {
    const auto with = [](const std::string& prefetch) {
        return R"({"hook":"patient-view","hookInstance":"i","context":{"userId":"Practitioner/1","patientId":"p1"},"prefetch":)" +
               prefetch + "}";
    };
    BOOST_TEST(request(with(R"({"a":null,"b":{"resourceType":"Patient"}})")).empty());
    BOOST_TEST(request(with(R"({"a":{"id":"x"}})")) == Issues{"prefetch.a cds-member-type"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_service_answers_its_own_hook) {
    const auto text = sign(R"("userId":"Practitioner/1","patientId":"p1",)" + std::string(kOrders));
    BOOST_TEST(request(text, "order-select") == Issues{"hook cds-hook-differs"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(cards_need_a_source_and_suggestions_a_behaviour) {
    BOOST_TEST(response(R"({"cards":[]})").empty());
    BOOST_TEST(response(R"({"cards":[{"summary":"s","indicator":"info","source":{}}]})") ==
                   Issues{"cards[0].source.label cds-member-missing"},
               boost::test_tools::per_element());
    BOOST_TEST(response(R"({"cards":[{"summary":"s","indicator":"red","source":{"label":"l"}}]})") ==
                   Issues{"cards[0].indicator cds-member-value"},
               boost::test_tools::per_element());
    BOOST_TEST(
        response(
            R"({"cards":[{"summary":"s","indicator":"info","source":{"label":"l"},"suggestions":[{"label":"x","actions":[{"type":"delete","description":"d"}]}]}]})") ==
            (Issues{"cards[0].suggestions[0].actions[0].resourceId cds-member-missing", "cards[0].selectionBehavior cds-member-missing"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_long_summary_is_a_warning) {
    const auto card = [](std::size_t characters) {
        std::string summary;
        for (std::size_t index = 0; index < characters; ++index) summary += "血";
        return R"({"cards":[{"summary":")" + summary + R"(","indicator":"info","source":{"label":"l"}}]})";
    };
    BOOST_TEST(response(card(140)).empty());
    const auto found = check_response(fhir::read_plain_json(card(141)).value->root());
    BOOST_TEST(!found.has_errors());
    BOOST_TEST(found.leading()->rule == "cds-summary-length");
}

BOOST_AUTO_TEST_SUITE_END()
