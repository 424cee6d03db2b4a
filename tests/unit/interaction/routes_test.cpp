// Which requests are interactions, histories, searches as answers, and bad input.
#include "unit/interaction/desk.hpp"

#include <map>
#include <set>

using namespace huitong;
using namespace huitong::tests;

BOOST_FIXTURE_TEST_SUITE(routes, Desk)

BOOST_AUTO_TEST_CASE(statuses_of_what_is_no_interaction) {
    const std::tuple<const char*, int, const char*> cases[] = {
        {"GET Nonsense/1", 404, "rest-unknown-type"},
        {"GET Patient/1/nonsense/2/3", 404, "rest-no-route"},
        {"GET Patient/1/$nonsense", 404, "rest-no-route"},
        {"POST Patient/1", 405, "rest-method"},
        {"DELETE ", 405, "rest-method"},
        {"PUT Patient/1/_history/1", 405, "rest-method"},
        {"POST metadata", 405, "rest-method"},
        {"GET Patient/a_b", 400, "rest-id"},
        {"GET Patient/1/Nonsense", 404, "rest-unknown-type"},
        {"GET Patient/1/_history/4294967297", 404, "rest-no-route"},
        {"GET Patient/1/_history/1abc", 404, "rest-no-route"},
        {"GET Group/1/Observation", 400, "rest-compartment"},
        {"GET Patient/1/Organization", 400, "search-compartment"},
        {"GET Patient?colour=red", 400, "search-unknown-parameter"},
        {"GET Patient?birthdate=yesterday", 400, "search-value"},
        {"GET Patient/_history?_since=yesterday", 400, "rest-since"},
    };
    for (const auto& [line, status, rule] : cases) {
        const auto answer = send(line);
        BOOST_TEST(answer.status() == status, line << ": " << answer.status());
        BOOST_TEST(answer.rule() == rule, line << ": " << answer.rule());
    }
}

BOOST_AUTO_TEST_CASE(a_compartment_is_searched_by_type_or_as_a_whole) {
    send("PUT Patient/a", patient("a"));
    send("PUT Observation/o",
         R"({"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"}})");
    send("PUT Observation/p",
         R"({"resourceType":"Observation","id":"p","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/b"}})");
    send("PUT Organization/h", R"({"resourceType":"Organization","id":"h","name":"North"})");
    for (const auto& [line, total] : {std::pair("GET Patient/a/Observation", "1"), std::pair("GET Patient/a/*", "2"),
                                      std::pair("GET Patient/a/*?_type=Observation", "1"), std::pair("POST Patient/a/_search", "2"),
                                      std::pair("POST Patient/a/Observation/_search", "1")}) {
        const auto found = send(line);
        BOOST_TEST(found.status() == 200, line);
        BOOST_TEST(found.at("/total") == total, line);
    }
}

BOOST_AUTO_TEST_CASE(head_is_read_like_get) {
    send("PUT Patient/a", patient("a"));
    BOOST_TEST(send("HEAD Patient/a").status() == 200);
    BOOST_TEST(send("HEAD Patient/b").status() == 404);
}

BOOST_AUTO_TEST_CASE(every_interaction_is_in_the_capability_statement) {
    const auto statement = send("GET metadata");
    BOOST_TEST(statement.status() == 200);
    BOOST_TEST(statement.at("/resourceType") == "CapabilityStatement");
    BOOST_TEST(statement.at("/fhirVersion") == "4.0.1");
    BOOST_TEST(statement.size("/rest/0/resource") == r4_definitions().resource_types().size());
    const auto parsed = fhir::read_json(statement.response().body);
    BOOST_REQUIRE(parsed.issues.empty());
    const auto issues = validator.check(parsed.value->root());
    for (const auto& issue : issues.issues()) BOOST_TEST((issue.severity < Severity::error), issue.where << ' ' << issue.rule);
}

BOOST_AUTO_TEST_CASE(the_statement_lists_each_operation_where_it_is_routed) {
    const auto statement = fhir::read_json(send("GET metadata").response().body).value;
    const auto rest = statement->root().child("rest");
    const auto names_of = [](const fhir::Element& owner) {
        std::set<std::string> out;
        for (const auto operation : owner.children("operation")) out.emplace(operation.text("name"));
        return out;
    };
    std::map<std::string, std::set<std::string>> of_type;
    for (const auto type : rest.children("resource")) of_type[std::string(type.text("type"))] = names_of(type);
    const auto of_server = names_of(rest);
    for (const auto* name : {"export", "closure", "versions", "diff", "import"}) BOOST_TEST(of_server.contains(name), name);
    for (const auto* name : {"everything", "validate", "meta", "expunge", "export"}) BOOST_TEST(of_type["Patient"].contains(name), name);
    for (const auto* name : {"lookup", "subsumes", "validate"}) BOOST_TEST(of_type["CodeSystem"].contains(name), name);
    BOOST_TEST(of_type["Encounter"].contains("everything"));
    for (const auto* type : {"Observation", "Group", "MedicinalProduct"}) BOOST_TEST(!of_type[type].contains("everything"), type);
    BOOST_TEST(!of_type["Patient"].contains("export-job"));
    BOOST_TEST(!of_server.contains("everything"));
}

