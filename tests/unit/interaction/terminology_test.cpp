// Terminology operations as interactions: by GET and POST, on types and instances, over what the store holds. Source: FHIR R4, Terminology
// Service.
#include "interaction/stored_terminology.hpp"
#include "recognition/matching.hpp"
#include "unit/interaction/desk.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

namespace {

const std::string kWard =
    R"({"resourceType":"CodeSystem","id":"ward","url":"urn:t:ward","version":"1","status":"active","content":"complete",
        "concept":[{"code":"in","display":"Inpatients","concept":[{"code":"icu","display":"Intensive care"}]},{"code":"out","display":"Outpatients"}]})";
const std::string kSet =
    R"({"resourceType":"ValueSet","id":"wards","url":"urn:t:wards","status":"active",
        "compose":{"include":[{"system":"urn:t:ward","filter":[{"property":"concept","op":"is-a","value":"in"}]}]}})";

class TermDesk : public Desk {
public:
    TermDesk() {
        services.terminology = &terms;
        services.stored_terminology = &stored;
    }
    terminology::Terminology terms{nullptr};
    interaction::StoredTerminology stored{*store, terms};
};

} // namespace

BOOST_AUTO_TEST_SUITE(terminology_operations_suite)

BOOST_AUTO_TEST_CASE(posted_content_is_used_from_its_commit_on) {
    TermDesk desk;
    BOOST_TEST(desk.send("GET ValueSet/$expand?url=urn:t:wards").status() == 404);
    BOOST_TEST(desk.send("PUT CodeSystem/ward", kWard).status() == 201);
    BOOST_TEST(desk.send("PUT ValueSet/wards", kSet).status() == 201);
    BOOST_TEST(desk.send("GET ValueSet/$expand?url=urn:t:wards").at("/expansion/total") == "2");
    const auto instance = desk.send("GET ValueSet/wards/$expand");
    BOOST_TEST(instance.at("/expansion/contains/1/code") == "icu");
    BOOST_TEST(instance.response().touched.size() == 1U);
    BOOST_TEST(desk.send("GET ValueSet/other/$expand").status() == 404);
    BOOST_TEST(desk.send("GET CodeSystem/$lookup?system=urn:t:ward&code=icu").at("/parameter/0/name") == "name");
}

BOOST_AUTO_TEST_CASE(a_change_and_a_deletion_count_at_once) {
    TermDesk desk;
    BOOST_TEST(desk.send("PUT CodeSystem/ward", kWard).status() == 201);
    const auto result = [&](const std::string& code) {
        const auto answer = desk.send("GET CodeSystem/$validate-code?url=urn:t:ward&code=" + code);
        for (int at = 0; at < 8; ++at) {
            if (answer.at(("/parameter/" + std::to_string(at) + "/name").c_str()) == "result")
                return answer.at(("/parameter/" + std::to_string(at) + "/valueBoolean").c_str());
        }
        return std::string("-");
    };
    BOOST_TEST(result("out") == "true");
    auto changed = kWard;
    changed.replace(changed.find("\"out\""), 5, "\"day\"");
    BOOST_TEST(desk.send("PUT CodeSystem/ward", changed).status() == 200);
    BOOST_TEST(result("out") == "false");
    BOOST_TEST(result("day") == "true");
    BOOST_TEST(desk.send("DELETE CodeSystem/ward").status() == 204);
    BOOST_TEST(desk.send("GET CodeSystem/$lookup?system=urn:t:ward&code=day").status() == 404);
}

