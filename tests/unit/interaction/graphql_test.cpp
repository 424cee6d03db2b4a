// GraphQL over stored resources: fields, filters, directives, references, searches; what is refused.
#include "unit/interaction/desk.hpp"

using namespace huitong;
using namespace huitong::tests;

namespace {

struct Ward : Desk {
    Ward() {
        send("PUT Patient/a",
             patient("a", R"(,"active":true,"birthDate":"1990-01-01","name":[{"use":"official","family":"甲","given":["一","二"]},)"
                          R"({"use":"nickname","given":["三"]}],"managingOrganization":{"reference":"Organization/h"},)"
                          R"("deceasedBoolean":false,"extension":[{"url":"urn:x","valueInteger":7}])"));
        send("PUT Organization/h", R"({"resourceType":"Organization","id":"h","name":"North"})");
        for (const auto* id : {"o1", "o2"}) {
            send("PUT Observation/" + std::string(id),
                 R"({"resourceType":"Observation","id":")" + std::string(id) +
                     R"(","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},)"
                     R"("performer":[{"reference":"Practitioner/gone"}],"valueQuantity":{"value":5.40,"unit":"g"}})");
        }
    }
    std::string ask(const std::string& query, const std::string& target = "Patient/a/$graphql") {
        auto request = request_of("POST " + target, query);
        request.content_type = "application/graphql";
        const auto answer = send(std::move(request));
        return answer.status() == 200 ? answer.response().body : "!" + answer.rule();
    }
};

