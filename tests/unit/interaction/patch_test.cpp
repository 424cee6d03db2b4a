// patch and conditional patch in three kinds, with their conditions; patches in bundles.
#include "base/base64.hpp"
#include "unit/interaction/desk.hpp"

#include <future>

using namespace huitong;
using namespace huitong::tests;

namespace {

constexpr const char* kAddActive = R"([{"op":"add","path":"/active","value":true}])";

interaction::Request patch_of(const Desk& desk, const std::string& target, const std::string& body,
                              const char* type = "application/json-patch+json") {
    auto request = desk.request_of("PATCH " + target, body);
    request.content_type = type;
    return request;
}

std::string parameters(const std::string& operation, const std::string& path, const std::string& rest) {
    return R"({"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":")" + operation +
           R"("},{"name":"path","valueString":")" + path + "\"}" + rest + "]}]}";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(patching, Desk)

BOOST_AUTO_TEST_CASE(by_json_patch) {
    send("PUT Patient/1", patient("1", R"(,"name":[{"family":"甲"}])"));
    const auto done = send(patch_of(*this, "Patient/1", kAddActive));
    BOOST_TEST(done.status() == 200);
    BOOST_TEST(done.at("/active") == "true");
    BOOST_TEST(done.at("/name/0/family") == "甲");
    BOOST_TEST(done.response().etag == "W/\"2\"");
    BOOST_TEST(send("GET Patient?active=true").size("/entry") == 1u);
}

BOOST_AUTO_TEST_CASE(what_a_json_patch_leaves_empty_is_gone) {
    send("PUT Patient/1", patient("1", R"(,"name":[{"family":"甲"}],"gender":"male")"));
    const auto done = send(patch_of(*this, "Patient/1", R"([{"op":"remove","path":"/name/0/family"}])"));
    BOOST_TEST(done.status() == 200);
    BOOST_TEST(done.at("/name") == "-");
    BOOST_TEST(done.at("/gender") == "male");
}

BOOST_AUTO_TEST_CASE(by_fhirpath_patch_in_json_and_xml) {
    send("PUT Patient/1", patient("1"));
    const auto json =
        parameters("add", "Patient", R"(,{"name":"name","valueString":"birthDate"},{"name":"value","valueDate":"1990-01-01"})");
    BOOST_TEST(send(patch_of(*this, "Patient/1", json, "application/fhir+json")).at("/birthDate") == "1990-01-01");
    const std::string xml =
        R"(<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/><part><name value="type"/>)"
        R"(<valueCode value="delete"/></part><part><name value="path"/><valueString value="Patient.birthDate"/></part></parameter></Parameters>)";
    BOOST_TEST(send(patch_of(*this, "Patient/1", xml, "application/fhir+xml")).at("/birthDate") == "-");
}

BOOST_AUTO_TEST_CASE(by_xml_patch) {
    send("PUT Patient/1", patient("1", R"(,"gender":"male")"));
    const auto done = send(patch_of(*this, "Patient/1", R"(<diff><replace sel="f:Patient/f:gender/@value">female</replace></diff>)",
                                    "application/xml-patch+xml"));
    BOOST_TEST(done.status() == 200);
    BOOST_TEST(done.at("/gender") == "female");
}

BOOST_AUTO_TEST_CASE(refusals_leave_everything_as_it_was) {
    send("PUT Patient/1", patient("1", R"(,"gender":"male")"));
    send("PUT Patient/gone", patient("gone"));
    send("DELETE Patient/gone");
    struct Case {
        const char *target, *type, *body;
        int status;
        const char* rule;
    };
    const Case cases[] = {
        {"Patient/none", "application/json-patch+json", kAddActive, 404, "rest-not-found"},
        {"Patient/gone", "application/json-patch+json", kAddActive, 410, "rest-deleted"},
        {"Patient/1", "text/plain", kAddActive, 415, "rest-media-type"},
        {"Patient/1", "application/json-patch+json", "[", 400, "json-syntax"},
        {"Patient/1", "application/json-patch+json", R"([{"op":"test","path":"/gender","value":"female"}])", 422, "patch-test"},
        {"Patient/1", "application/json-patch+json", R"([{"op":"remove","path":"/active"}])", 422, "patch-path"},
        {"Patient/1", "application/json-patch+json", R"([{"op":"merge","path":"/active"}])", 400, "patch-form"},
        {"Patient/1", "application/json-patch+json", R"([{"op":"replace","path":"/id","value":"2"}])", 400, "rest-id-differs"},
        {"Patient/1", "application/json-patch+json", R"([{"op":"remove","path":"/id"}])", 400, "rest-id-differs"},
        {"Patient/1", "application/json-patch+json", R"([{"op":"replace","path":"/resourceType","value":"Group"}])", 400,
         "rest-type-differs"},
        {"Patient/1", "application/json-patch+json", R"([{"op":"replace","path":"/gender","value":"blue"}])", 422, "validation-binding"},
        {"Patient/1", "application/json-patch+json", R"([{"op":"replace","path":"","value":7}])", 400, "json-object-expected"},
        {"Patient/1", "application/xml-patch+xml", "<diff><remove sel='f:Patient/f:photo'/></diff>", 422, "patch-path"},
        {"Patient/1", "application/fhir+json", R"({"resourceType":"Patient"})", 400, "patch-form"},
    };
    for (const auto& one : cases) {
        const auto refused = send(patch_of(*this, one.target, one.body, one.type));
        BOOST_TEST(refused.status() == one.status, one.body << " gives " << refused.status() << ' ' << refused.rule());
        BOOST_TEST(refused.rule() == one.rule, one.body << " gives " << refused.rule());
    }
    BOOST_TEST(versions() == 3u);
}

BOOST_AUTO_TEST_CASE(if_match_names_the_version) {
    send("PUT Patient/1", patient("1"));
    auto stale = patch_of(*this, "Patient/1", kAddActive);
    stale.if_match = "W/\"7\"";
    BOOST_TEST(send(std::move(stale)).status() == 412);
    auto fresh = patch_of(*this, "Patient/1", kAddActive);
    fresh.if_match = "W/\"1\"";
    BOOST_TEST(send(std::move(fresh)).status() == 200);
}

BOOST_AUTO_TEST_CASE(conditional_patch_by_the_number_of_matches) {
    BOOST_TEST(send(patch_of(*this, "Patient?identifier=urn:s|1", kAddActive)).status() == 404);
    const auto made = send("POST Patient", identified("1"));
    const auto done = send(patch_of(*this, "Patient?identifier=urn:s|1", kAddActive));
    BOOST_TEST(done.status() == 200);
    BOOST_TEST(done.at("/id") == made.located_id());
    send("POST Patient", identified("1"));
    BOOST_TEST(send(patch_of(*this, "Patient?identifier=urn:s|1", kAddActive)).status() == 412);
    BOOST_TEST(send(patch_of(*this, "Patient?name=x", kAddActive)).status() == 412);
}

BOOST_AUTO_TEST_CASE(conditions_of_writes_have_the_time_of_a_search) {
    send("POST Patient", identified("1"));
    limits.search_ms_max = 0;
    BOOST_TEST(send(patch_of(*this, "Patient?identifier=urn:s|1", kAddActive)).rule() == "search-timeout");
    BOOST_TEST(send("PUT Patient?identifier=urn:s|1", identified("1")).rule() == "search-timeout");
    BOOST_TEST(send("DELETE Patient?identifier=urn:s|1").rule() == "search-timeout");
    limits = Limits();
    BOOST_TEST(send(patch_of(*this, "Patient?identifier=urn:s|1", kAddActive)).status() == 200);
}

BOOST_AUTO_TEST_CASE(patches_at_the_same_time_all_arrive) {
    send("PUT Patient/1", patient("1", R"(,"identifier":[{"value":"first"}])"));
    std::vector<std::future<int>> patches;
    for (int count = 0; count < 4; ++count) {
        patches.push_back(std::async(std::launch::async, [this, count] {
            const auto body = R"([{"op":"add","path":"/identifier/-","value":{"value":")" + std::to_string(count) + "\"}}]";
            return send(patch_of(*this, "Patient/1", body)).status();
        }));
    }
    for (auto& one : patches) BOOST_TEST(one.get() == 200);
    BOOST_TEST(send("GET Patient/1").size("/identifier") == 5u);
    BOOST_TEST(versions() == 5u);
}