BOOST_AUTO_TEST_CASE(the_statement_lists_no_search_parameter_that_cannot_be_asked_for) {
    const std::map<std::string, std::string, std::less<>> values{
        {"number", "1"},  {"date", "2026"},  {"string", "x"},           {"token", "x"},
        {"uri", "urn:x"}, {"quantity", "1"}, {"reference", "Patient/x"}};
    const auto statement = fhir::read_json(send("GET metadata").response().body).value;
    std::size_t asked = 0;
    for (const auto type : statement->root().child("rest").children("resource")) {
        const std::string name(type.text("type"));
        if (name != "Patient" && name != "Location") continue;
        for (const auto parameter : type.children("searchParam")) {
            const auto value = values.find(parameter.text("type"));
            if (value == values.end()) continue;
            const auto found = send("GET " + name + '?' + std::string(parameter.text("name")) + '=' + value->second);
            BOOST_TEST(found.status() == 200, name << ' ' << parameter.text("name") << ' ' << found.rule());
            ++asked;
        }
    }
    BOOST_TEST(asked > 40u);
}

BOOST_AUTO_TEST_CASE(bad_resources_are_refused_with_their_place_and_leave_nothing) {
    struct Case {
        const char *name, *type, *body;
        int status;
        const char* where;
    };
    const Case cases[] = {
        {"no JSON", "application/fhir+json", "{", 400, ""},
        {"nothing", "application/fhir+json", "", 400, ""},
        {"another type", "application/fhir+json", R"({"resourceType":"Group"})", 400, "Group"},
        {"no type", "application/fhir+json", R"({"id":"a"})", 400, ""},
        {"a type of nobody", "application/fhir+json", R"({"resourceType":"Nonsense"})", 400, ""},
        {"a key twice", "application/fhir+json", R"({"resourceType":"Patient","active":true,"active":false})", 400, ""},
        {"an element of nobody", "application/fhir+json", R"({"resourceType":"Patient","colour":"red"})", 422, "Patient.colour"},
        {"a wrong kind", "application/fhir+json", R"({"resourceType":"Patient","active":"yes"})", 422, "Patient.active"},
        {"a bad date", "application/fhir+json", R"({"resourceType":"Patient","birthDate":"1990-02-30"})", 422, "Patient.birthDate"},
        {"a code outside its set", "application/fhir+json", R"({"resourceType":"Patient","gender":"red"})", 422, "Patient.gender"},
        {"an object for a list", "application/fhir+json", R"({"resourceType":"Patient","name":{"family":"x"}})", 422, "Patient.name"},
        {"no XML", "application/fhir+xml", "<Patient", 400, ""},
        {"a document type", "application/fhir+xml", "<!DOCTYPE x><Patient xmlns=\"http://hl7.org/fhir\"/>", 400, ""},
        {"another format", "text/csv", "a,b", 415, ""},
    };
    for (const auto& one : cases) {
        BOOST_TEST_CONTEXT(one.name) {
            auto request = request_of("POST Patient", one.body);
            request.content_type = one.type;
            const auto refused = send(std::move(request));
            BOOST_TEST(refused.status() == one.status);
            BOOST_TEST(!refused.rule().empty());
            BOOST_TEST(refused.where().starts_with(one.where), refused.where());
        }
    }
    BOOST_TEST(versions() == 0u);
}