BOOST_AUTO_TEST_CASE(what_was_answered_once_is_remembered_until_the_content_changes) {
    TermDesk desk;
    BOOST_TEST(desk.send("PUT CodeSystem/ward", kWard).status() == 201);
    const auto remembered = [&](const std::string& code, const std::string& language = "") {
        return desk.stored.is_remembered("CodeSystem/$validate-code", {{"url", "urn:t:ward"}, {"code", code}}, language);
    };
    const auto ask = [&] { return desk.send("GET CodeSystem/$validate-code?url=urn:t:ward&code=icu").response().body; };
    BOOST_TEST(!remembered("icu"));
    const auto first = ask();
    BOOST_TEST(remembered("icu"));
    BOOST_TEST(ask() == first);
    BOOST_TEST(!remembered("in"));
    BOOST_TEST(!remembered("icu", "zh"));
    BOOST_TEST(!desk.stored.is_remembered("CodeSystem/ward/$validate-code", {{"url", "urn:t:ward"}, {"code", "icu"}}, ""));
    BOOST_TEST(desk.send("PUT Patient/p", R"({"resourceType":"Patient","id":"p"})").status() == 201);
    BOOST_TEST(!remembered("icu")); // it may have been a code system: the next question looks
    BOOST_TEST(ask() == first);
    BOOST_TEST(remembered("icu"));
    auto changed = kWard;
    changed.replace(changed.find("Intensive care"), 14, "Intensive unit");
    BOOST_TEST(desk.send("PUT CodeSystem/ward", changed).status() == 200);
    BOOST_TEST(!remembered("icu"));
    BOOST_TEST(ask() != first);
}

BOOST_AUTO_TEST_CASE(parameters_come_in_a_body_or_in_the_query) {
    TermDesk desk;
    BOOST_TEST(desk.send("PUT CodeSystem/ward", kWard).status() == 201);
    const auto body =
        R"({"resourceType":"Parameters","parameter":[{"name":"system","valueUri":"urn:t:ward"},{"name":"codeA","valueCode":"in"},{"name":"codeB","valueCode":"icu"}]})";
    BOOST_TEST(desk.send("POST CodeSystem/$subsumes", body).at("/parameter/0/valueCode") == "subsumes");
    BOOST_TEST(desk.send("GET CodeSystem/$subsumes?system=urn:t:ward&codeA=icu&codeB=in").at("/parameter/0/valueCode") == "subsumed-by");
    BOOST_TEST(desk.send("GET CodeSystem/$subsumes?system=urn:t:ward").status() == 400);
}

// A hub that starts takes in what an earlier run stored.
BOOST_AUTO_TEST_CASE(what_was_stored_before_is_taken_in_at_the_start) {
    TermDesk desk;
    BOOST_TEST(desk.send("PUT CodeSystem/ward", kWard).status() == 201);
    terminology::Terminology fresh(nullptr);
    interaction::StoredTerminology again(*desk.store, fresh);
    BOOST_TEST(again.catch_up().empty());
    BOOST_TEST(fresh.has_system("urn:t:ward"));
}

BOOST_AUTO_TEST_CASE(a_stored_map_does_not_replace_one_that_the_deployment_brought) {
    const auto map = [](const std::string& target) {
        return R"({"resourceType":"ConceptMap","id":"m","url":"urn:t:map","status":"active","group":[{"source":"urn:t:here","target":"urn:t:there",)"
               R"("element":[{"code":"a","target":[{"code":")" +
               target + R"(","equivalence":"equal"}]}]}]})";
    };
    TermDesk desk;
    BOOST_TEST(desk.terms.add(fhir::read_json(map("right")).value->root()).empty());
    const auto translated = [&] {
        const auto found = desk.terms.translate("urn:t:map", {"urn:t:here", "", "a", ""});
        return found.empty() ? std::string() : found.front().target.code;
    };
    BOOST_TEST(desk.send("PUT ConceptMap/m", map("wrong")).status() == 201);
    BOOST_TEST(desk.send("GET ConceptMap/$translate?url=urn:t:map&system=urn:t:here&code=a").status() == 200);
    BOOST_TEST(translated() == "right");
    const auto is_stored_map = recognition::stored_maps(desk.terms); // what recognition passes over
    BOOST_TEST(!is_stored_map("urn:t:map"));
    auto other = map("other");
    other.replace(other.find("urn:t:map"), 9, "urn:t:two");
    BOOST_TEST(desk.send("PUT ConceptMap/m2", other.replace(other.find(R"("m")"), 3, R"("m2")")).status() == 201);
    BOOST_TEST(is_stored_map("urn:t:two"));
    BOOST_TEST(desk.send("DELETE ConceptMap/m").status() == 204);
    BOOST_TEST(desk.send("GET ConceptMap/$translate?url=urn:t:map&system=urn:t:here&code=a").status() == 200);
    BOOST_TEST(translated() == "right");
}

BOOST_AUTO_TEST_SUITE_END()