BOOST_AUTO_TEST_CASE(patches_in_a_transaction) {
    send("PUT Patient/1", patient("1", R"(,"gender":"male")"));
    send("POST Patient", identified("7"));
    const auto json =
        R"({"resourceType":"Binary","contentType":"application/json-patch+json","data":")" + encode_base64(kAddActive) + "\"}";
    const auto tree =
        parameters("add", "Patient",
                   R"(,{"name":"name","valueString":"managingOrganization"},{"name":"value","valueReference":{"reference":"urn:uuid:h"}})");
    const auto bundle = [&](const std::string& type, const std::string& first, const std::string& second, const std::string& more = "") {
        return R"({"resourceType":"Bundle","type":")" + type + R"(","entry":[{"resource":)" + first +
               R"(,"request":{"method":"PATCH","url":"Patient/1")" + more + R"(}},{"resource":)" + second +
               R"(,"request":{"method":"PATCH","url":"Patient?identifier=urn:s|7"}},)"
               R"({"fullUrl":"urn:uuid:h","resource":{"resourceType":"Organization","name":"North"},"request":{"method":"POST","url":"Organization"}}]})";
    };
    const auto done = send("POST ", bundle("transaction", json, tree));
    BOOST_REQUIRE(done.status() == 200);
    BOOST_TEST(done.at("/entry/0/response/status") == "200 OK");
    BOOST_TEST(send("GET Patient/1").at("/active") == "true");
    const auto linked = send("GET Patient?identifier=urn:s|7");
    BOOST_TEST(linked.at("/entry/0/resource/managingOrganization/reference").starts_with("Organization/"));
    // All or nothing.
    const auto before = versions();
    const auto broken = parameters("replace", "Patient.photo", R"(,{"name":"value","valueString":"x"})");
    const auto refused = send("POST ", bundle("transaction", json, broken));
    BOOST_TEST(refused.rule() == "patch-path");
    BOOST_TEST(refused.where().starts_with("Bundle.entry[1]"));
    BOOST_TEST(send("POST ", bundle("transaction", json, tree, R"(,"ifMatch":"W/\"9\"")")).status() == 412);
    BOOST_TEST(versions() == before);
    // Each for itself.
    const auto batch = send("POST ", bundle("batch", json, broken));
    BOOST_TEST(batch.at("/entry/0/response/status") == "200 OK");
    BOOST_TEST(batch.at("/entry/1/response/status") == "422");
}

BOOST_AUTO_TEST_SUITE_END()