BOOST_AUTO_TEST_CASE(deep_and_wide_bodies_end_at_the_limits) {
    std::string deep = R"({"resourceType":"Patient","extension":)";
    for (int level = 0; level < 80; ++level) deep += R"([{"url":"http://x.example","extension":)";
    deep += "[]";
    for (int level = 0; level < 80; ++level) deep += "}]";
    BOOST_TEST(send("POST Patient", deep + '}').rule() == "json-depth-max");
    std::string wide = R"({"resourceType":"Patient")";
    for (int member = 0; member < 25'000; ++member) wide += ",\"m" + std::to_string(member) + "\":1";
    BOOST_TEST(send("POST Patient", wide + '}').rule() == "json-members-max");
    BOOST_TEST(versions() == 0u);
}

BOOST_AUTO_TEST_CASE(xml_is_read_as_json_is) {
    auto request = request_of("POST Patient", R"(<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>)");
    request.content_type = "application/fhir+xml";
    BOOST_TEST(send(std::move(request)).at("/active") == "true");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(answers, Desk)

BOOST_AUTO_TEST_CASE(histories_at_three_levels) {
    send("PUT Patient/a", patient("a"));
    clock.set({kDeskTime.microseconds + 3'600'000'000});
    send("PUT Patient/a", patient("a", R"(,"active":true)"));
    send("POST Group", R"({"resourceType":"Group","type":"person","actual":true})");
    send("DELETE Patient/a");
    const auto one = send("GET Patient/a/_history");
    BOOST_TEST(one.at("/type") == "history");
    BOOST_REQUIRE(one.size("/entry") == 3u);
    BOOST_TEST(one.at("/entry/0/request/method") == "DELETE");
    BOOST_TEST(one.at("/entry/0/resource") == "-");
    BOOST_TEST(one.at("/entry/0/response/status").starts_with("204"));
    BOOST_TEST(one.at("/entry/1/request/method") == "PUT");
    BOOST_TEST(one.at("/entry/1/response/status").starts_with("200"));
    BOOST_TEST(one.at("/entry/1/resource/active") == "true");
    BOOST_TEST(one.at("/entry/2/response/etag") == "W/\"1\"");
    BOOST_TEST(one.at("/entry/2/response/status").starts_with("201"));
    BOOST_TEST(send("GET Patient/_history").size("/entry") == 3u);
    BOOST_TEST(send("GET _history").size("/entry") == 4u);
    BOOST_TEST(send("GET _history?_since=2026-11-20T13:00:00%2B08:00").size("/entry") == 3u);
    BOOST_TEST(send("GET _history?_since=2026-11-20T14:00:00%2B08:00").size("/entry") == 0u);
    BOOST_TEST(send("GET Patient/nobody/_history").status() == 404);
}

BOOST_AUTO_TEST_CASE(a_search_answers_with_links_and_modes) {
    for (int number = 0; number < 5; ++number)
        send("PUT Patient/p" + std::to_string(number),
             patient("p" + std::to_string(number), R"(,"managingOrganization":{"reference":"Organization/h"})"));
    send("PUT Organization/h", R"({"resourceType":"Organization","id":"h","name":"One"})");
    const auto page = send("GET Patient?_count=2&_include=Patient:organization&_sort=_id");
    BOOST_TEST(page.at("/type") == "searchset");
    BOOST_TEST(page.at("/total") == "5");
    BOOST_TEST(page.at("/link/0/relation") == "self");
    BOOST_TEST(page.at("/link/0/url") == "http://hub.example/fhir/Patient?_count=2&_include=Patient:organization&_sort=_id");
    BOOST_TEST(page.at("/link/1/relation") == "next");
    BOOST_REQUIRE(page.size("/entry") == 3u);
    BOOST_TEST(page.at("/entry/0/fullUrl") == "http://hub.example/fhir/Patient/p0");
    BOOST_TEST(page.at("/entry/0/search/mode") == "match");
    BOOST_TEST(page.at("/entry/2/search/mode") == "include");
    // The next link is followed as it is.
    auto next = page.at("/link/1/url");
    BOOST_TEST(send("GET " + next.substr(std::string("http://hub.example/fhir/").size())).at("/entry/0/resource/id") == "p2");
}

BOOST_AUTO_TEST_CASE(a_search_by_post_reads_the_form_as_a_query) {
    send("PUT Patient/a", patient("a", R"(,"active":true)"));
    send("PUT Patient/b", patient("b"));
    auto request = request_of("POST Patient/_search");
    request.query = {{"active", "true"}};
    BOOST_TEST(send(std::move(request)).at("/total") == "1");
    BOOST_TEST(send("GET Patient/a/Observation").at("/total") == "0");
}

BOOST_AUTO_TEST_CASE(lenient_searches_say_what_they_ignored) {
    send("PUT Patient/a", patient("a"));
    auto request = request_of("GET Patient?colour=red");
    request.handling = interaction::Handling::lenient;
    const auto found = send(std::move(request));
    BOOST_TEST(found.status() == 200);
    BOOST_REQUIRE(found.size("/entry") == 2u);
    BOOST_TEST(found.at("/entry/1/search/mode") == "outcome");
    BOOST_TEST(found.at("/entry/1/resource/issue/0/severity") == "warning");
    BOOST_TEST(found.at("/link/0/url") == "http://hub.example/fhir/Patient?");
}

BOOST_AUTO_TEST_CASE(summaries_of_searches) {
    send("PUT Patient/a", patient("a", R"(,"active":true,"photo":[{"url":"http://x.example/1"}])"));
    BOOST_TEST(send("GET Patient?_summary=true").at("/entry/0/resource/photo") == "-");
    BOOST_TEST(send("GET Patient?_elements=photo").at("/entry/0/resource/active") == "-");
    const auto count = send("GET Patient?_summary=count");
    BOOST_TEST(count.at("/total") == "1");
    BOOST_TEST(count.at("/entry") == "-");
    BOOST_TEST(send("GET Patient?_explain=true").at("/entry/1/search/mode") == "outcome");
}

BOOST_AUTO_TEST_CASE(outcomes_hold_a_sentence_in_both_languages_and_a_rule) {
    const auto text = interaction::operation_outcome(send("GET Patient?brithdate=1").response().issues);
    const auto parsed = fhir::read_json(text);
    BOOST_REQUIRE(parsed.issues.empty());
    const auto root = parsed.value->root();
    BOOST_TEST(root.text("issue.details.coding.code") == "search-misspelt-parameter");
    BOOST_TEST(root.text("issue.diagnostics").find("birthdate") != std::string_view::npos);
    BOOST_TEST(root.text("issue.details.text").find("birthdate") != std::string_view::npos);
    BOOST_TEST(validator.check(root).empty());
}

BOOST_AUTO_TEST_SUITE_END()
