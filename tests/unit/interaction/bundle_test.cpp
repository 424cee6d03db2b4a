// Transactions are all or nothing; batches are many requests.
#include "unit/interaction/desk.hpp"

using namespace huitong;
using namespace huitong::tests;

namespace {

std::string entry(const std::string& method, const std::string& url, const std::string& resource = "", const std::string& full_url = "",
                  const std::string& request_members = "") {
    std::string out = "{";
    if (!full_url.empty()) out += R"("fullUrl":")" + full_url + "\",";
    if (!resource.empty()) out += R"("resource":)" + resource + ',';
    return out + R"("request":{"method":")" + method + R"(","url":")" + url + '"' + request_members + "}}";
}

std::string bundle(const char* type, std::initializer_list<std::string> entries) {
    std::string out = R"({"resourceType":"Bundle","type":")" + std::string(type) + R"(","entry":[)";
    bool first = true;
    for (const auto& one : entries) {
        out += (first ? "" : ",") + one;
        first = false;
    }
    return out + "]}";
}

std::string observation_of(const std::string& reference, const std::string& members = "") {
    return R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":")" + reference + "\"}" + members +
           '}';
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(transactions, Desk)

BOOST_AUTO_TEST_CASE(entries_point_at_each_other_by_their_full_urls) {
    const auto done = send("POST ", bundle("transaction", {entry("POST", "Patient", patient(""), "urn:uuid:p"),
                                                           entry("POST", "Observation", observation_of("urn:uuid:p"), "urn:uuid:o")}));
    BOOST_REQUIRE(done.status() == 200);
    BOOST_TEST(done.at("/type") == "transaction-response");
    BOOST_TEST(done.at("/entry/0/response/status") == "201 Created");
    BOOST_TEST(done.at("/entry/1/response/etag") == "W/\"1\"");
    const auto id = done.at("/entry/0/resource/id");
    BOOST_TEST(done.at("/entry/1/resource/subject/reference") == "Patient/" + id);
    BOOST_TEST(done.at("/entry/0/response/location") == "http://hub.example/fhir/Patient/" + id + "/_history/1");
    BOOST_TEST(store->now() == 1u);
    BOOST_TEST(send("GET Observation?patient=" + id).at("/total") == "1");
}

// A document that says of itself that it is very restricted gives its word to what was written with it, in the bodies too.
BOOST_AUTO_TEST_CASE(what_comes_with_a_very_restricted_document_is_kept_like_it) {
    const std::string composition =
        R"({"resourceType":"Composition","status":"final","type":{"text":"x"},"date":"2026-11-20","author":[{"display":"x"}],"title":"x","confidentiality":"V","subject":{"reference":"Patient/p"}})";
    const auto done = send(
        "POST ", bundle("transaction", {entry("PUT", "Patient/p", patient("p")), entry("POST", "Composition", composition),
                                        entry("PUT", "Observation/with", R"({"id":"with",)" + observation_of("Patient/p").substr(1))}));
    BOOST_REQUIRE(done.status() == 200);
    BOOST_TEST(send("GET Observation/with").at("/meta/security/0/code") == "V");
    BOOST_TEST(send("GET Patient/p").at("/meta/security/0/code") == "-");
    auto other = request_of("GET Observation/with");
    other.caller.open = false;
    other.caller.scopes = {"system/*.rs"};
    BOOST_TEST(send(std::move(other)).status() == 404);
}

BOOST_AUTO_TEST_CASE(a_stored_bundle_is_kept_like_what_is_in_it) {
    const auto collection = [&](const std::string& second) {
        const auto put = [](const char* url, const std::string& resource) {
            return R"({"fullUrl":")" + std::string(url) + R"(","resource":)" + resource + "}";
        };
        const auto done = send("PUT Bundle/kept", R"({"resourceType":"Bundle","id":"kept","type":"collection","entry":[)" +
                                                      put("urn:uuid:0b7d5e1a-3c52-4a7e-9a59-1f0d6c1c8a01", observation_of("Patient/p")) +
                                                      ',' + put("urn:uuid:0b7d5e1a-3c52-4a7e-9a59-1f0d6c1c8a02", second) + "]}");
        BOOST_TEST((done.status() == 200 || done.status() == 201), done.rule() << " at " << done.where());
    };
    const auto status = [&](const std::string& closed) {
        auto other = request_of("GET Bundle/kept");
        other.caller.open = false;
        other.caller.scopes = {"system/*.rs"};
        if (!closed.empty()) other.caller.denied_patients = {closed};
        return send(std::move(other)).status();
    };
    collection(observation_of("Patient/p"));
    BOOST_TEST(status("") == 200);
    BOOST_TEST(status("p") == 404);
    collection(R"({"resourceType":"Condition","meta":{"security":[{"code":"PSY"}]},"subject":{"reference":"Patient/p"}})");
    BOOST_TEST(status("") == 404);
}