std::string data(const std::string& members) { return R"({"data":{)" + members + "}}"; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(graphql, Ward)

BOOST_AUTO_TEST_CASE(fields_in_the_order_asked_for) {
    BOOST_TEST(ask("{ active id resourceType }") == data(R"("active":true,"id":"a","resourceType":"Patient")"));
    BOOST_TEST(ask("{ name { family given } }") == data(R"("name":[{"family":"甲","given":["一","二"]},{"given":["三"]}])"));
    BOOST_TEST(ask("{ born: birthDate gender }") == data(R"("born":"1990-01-01")"));
    BOOST_TEST(ask("# a comment\nquery Q { id, __typename }") == data(R"("id":"a","__typename":"Patient")"));
}

BOOST_AUTO_TEST_CASE(choices_by_their_name_or_their_stem) {
    BOOST_TEST(ask("{ deceasedBoolean }") == data(R"("deceasedBoolean":false)"));
    BOOST_TEST(ask("{ deceased }") == data(R"("deceased":false)"));
    BOOST_TEST(ask("{ valueQuantity { value unit } }", "Observation/o1/$graphql") == data(R"("valueQuantity":{"value":5.40,"unit":"g"})"));
    BOOST_TEST(ask("{ value { ... on Quantity { unit } ... on Range { low { value } } } }", "Observation/o1/$graphql") ==
               data(R"("value":{"unit":"g"})"));
}

// A list is a search: whoever may read one by its id, and no more, gets none.
BOOST_AUTO_TEST_CASE(a_list_needs_the_right_to_search) {
    const auto listed = [&](const std::string& scope) {
        auto request = request_of("POST Patient/a/$graphql", "{ ObservationList(_reference: \"subject\") { id } }");
        request.content_type = "application/graphql";
        request.caller.open = false;
        request.caller.scopes = {"system/Patient.r", scope};
        const auto answer = send(std::move(request));
        return answer.status() == 200 && answer.response().body.find("o1") != std::string::npos;
    };
    BOOST_TEST(listed("system/Observation.rs"));
    BOOST_TEST(!listed("system/Observation.r"));
}

BOOST_AUTO_TEST_CASE(lists_are_filtered) {
    BOOST_TEST(ask("{ name(use: official) { family } }") == data(R"("name":[{"family":"甲"}])"));
    BOOST_TEST(ask("{ name(fhirpath: \"family.empty()\") { given } }") == data(R"("name":[{"given":["三"]}])"));
    BOOST_TEST(ask("{ name(_offset: 1, _count: 1) { use } }") == data(R"("name":[{"use":"nickname"}])"));
    BOOST_TEST(ask("{ extension(url: \"urn:x\") { valueInteger } }") == data(R"("extension":[{"valueInteger":7}])"));
}

BOOST_AUTO_TEST_CASE(directives) {
    BOOST_TEST(ask("{ id @skip(if: true) active @include(if: true) birthDate @include(if: false) }") == data(R"("active":true)"));
    BOOST_TEST(ask("{ name @flatten { family given } }") == data(R"("family":["甲"],"given":["一","二","三"])"));
    BOOST_TEST(ask("{ name @flatten { given @first } }") == data(R"("given":["一","三"])"));
    BOOST_TEST(ask("{ name @first { use } }") == data(R"("name":[{"use":"official"}])"));
    BOOST_TEST(ask("{ name @flatten @first { family @singleton } }") == data(R"("family":"甲")"));
    BOOST_TEST(ask("{ name @slice(path: \"use\") { given @first } }") ==
               data(R"("name.official":{"given":["一"]},"name.nickname":{"given":["三"]})"));
}

BOOST_AUTO_TEST_CASE(fragments_and_variables) {
    BOOST_TEST(ask("query Q { ...F } fragment F on Patient { id }") == data(R"("id":"a")"));
    BOOST_TEST(ask("query Q { ...F } fragment F on Group { id }") == data(""));
    BOOST_TEST(ask("query Q($use: code = nickname) { name(use: $use) { use } }") == data(R"("name":[{"use":"nickname"}])"));
    auto request = request_of(
        "POST Patient/a/$graphql",
        R"({"query":"query A { id } query B($u: code!) { name(use: $u) { use } }","operationName":"B","variables":{"u":"official"}})");
    request.content_type = "application/json";
    BOOST_TEST(send(std::move(request)).response().body == data(R"("name":[{"use":"official"}])"));
}

BOOST_AUTO_TEST_CASE(references_are_followed) {
    BOOST_TEST(ask("{ managingOrganization { reference resource { ... on Organization { name } } } }") ==
               data(R"("managingOrganization":{"reference":"Organization/h","resource":{"name":"North"}})"));
    BOOST_TEST(ask("{ managingOrganization { resource(type: Patient) { id } } }") == data(R"("managingOrganization":{})"));
    BOOST_TEST(ask("{ performer { resource { id } } }", "Observation/o1/$graphql") == "!graphql-reference");
    BOOST_TEST(ask("{ performer { resource(optional: true) { id } } }", "Observation/o1/$graphql") == data(R"("performer":[{}])"));
}

BOOST_AUTO_TEST_CASE(searches_from_the_system_and_back_from_a_resource) {
    BOOST_TEST(ask("{ Patient(id: a) { id } }", "$graphql") == data(R"("Patient":{"id":"a"})"));
    BOOST_TEST(ask("{ Patient(id: none) { id } }", "$graphql") == data(""));
    BOOST_TEST(ask("{ PatientList(active: true) { id } }", "$graphql") == data(R"("PatientList":[{"id":"a"}])"));
    BOOST_TEST(ask("{ ObservationList(value_quantity: gt5) { id } }", "$graphql") ==
               data(R"("ObservationList":[{"id":"o1"},{"id":"o2"}])"));
    BOOST_TEST(ask("{ ObservationList(_reference: subject) { id } }") == data(R"("ObservationList":[{"id":"o1"},{"id":"o2"}])"));
    const auto page = ask("{ ObservationConnection(_count: 1, _sort: _id) { count pagesize edges { mode resource { id } } } }", "$graphql");
    BOOST_TEST(page == data(R"("ObservationConnection":{"count":2,"pagesize":1,"edges":[{"mode":"match","resource":{"id":"o1"}}]})"));
}

BOOST_AUTO_TEST_CASE(what_is_given_out_is_told_to_the_access_log) {
    auto request = request_of("GET Patient/a/$graphql?query=" + std::string("{managingOrganization{resource{id}}}"));
    const auto answer = send(std::move(request));
    BOOST_TEST(answer.response().touched.size() == 2u);
}

BOOST_AUTO_TEST_CASE(fragments_that_multiply_end_at_a_limit) {
    for (const std::string last : {"photo { url }", "__typename"}) {
        std::string query = "{ ...f0 }";
        for (int level = 0; level < 40; ++level) {
            const auto next = level == 39 ? last : "...f" + std::to_string(level + 1) + " ...f" + std::to_string(level + 1);
            query += " fragment f" + std::to_string(level) + " on Patient { " + next + " }";
        }
        BOOST_TEST(ask(query) == "!graphql-size-max", last);
    }
}

BOOST_AUTO_TEST_CASE(refusals) {
    const std::pair<const char*, const char*> cases[] = {
        {"{ colour }", "graphql-field"},
        {"{ name }", "graphql-selection"},
        {"{ id { x } }", "graphql-selection"},
        {"{ name(colour: red) { use } }", "graphql-argument"},
        {"{ ObservationList { id } }", "graphql-argument"},
        {"{ ...None }", "graphql-fragment"},
        {"{ id @twice }", "graphql-directive"},
        {"{ name(use: $u) { use } }", "graphql-variable"},
        {"{ id", "graphql-syntax"},
        {"{ }", "graphql-syntax"},
        {"{ name(use: \"open) { use } }", "graphql-syntax"},
        {"mutation { id }", "graphql-unsupported"},
        {"query A { id } query B { id }", "graphql-operation"},
        {"query A($x: code!) { id }", "graphql-variable"},
        {"query A { ...F } fragment F on Patient { ...F }", "graphql-depth-max"},
    };
    for (const auto& [query, rule] : cases) BOOST_TEST(ask(query) == "!" + std::string(rule), query << " gives " << ask(query));
    std::string deep = "{";
    for (int depth = 0; depth < 5'000; ++depth) deep += "extension{";
    BOOST_TEST(ask(deep) == "!graphql-depth-max");
    BOOST_TEST(ask("{ id }", "Patient/none/$graphql") == "!rest-not-found");
}

BOOST_AUTO_TEST_SUITE_END()