BOOST_AUTO_TEST_CASE(a_binary_is_kept_like_what_it_is_said_to_be_of) {
    const auto binary = [](const std::string& context) {
        return R"({"resourceType":"Binary","contentType":"text/plain","securityContext":{"reference":")" + context +
               R"("},"data":"c2VjcmV0"})";
    };
    const std::string hidden = R"({"resourceType":"Condition","meta":{"security":[{"code":"PSY"}]},"subject":{"reference":"Patient/p"}})";
    const auto done =
        send("POST ", bundle("transaction", {entry("PUT", "Patient/p", patient("p")), entry("POST", "Condition", hidden, "urn:uuid:c"),
                                             entry("POST", "Binary", binary("urn:uuid:c"))}));
    BOOST_REQUIRE(done.status() == 200);
    const auto condition = done.at("/entry/1/resource/id"), beside = done.at("/entry/2/resource/id");
    const auto later = send("POST Binary", binary("Condition/" + condition)).located_id();
    const auto of_patient = send("POST Binary", binary("Patient/p")).located_id();
    const auto status = [&](const std::string& id, const std::string& closed) {
        auto other = request_of("GET Binary/" + id);
        other.caller.open = false;
        other.caller.scopes = {"system/*.rs"};
        if (!closed.empty()) other.caller.denied_patients = {closed};
        return send(std::move(other)).status();
    };
    BOOST_TEST(status(beside, "") == 404);
    BOOST_TEST(status(later, "") == 404);
    BOOST_TEST(status(of_patient, "") == 200);
    BOOST_TEST(status(of_patient, "p") == 404);
}

BOOST_AUTO_TEST_CASE(references_between_restful_full_urls_follow_the_new_ids) {
    const auto done = send(
        "POST ", bundle("transaction", {entry("POST", "Patient", patient("7"), "http://peer.example/fhir/Patient/7"),
                                        entry("POST", "Observation", observation_of("Patient/7"), "http://peer.example/fhir/Observation/8"),
                                        entry("POST", "Observation", observation_of("http://peer.example/fhir/Patient/7"))}));
    BOOST_REQUIRE(done.status() == 200);
    const auto id = done.at("/entry/0/resource/id");
    BOOST_TEST(done.at("/entry/1/resource/subject/reference") == "Patient/" + id);
    BOOST_TEST(done.at("/entry/2/resource/subject/reference") == "Patient/" + id);
}

BOOST_AUTO_TEST_CASE(an_identifier_that_reads_like_a_link_stays) {
    const auto done =
        send("POST ", bundle("transaction",
                             {entry("POST", "Patient",
                                    patient("", R"(,"identifier":[{"system":"urn:ietf:rfc:3986","value":"urn:uuid:p"}])"), "urn:uuid:p")}));
    BOOST_TEST(done.at("/entry/0/resource/identifier/0/value") == "urn:uuid:p");
}

BOOST_AUTO_TEST_CASE(links_in_uris_and_contained_resources_are_rewritten_too) {
    const auto done = send(
        "POST ",
        bundle(
            "transaction",
            {entry("POST", "Patient", patient(""), "urn:uuid:p"),
             entry("POST", "List",
                   R"({"resourceType":"List","status":"current","mode":"working","contained":[)" +
                       observation_of("urn:uuid:p", R"(,"id":"c")") +
                       R"(],"entry":[{"item":{"reference":"#c"}}],"extension":[{"url":"http://x.example/e","valueUri":"urn:uuid:p"}]})")}));
    BOOST_REQUIRE(done.status() == 200);
    const auto reference = "Patient/" + done.at("/entry/0/resource/id");
    BOOST_TEST(done.at("/entry/1/resource/contained/0/subject/reference") == reference);
    BOOST_TEST(done.at("/entry/1/resource/extension/0/valueUri") == reference);
    BOOST_TEST(done.at("/entry/1/resource/entry/0/item/reference") == "#c");
}

BOOST_AUTO_TEST_CASE(every_method_in_its_order) {
    send("PUT Patient/old", patient("old"));
    send("PUT Patient/kept", patient("kept"));
    const auto done = send(
        "POST ", bundle("transaction",
                        {entry("GET", "Patient/kept"), entry("PUT", "Patient/kept", patient("kept", R"(,"active":true)")),
                         entry("POST", "Patient", patient("")), entry("DELETE", "Patient/old"), entry("GET", "Patient?_summary=count")}));
    BOOST_REQUIRE(done.status() == 200);
    // Answers stand in the order of the entries, reads see what was written.
    BOOST_TEST(done.at("/entry/0/resource/active") == "true");
    BOOST_TEST(done.at("/entry/0/response/status") == "200 OK");
    BOOST_TEST(done.at("/entry/1/response/status") == "200 OK");
    BOOST_TEST(done.at("/entry/2/response/status") == "201 Created");
    BOOST_TEST(done.at("/entry/3/response/status") == "204 No Content");
    BOOST_TEST(done.at("/entry/4/resource/total") == "2");
    BOOST_TEST(send("GET Patient/old").status() == 410);
}

BOOST_AUTO_TEST_CASE(conditions_of_entries) {
    const auto first = send(
        "POST ", bundle("transaction", {entry("POST", "Patient", identified("1"), "urn:uuid:p", R"(,"ifNoneExist":"identifier=urn:s|1")"),
                                        entry("POST", "Observation", observation_of("urn:uuid:p")),
                                        entry("PUT", "Patient?identifier=urn:s|2", identified("2"))}));
    BOOST_REQUIRE(first.status() == 200);
    const auto again = send(
        "POST ", bundle("transaction", {entry("POST", "Patient", identified("1"), "urn:uuid:p", R"(,"ifNoneExist":"identifier=urn:s|1")"),
                                        entry("POST", "Observation", observation_of("urn:uuid:p")),
                                        entry("PUT", "Patient?identifier=urn:s|2", identified("2", R"(,"active":true)"))}));
    BOOST_REQUIRE(again.status() == 200);
    BOOST_TEST(again.at("/entry/0/response/status") == "200 OK");
    BOOST_TEST(again.at("/entry/0/resource/id") == first.at("/entry/0/resource/id"));
    BOOST_TEST(again.at("/entry/1/resource/subject/reference") == "Patient/" + first.at("/entry/0/resource/id"));
    BOOST_TEST(again.at("/entry/2/response/etag") == "W/\"2\"");
    const auto removed = send(
        "POST ", bundle("transaction", {entry("DELETE", "Patient?identifier=urn:s|2"), entry("DELETE", "Patient?identifier=urn:s|9")}));
    BOOST_TEST(removed.at("/entry/0/response/status") == "204 No Content");
    BOOST_TEST(removed.at("/entry/1/response/status") == "204 No Content");
    BOOST_TEST(store->view()->all("Patient").size() == 1u);
}

BOOST_AUTO_TEST_CASE(conditional_references_are_resolved_in_what_is_stored) {
    send("PUT Organization/h", R"({"resourceType":"Organization","id":"h","identifier":[{"system":"urn:org","value":"H1"}],"name":"One"})");
    const auto body = [](const char* value) {
        return bundle("transaction", {entry("POST", "Patient",
                                            patient("", R"(,"managingOrganization":{"reference":"Organization?identifier=urn:org|)" +
                                                            std::string(value) + "\"}"))});
    };
    const auto done = send("POST ", body("H1"));
    BOOST_TEST(done.at("/entry/0/resource/managingOrganization/reference") == "Organization/h");
    // A reference is only read, so any search may say which resource is meant.
    const auto by = [&](const std::string& criteria) {
        return send("POST ", bundle("transaction",
                                    {entry("POST", "Patient",
                                           patient("", R"(,"managingOrganization":{"reference":"Organization?)" + criteria + "\"}"))}));
    };
    BOOST_TEST(by("name=One").at("/entry/0/resource/managingOrganization/reference") == "Organization/h");
    BOOST_TEST(by("colour=red").rule() == "search-unknown-parameter");
    const auto refused = send("POST ", body("H9"));
    BOOST_TEST(refused.status() == 412);
    BOOST_TEST(refused.rule() == "bundle-reference");
    BOOST_TEST(refused.where() == "Bundle.entry[0].resource.Patient.managingOrganization.reference");
}

BOOST_AUTO_TEST_CASE(a_business_key_has_no_twins_within_a_bundle) {
    const auto create = entry("POST", "Patient", identified("1"), "urn:uuid:a", R"(,"ifNoneExist":"identifier=urn:s|1")");
    const auto again = entry("POST", "Patient", identified("1"), "urn:uuid:b", R"(,"ifNoneExist":"identifier=urn:s%7C1")");
    const auto update = entry("PUT", "Patient?identifier=urn:s|1", identified("1"));
    // The second create finds what the first one makes.
    const auto done = send("POST ", bundle("transaction", {create, again, entry("POST", "Observation", observation_of("urn:uuid:b"))}));
    BOOST_REQUIRE(done.status() == 200);
    BOOST_TEST(done.at("/entry/0/response/status") == "201 Created");
    BOOST_TEST(done.at("/entry/1/response/status") == "200 OK");
    BOOST_TEST(done.at("/entry/1/resource/id") == done.at("/entry/0/resource/id"));
    BOOST_TEST(done.at("/entry/2/resource/subject/reference") == "Patient/" + done.at("/entry/0/resource/id"));
    BOOST_TEST(send("DELETE Patient?identifier=urn:s|1").status() == 204);
    // Two that write the same thing are refused, whichever comes first.
    for (const auto& both :
         {bundle("transaction", {update, update}), bundle("transaction", {create, update}), bundle("transaction", {update, create})}) {
        const auto refused = send("POST ", both);
        BOOST_TEST(refused.status() == 400);
        BOOST_TEST(refused.rule() == "bundle-written-twice");
    }
    BOOST_TEST(send("GET Patient?identifier=urn:s|1&_summary=count").at("/total") == "0");
    const auto plain = entry("PUT", "Patient/plain", patient("plain", R"(,"identifier":[{"system":"urn:s","value":"1"}])"));
    BOOST_TEST(send("POST ", bundle("transaction", {create, plain})).rule() == "bundle-written-twice");
    // What the bundle deletes is found by none of its creates.
    send("POST Patient", identified("1"));
    const auto removed = send("POST ", bundle("transaction", {create, entry("DELETE", "Patient?identifier=urn:s|1")}));
    BOOST_TEST(removed.rule() == "bundle-written-twice");
    BOOST_TEST(send("GET Patient?identifier=urn:s|1&_summary=count").at("/total") == "1");
}

BOOST_AUTO_TEST_CASE(a_full_url_names_one_thing) {
    const auto refused = send("POST ", bundle("transaction", {entry("POST", "Patient", patient(""), "urn:uuid:p"),
                                                              entry("POST", "Patient", patient(""), "urn:uuid:p")}));
    BOOST_TEST(refused.status() == 400);
    BOOST_TEST(refused.rule() == "bundle-full-url-twice");
    BOOST_TEST(refused.where() == "Bundle.entry[1].fullUrl");
}

BOOST_AUTO_TEST_CASE(what_a_conditional_delete_did_not_find_is_pointed_at_by_nobody) {
    const auto done = send("POST ", bundle("transaction", {entry("DELETE", "Patient?identifier=urn:s|1", "", "urn:uuid:p"),
                                                           entry("POST", "Observation", observation_of("urn:uuid:p"))}));
    BOOST_TEST(done.at("/entry/1/resource/subject/reference") == "urn:uuid:p");
}

BOOST_AUTO_TEST_CASE(a_conditional_put_replaces_what_fits_and_nothing_else) {
    send("PUT Patient/p1", patient("p1", R"(,"identifier":[{"system":"urn:s","value":"1"}])"));
    const auto with = [&](const char* id, const char* value) {
        return send("POST ", bundle("transaction",
                                    {entry("PUT", "Patient?identifier=urn:s|" + std::string(value),
                                           patient(id, R"(,"identifier":[{"system":"urn:s","value":")" + std::string(value) + R"("}])"))}));
    };
    BOOST_TEST(with("other", "1").rule() == "rest-id-differs");
    const auto taken = with("p1", "2");
    BOOST_TEST(taken.status() == 409);
    BOOST_TEST(taken.rule() == "rest-id-taken");
    BOOST_TEST(versions() == 1u);
    BOOST_TEST(with("p2", "2").at("/entry/0/response/status") == "201 Created");
    BOOST_TEST(with("p1", "1").status() == 200);
}

BOOST_AUTO_TEST_CASE(preconditions_of_entries) {
    send("PUT Patient/a", patient("a"));
    auto with = [&](const char* members) {
        return send("POST ", bundle("transaction", {entry("POST", "Patient", patient("")),
                                                    entry("PUT", "Patient/a", patient("a", R"(,"active":true)"), "", members)}))
            .status();
    };
    BOOST_TEST(with(R"(,"ifMatch":"W/\"2\"")") == 412);
    BOOST_TEST(with(R"(,"ifMatch":"latest")") == 412);
    BOOST_TEST(with(R"(,"ifNoneMatch":"*")") == 412);
    BOOST_TEST(versions() == 1u);
    BOOST_TEST(with(R"(,"ifMatch":"W/\"1\"")") == 200);
    BOOST_TEST(versions() == 3u);
    BOOST_TEST(with(R"(,"ifMatch":"*")") == 200);
    send("DELETE Patient/a");
    BOOST_TEST(with(R"(,"ifMatch":"*")") == 412);
}

BOOST_AUTO_TEST_CASE(a_bad_entry_refuses_all_with_its_place) {
    const auto good = entry("POST", "Patient", patient(""));
    struct Case {
        const char* name;
        std::string bad;
        int status;
        const char *rule, *where;
    };
    const Case cases[] = {
        {"no request", R"({"resource":)" + patient("") + '}', 422, "bundle-entry-request", "Bundle.entry[1]"},
        {"no resource", entry("POST", "Patient"), 422, "bundle-entry-resource", "Bundle.entry[1].resource"},
        {"a method of nobody", entry("LINK", "Patient/1"), 400, "bundle-entry-method", "Bundle.entry[1].request.method"},
        {"a type of nobody", entry("POST", "Nonsense", patient("")), 400, "rest-unknown-type", "Bundle.entry[1].request.url"},
        {"another type than the address", entry("POST", "Observation", patient("")), 400, "rest-type-differs", "Bundle.entry[1].resource"},
        {"an id that is none", entry("PUT", "Patient/a_b", patient("a_b")), 422, "rest-id", "Bundle.entry[1].request.url"},
        {"another id than the address", entry("PUT", "Patient/a", patient("b")), 400, "rest-id-differs", "Bundle.entry[1].resource.id"},
        {"a weak condition", entry("PUT", "Patient?name=x", patient("")), 412, "search-criteria-weak", "Bundle.entry[1].request"},
        {"a condition on nothing", entry("POST", "Patient", patient(""), "", R"(,"ifNoneExist":"colour=red")"), 400,
         "search-unknown-parameter", "Bundle.entry[1].request"},
        {"an operation", entry("POST", "Patient/$validate", patient("")), 405, "rest-method", "Bundle.entry[1].request.url"},
        {"a resource's own address", entry("POST", "Patient/1", patient("1")), 405, "rest-method", "Bundle.entry[1].request.url"},
        {"an id and criteria", entry("DELETE", "Patient/1?identifier=urn:s|1"), 400, "rest-id-and-criteria", "Bundle.entry[1].request.url"},
        {"one condition in two spellings",
         entry("POST", "Patient", patient(""), "", R"(,"ifNoneExist":"?identifier=urn:s|7")") + ',' +
             entry("PUT", "Patient?identifier=urn:s|7", patient("")),
         400, "bundle-written-twice", "Bundle.entry[2]"},
        {"a search", entry("POST", "Patient?identifier=urn:s|1", patient("")), 405, "rest-method", "Bundle.entry[1].request.url"},
        {"the same twice", entry("PUT", "Patient/x", patient("x")) + ',' + entry("DELETE", "Patient/x"), 400, "bundle-written-twice",
         "Bundle.entry[2]"},
        {"an invalid resource", entry("POST", "Observation", R"({"resourceType":"Observation","status":"final"})"), 422, "",
         "Bundle.entry[1].resource(Observation)"},
    };
    for (const auto& one : cases) {
        BOOST_TEST_CONTEXT(one.name) {
            const auto refused = send("POST ", bundle("transaction", {good, one.bad}));
            BOOST_TEST(refused.status() == one.status);
            if (*one.rule) BOOST_TEST(refused.rule() == one.rule);
            BOOST_TEST(refused.where().starts_with(one.where), refused.where());
        }
    }
    BOOST_TEST(versions() == 0u);
    BOOST_TEST(store->now() == 0u);
}

BOOST_AUTO_TEST_CASE(too_many_entries) {
    limits.bundle_entries_max = 2;
    const auto one = entry("POST", "Patient", patient(""));
    BOOST_TEST(send("POST ", bundle("transaction", {one, one})).status() == 200);
    const auto refused = send("POST ", bundle("transaction", {one, one, one}));
    BOOST_TEST(refused.status() == 413);
    BOOST_TEST(versions() == 2u);
}

BOOST_AUTO_TEST_CASE(an_empty_transaction_is_none) {
    const auto done = send("POST ", R"({"resourceType":"Bundle","type":"transaction"})");
    BOOST_TEST(done.status() == 200);
    BOOST_TEST(done.size("/entry") == 0u);
    BOOST_TEST(send("POST ", R"({"resourceType":"Bundle","type":"collection"})").status() == 400);
    BOOST_TEST(send("POST ", patient("")).status() == 400);
}

BOOST_AUTO_TEST_CASE(each_entry_needs_its_right) {
    auto as = [&](const std::string& body, std::vector<std::string> scopes) {
        auto request = request_of("POST ", body);
        request.caller.open = false;
        request.caller.scopes = std::move(scopes);
        return send(std::move(request)).status();
    };
    const auto body = bundle("transaction", {entry("POST", "Patient", patient("")), entry("PUT", "Patient/a", patient("a"))});
    BOOST_TEST(as(body, {"system/Patient.c"}) == 403);
    BOOST_TEST(versions() == 0u);
    BOOST_TEST(as(body, {"system/Patient.cu"}) == 200);
    BOOST_TEST(as(bundle("transaction", {entry("DELETE", "Patient/a")}), {"system/Patient.cu"}) == 403);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(batches, Desk)

BOOST_AUTO_TEST_CASE(entries_succeed_and_fail_on_their_own) {
    const auto done =
        send("POST ",
             bundle("batch", {entry("PUT", "Patient/a", patient("a")), entry("PUT", "Patient/b", patient("c")), entry("GET", "Patient/a"),
                              entry("GET", "Patient/nobody"), entry("DELETE", "Patient/nobody"), entry("POST", "Nonsense", patient("")),
                              entry("LINK", "Patient/a"), R"({"resource":{"resourceType":"Patient"}})", entry("POST", "Patient"),
                              entry("GET", "Patient?colour=red"), entry("POST", "Patient", patient(""))}));
    BOOST_REQUIRE(done.status() == 200);
    BOOST_TEST(done.at("/type") == "batch-response");
    const char* statuses[] = {"201 Created", "400", "200 OK", "404", "204 No Content", "404", "400", "422", "422", "400", "201 Created"};
    BOOST_REQUIRE(done.size("/entry") == std::size(statuses));
    for (std::size_t index = 0; index < std::size(statuses); ++index) {
        const auto status = done.at(("/entry/" + std::to_string(index) + "/response/status").c_str());
        BOOST_TEST(status.starts_with(statuses[index]), "entry " << index << ": " << status);
        const bool failed = status[0] == '4';
        BOOST_TEST((done.at(("/entry/" + std::to_string(index) + "/response/outcome/resourceType").c_str()) == "OperationOutcome") ==
                   failed);
    }
    BOOST_TEST(versions() == 2u);
}

BOOST_AUTO_TEST_CASE(entries_are_answered_as_requests_of_their_own_would_be) {
    send("PUT Patient/a", patient("a"));
    auto request = request_of("POST ", bundle("batch", {entry("GET", "http://hub.example/fhir/Patient/a"), entry("HEAD", "Patient/a"),
                                                        entry("POST", "Patient", patient("")), entry("GET", "openapi.json")}));
    request.prefer = interaction::Return::minimal;
    const auto done = send(std::move(request));
    BOOST_TEST(done.at("/entry/0/resource/id") == "a");
    BOOST_TEST(done.at("/entry/1/response/status") == "200 OK");
    BOOST_TEST(done.at("/entry/1/resource") == "-");
    BOOST_TEST(done.at("/entry/2/response/status") == "201 Created");
    BOOST_TEST(done.at("/entry/2/resource") == "-");
    BOOST_TEST(done.at("/entry/3/response/outcome/issue/0/details/coding/0/code") == "bundle-entry-answer");
    auto told = request_of("POST ", bundle("batch", {entry("POST", "Patient", patient(""))}));
    told.prefer = interaction::Return::operation_outcome;
    const auto outcome = send(std::move(told));
    BOOST_TEST(outcome.at("/entry/0/response/outcome/resourceType") == "OperationOutcome");
    BOOST_TEST(outcome.at("/entry/0/resource") == "-");
}

BOOST_AUTO_TEST_CASE(conditions_of_batch_entries) {
    const auto body = bundle("batch", {entry("POST", "Patient", identified("1"), "", R"(,"ifNoneExist":"identifier=urn:s|1")"),
                                       entry("PUT", "Patient?identifier=urn:s|2", identified("2")),
                                       entry("PUT", "Patient/a", patient("a"), "", R"(,"ifNoneMatch":"*")")});
    const auto first = send("POST ", body);
    BOOST_TEST(first.at("/entry/0/response/status") == "201 Created");
    const auto again = send("POST ", body);
    BOOST_TEST(again.at("/entry/0/response/status") == "200 OK");
    BOOST_TEST(again.at("/entry/1/response/status") == "200 OK");
    BOOST_TEST(again.at("/entry/2/response/status").starts_with("412"));
    BOOST_TEST(store->view()->all("Patient").size() == 3u);
}

BOOST_AUTO_TEST_CASE(many_entries_are_answered_in_their_places_and_writes_of_one_resource_keep_their_order) {
    std::string body = R"({"resourceType":"Bundle","type":"batch","entry":[)";
    constexpr int kRounds = 40;
    for (int round = 0; round < kRounds; ++round) {
        const auto id = "p" + std::to_string(round);
        body += entry("PUT", "Patient/" + id, patient(id)) + ',' +
                entry("POST", "Patient", identified("one"), "", R"(,"ifNoneExist":"identifier=urn:s|one")") + ',' +
                entry("PUT", "Patient/same", patient("same", R"(,"multipleBirthInteger":)" + std::to_string(round))) + ',';
    }
    const auto done = send("POST ", body + entry("GET", "Patient/same") + "]}");
    BOOST_REQUIRE(done.size("/entry") == 3u * kRounds + 1);
    for (int round = 0; round < kRounds; ++round) {
        const auto place = "/entry/" + std::to_string(3 * round);
        BOOST_TEST(done.at((place + "/resource/id").c_str()) == "p" + std::to_string(round));
    }
    BOOST_TEST(done.at(("/entry/" + std::to_string(3 * kRounds) + "/resource/multipleBirthInteger").c_str()) ==
               std::to_string(kRounds - 1));
    BOOST_TEST(store->view()->all("Patient").size() == kRounds + 2u);
}

BOOST_AUTO_TEST_CASE(a_batch_beyond_the_limit_does_nothing) {
    limits.bundle_entries_max = 2;
    const auto one = entry("POST", "Patient", patient(""));
    BOOST_TEST(send("POST ", bundle("batch", {one, one, one})).rule() == "bundle-entries-max");
    BOOST_TEST(versions() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
