// Writes of callers who do not see everything: what is hidden is neither replaced, deleted, doubled nor told about.
// Source: trust page, "What they may see"; checks N15, N19, N24, N25.
#include "unit/interaction/desk.hpp"

using namespace huitong;
using namespace huitong::tests;

namespace {

struct Ward : Desk {
    Ward() {
        BOOST_REQUIRE_EQUAL(send("PUT Patient/p1", patient("p1", R"(,"identifier":[{"system":"urn:s","value":"1"}])")).status(), 201);
        BOOST_REQUIRE_EQUAL(send("PUT Patient/p2", patient("p2")).status(), 201);
        BOOST_REQUIRE_EQUAL(send("PUT Observation/open", result("open", "p1", "")).status(), 201);
        BOOST_REQUIRE_EQUAL(send("PUT Observation/secret", result("secret", "p1", "PSY")).status(), 201);
        BOOST_REQUIRE_EQUAL(send("PUT Observation/other", result("other", "p2", "")).status(), 201);
    }
    static std::string result(const std::string& id, const std::string& patient, const std::string& label, const std::string& value = "a") {
        return R"({"resourceType":"Observation")" + (id.empty() ? "" : R"(,"id":")" + id + '"') +
               (label.empty()
                    ? ""
                    : R"(,"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":")" + label + R"("}]})") +
               R"(,"identifier":[{"system":"urn:o","value":")" + (id.empty() ? "secret" : id) +
               R"("}],"status":"final","code":{"coding":[{"system":"urn:c","code":"k"}]},"subject":{"reference":"Patient/)" + patient +
               R"("},"valueString":")" + value + R"("})";
    }
    /// A client with these scopes, seeing nothing with a sensitive label.
    interaction::Request as(const std::string& scopes, const std::string& line, const std::string& body = "",
                            const std::string& own_record = "") const {
        auto request = request_of(line, body);
        request.caller.open = false;
        request.caller.client_id = "ward";
        request.caller.patient_id = own_record;
        for (std::size_t from = 0; from < scopes.size();) {
            const auto end = std::min(scopes.find(' ', from), scopes.size());
            request.caller.scopes.push_back(scopes.substr(from, end - from));
            from = end + 1;
        }
        return request;
    }
    static std::string transaction(const std::string& method, const std::string& url, const std::string& resource,
                                   const std::string& request_members = "") {
        return R"({"resourceType":"Bundle","type":"transaction","entry":[{)" + (resource.empty() ? "" : R"("resource":)" + resource + ',') +
               R"("request":{"method":")" + method + R"(","url":")" + url + '"' + request_members + "}}]}";
    }
    std::string secret() { return send("GET Observation/secret").response().body; }
};

constexpr const char* kAll = "system/*.cruds";

} // namespace

BOOST_FIXTURE_TEST_SUITE(sight_of_writes, Ward)

BOOST_AUTO_TEST_CASE(what_is_hidden_is_not_replaced) {
    const auto before = secret();
    const auto put = send(as(kAll, "PUT Observation/secret", result("secret", "p1", "", "forged")));
    BOOST_TEST(put.status() == 403);
    BOOST_TEST(put.rule() == "store-hidden");
    const auto by_criteria = send(as(kAll, "PUT Observation?identifier=urn:o|secret", result("", "p1", "", "forged")));
    BOOST_TEST(by_criteria.status() == 403);
    const auto in_bundle = send(as(kAll, "POST ", transaction("PUT", "Observation/secret", result("secret", "p1", "", "forged"))));
    BOOST_TEST(in_bundle.status() == 403);
    const auto criteria_in_bundle =
        send(as(kAll, "POST ", transaction("PUT", "Observation?identifier=urn:o|secret", result("", "p1", "", "forged"))));
    BOOST_TEST(criteria_in_bundle.status() == 403);
    BOOST_TEST(secret() == before);
    BOOST_TEST(versions() == 5u);
}

BOOST_AUTO_TEST_CASE(deleting_what_is_hidden_is_as_deleting_nothing) {
    const auto before = secret();
    for (const std::string id : {"secret", "never-there"}) {
        const auto deleted = send(as(kAll, "DELETE Observation/" + id));
        BOOST_TEST(deleted.status() == 204);
        BOOST_TEST(deleted.response().etag.empty());
        BOOST_TEST(send(as(kAll, "DELETE Observation?identifier=urn:o|" + id)).status() == 204);
        const auto in_bundle = send(as(kAll, "POST ", transaction("DELETE", "Observation/" + id, "")));
        BOOST_TEST(in_bundle.at("/entry/0/response/status") == "204 No Content");
    }
    BOOST_TEST(secret() == before);
}

BOOST_AUTO_TEST_CASE(who_names_a_version_is_answered_as_for_an_unused_id) {
    std::string answers[2];
    for (const std::string id : {"secret", "unused"}) {
        auto put = as(kAll, "PUT Observation/" + id, result(id, "p1", ""));
        put.if_match = "W/\"1\"";
        auto answer = send(std::move(put));
        BOOST_TEST(answer.status() == 412);
        const auto& issue = *answer.response().issues.leading();
        auto& text = answers[id == "secret" ? 0 : 1];
        text = issue.rule;
        for (const auto& argument : issue.arguments) text += ' ' + argument;
    }
    BOOST_TEST(answers[0] == answers[1]);
}

BOOST_AUTO_TEST_CASE(what_was_hidden_stays_so_when_it_is_deleted) {
    BOOST_TEST(send("DELETE Observation/secret").status() == 204);
    BOOST_TEST(send(as(kAll, "PUT Observation/secret", result("secret", "p1", ""))).status() == 403);
}

BOOST_AUTO_TEST_CASE(a_label_stays_on) {
    auto labelled = as(kAll, "PUT Observation/open", result("open", "p1", "R"));
    BOOST_TEST(send(labelled).status() == 200);
    const auto taken_off = send(as(kAll, "PUT Observation/open", result("open", "p1", "", "b")));
    BOOST_TEST(taken_off.status() == 403);
    BOOST_TEST(taken_off.rule() == "store-label");
    BOOST_TEST(send(as(kAll, "PUT Observation/open", result("open", "p1", "R", "b"))).status() == 200);
    BOOST_TEST(send("PUT Observation/open", result("open", "p1", "", "c")).status() == 200);
}

// A stored copy is no way around the label of a member, nor around what its patient said.
BOOST_AUTO_TEST_CASE(a_stored_document_is_hidden_from_whom_a_member_is_hidden) {
    send("PUT Practitioner/d", R"({"resourceType":"Practitioner","id":"d"})");
    const auto composition = [](const std::string& result) {
        return R"({"resourceType":"Composition","id":")" + result +
               R"(","status":"final","type":{"text":"x"},"subject":{"reference":"Patient/p1"},"date":"2026-01-01","title":"t",)" +
               R"("author":[{"reference":"Practitioner/d"}],"section":[{"entry":[{"reference":"Observation/)" + result + R"("}]}]})";
    };
    const auto stored = [&](const std::string& result) {
        BOOST_TEST(send("PUT Composition/" + result, composition(result)).status() == 201);
        return send("POST Composition/" + result + "/$document?persist=true").located();
    };
    const auto status = [&](const std::string& bundle, auto change) {
        auto asked = as(kAll, "GET " + bundle);
        change(asked.caller);
        return send(std::move(asked)).status();
    };
    const auto anybody = [](access::Caller&) {};
    const auto secret_bundle = stored("secret"), open_bundle = stored("open");
    BOOST_TEST(send("GET " + secret_bundle).status() == 200);
    BOOST_TEST(status(secret_bundle, anybody) == 404);
    BOOST_TEST(status(secret_bundle, [](auto& caller) { caller.purpose = access::kBreakGlass; }) == 200);
    BOOST_TEST(status(open_bundle, anybody) == 200);
    BOOST_TEST(status(open_bundle, [](auto& caller) { caller.denied_patients = store::PatientList({"p1"}); }) == 404);
    BOOST_TEST(status(open_bundle, [](auto& caller) { caller.patient_id = "p2"; }) == 404);
    BOOST_TEST(status(open_bundle, [](auto& caller) {
                   store::RecordWord word;
                   word.closes = true;
                   word.types = {"Observation"};
                   caller.record_words = std::make_shared<const store::RecordWords>(store::RecordWords{{"p1", {word}}});
               }) == 404);
    // Two records in one copy have no one whose word would count.
    BOOST_TEST(send("PUT Composition/other", composition("other")).status() == 201);
    BOOST_TEST(send("POST Composition/other/$document?persist=true").rule() == "operation-several-records");
    BOOST_TEST(send(as("system/*.rs", "POST Composition/open/$document?persist=true")).rule() == "access-scope");
}

BOOST_AUTO_TEST_CASE(a_patient_writes_to_the_own_record_only) {
    const auto scopes = "patient/*.cruds";
    BOOST_TEST(send(as(scopes, "POST Observation", result("", "p1", ""), "p1")).status() == 201);
    const auto outside = send(as(scopes, "POST Observation", result("", "p2", ""), "p1"));
    BOOST_TEST(outside.status() == 403);
    BOOST_TEST(outside.rule() == "store-compartment");
    // N24: the own result is not moved into the record of another.
    BOOST_TEST(send(as(scopes, "PUT Observation/open", result("open", "p2", ""), "p1")).rule() == "store-compartment");
    BOOST_TEST(send(as(scopes, "PUT Observation/other", result("other", "p1", ""), "p1")).rule() == "store-hidden");
    BOOST_TEST(send(as(scopes, "PUT Patient/p1", patient("p1"), "p1")).status() == 200);
    BOOST_TEST(send(as(scopes, "PUT Patient/p3", patient("p3"), "p1")).rule() == "store-compartment");
}

// By another's number a resident would become that person, by a child's its guardian.
BOOST_AUTO_TEST_CASE(a_resident_does_not_write_who_he_is) {
    const auto send_as_resident = [&](const std::string& line, const std::string& body) {
        auto request = as("patient/*.cruds", line, body, "p1");
        request.caller.is_resident = true;
        return send(std::move(request));
    };
    const std::string known = R"("identifier":[{"system":"urn:s","value":"1"}])";
    BOOST_TEST(
        send_as_resident("PUT Patient/p1", patient("p1", "," + known + R"(,"telecom":[{"system":"phone","value":"0559-1"}])")).status() ==
        200);
    for (const auto* facts :
         {R"(,"identifier":[{"system":"urn:s","value":"2"}])", R"(,"identifier":[{"system":"urn:s","value":"1"}],"birthDate":"1956-01-01")",
          R"(,"identifier":[{"system":"urn:s","value":"1"}],"name":[{"text":"x"}])", ""}) {
        const auto refused = send_as_resident("PUT Patient/p1", patient("p1", facts));
        BOOST_TEST(refused.status() == 403, facts);
        BOOST_TEST(refused.rule() == "resident-facts", facts);
    }
    BOOST_TEST(send_as_resident("POST ", transaction("PUT", "Patient/p1", patient("p1"))).status() == 403);
    const auto child = R"({"resourceType":"RelatedPerson","patient":{"reference":"Patient/p1"}})";
    BOOST_TEST(send_as_resident("POST RelatedPerson", child).rule() == "resident-facts");
}

BOOST_AUTO_TEST_CASE(a_consent_is_changed_by_its_writer_and_the_resident_alone) {
    const auto consent = [](const std::string& status) {
        return R"({"resourceType":"Consent","id":"c","status":")" + status +
               R"(","scope":{"coding":[{"code":"patient-privacy"}]},"category":[{"text":"x"}],"policyRule":{"text":"x"},)" +
               R"("patient":{"reference":"Patient/p1"}})";
    };
    const auto send_of = [&](const std::string& organization, const std::string& line, const std::string& body) {
        auto request = as(kAll, line, body);
        request.caller.organization = organization;
        return send(std::move(request));
    };
    BOOST_TEST(send_of("A", "PUT Consent/c", consent("active")).status() == 201);
    BOOST_TEST(send_of("B", "PUT Consent/c", consent("inactive")).rule() == "store-writer");
    BOOST_TEST(send_of("B", "DELETE Consent/c", "").rule() == "store-writer");
    BOOST_TEST(send_of("A", "PUT Consent/c", consent("inactive")).status() == 200);
    auto own = as("patient/*.cruds", "PUT Consent/c", consent("active"), "p1");
    own.caller.is_resident = true;
    BOOST_TEST(send(std::move(own)).status() == 200);
    BOOST_TEST(send_of("A", "PUT Consent/c", consent("inactive")).rule() == "store-writer"); // the resident's by now
}

// A wrong result of somebody who shut out everybody can still be voided by whoever wrote it.
BOOST_AUTO_TEST_CASE(a_refusal_does_not_keep_a_writer_from_new_versions_of_what_is_his) {
    const auto put_of = [&](const std::string& organization, const std::string& value) {
        auto request = as(kAll, "PUT Observation/own", result("own", "p1", "", value));
        request.caller.organization = organization;
        request.caller.denied_patients = value == "first" ? store::PatientList() : store::PatientList({"p1"});
        return send(std::move(request));
    };
    BOOST_TEST(put_of("A", "first").status() == 201);
    BOOST_TEST(put_of("B", "second").rule() == "store-hidden");
    BOOST_TEST(put_of("A", "second").status() == 200);
    auto labelled = as(kAll, "PUT Observation/secret", result("secret", "p1", "", "x"));
    labelled.caller.organization = "";
    BOOST_TEST(send(std::move(labelled)).rule() == "store-hidden");
}

// What is of several patients, or names them, tells of each of them.
BOOST_AUTO_TEST_CASE(what_several_patients_share_is_hidden_when_one_of_them_is) {
    const std::string both =
        R"([{"actor":{"reference":"Patient/p1"},"status":"accepted"},{"actor":{"reference":"Patient/p2"},"status":"accepted"}])";
    send("PUT Appointment/shared", R"({"resourceType":"Appointment","id":"shared","status":"proposed","participant":)" + both + "}");
    send("PUT Group/cohort",
         R"({"resourceType":"Group","id":"cohort","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/p1"}}]})");
    const auto found = [&](const std::string& line, const store::PatientList& denied, bool many = false) {
        auto request = as(kAll, line);
        request.caller.denied_patients = denied;
        if (many) request.caller.only_by_word = true;
        const auto answer = send(std::move(request));
        return answer.status() == 200 && answer.at("/total") != "-" ? answer.at("/total") : std::to_string(answer.status());
    };
    std::vector<std::string> crowd{"p1"};
    for (int number = 0; number < 100; ++number) crowd.push_back("x" + std::to_string(number));
    for (const std::string name : {"Appointment/shared", "Group/cohort"}) {
        const auto type = name.substr(0, name.find('/'));
        BOOST_TEST(found("GET " + name, {"p3"}) == "200", name);
        BOOST_TEST(found("GET " + type, {"p3"}) == "1", name);
        for (const auto& denied : {store::PatientList({"p1"}), store::PatientList(crowd)}) {
            BOOST_TEST(found("GET " + name, denied) == "404", name);
            BOOST_TEST(found("GET " + type, denied) == "0", name);
        }
        BOOST_TEST(found("GET " + type, {}, true) == "0", name);
    }
    // To its own patient's token it would tell of the other.
    BOOST_TEST(send(as("patient/*.rs", "GET Appointment", "", "p1")).at("/total") == "0");
    BOOST_TEST(send("DELETE Appointment/shared").status() == 204);
}

BOOST_AUTO_TEST_CASE(a_client_that_only_creates_makes_no_duplicates) {
    auto create = [&](const std::string& scopes) {
        auto request = as(scopes, "POST Patient", identified("1"));
        request.if_none_exist = "identifier=urn:s|1";
        return send(std::move(request));
    };
    const auto blind = create("system/Patient.c");
    BOOST_TEST(blind.status() == 200);
    BOOST_TEST(blind.response().location.empty());
    BOOST_TEST(blind.response().etag.empty());
    BOOST_TEST(blind.response().body.empty());
    BOOST_TEST(blind.response().touched.empty());
    BOOST_TEST(create("system/Patient.crs").located() == "Patient/p1");
    const auto in_bundle =
        send(as("system/Patient.c", "POST ", transaction("POST", "Patient", identified("1"), R"(,"ifNoneExist":"identifier=urn:s|1")")));
    BOOST_TEST(in_bundle.at("/entry/0/response/status") == "200 OK");
    BOOST_TEST(in_bundle.at("/entry/0/response/location") == "-");
    BOOST_TEST(in_bundle.at("/entry/0/resource") == "-");
    BOOST_TEST(versions() == 5u);
}

BOOST_AUTO_TEST_CASE(an_identity_finds_what_is_hidden_and_nothing_else_does) {
    auto create = [&](const std::string& criteria) {
        auto request = as(kAll, "POST Observation", result("", "p1", ""));
        request.if_none_exist = criteria;
        return send(std::move(request));
    };
    const auto by_identity = create("identifier=urn:o|secret");
    BOOST_TEST(by_identity.status() == 200);
    BOOST_TEST(by_identity.response().location.empty());
    BOOST_TEST(versions() == 5u);
    // Has this patient such a result? The labelled one gives no answer.
    BOOST_TEST(create("identifier=urn:o|secret&patient=Patient/p1").status() == 201);
    BOOST_TEST(create("patient=p1&code=urn:c|k&value-string=zzz").status() == 201);
}

BOOST_AUTO_TEST_CASE(the_id_of_what_is_hidden_comes_back_in_no_reference) {
    // A client that only creates learns that the patient exists; a result that points at it would tell the id.
    const auto body = R"({"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:p","resource":)" + identified("1") +
                      R"(,"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=urn:s|1"}},{"resource":)" +
                      R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"urn:uuid:p"}})" +
                      R"(,"request":{"method":"POST","url":"Observation"}}]})";
    const auto refused = send(as("system/Patient.c system/Observation.cr", "POST ", body));
    BOOST_TEST(refused.status() == 403);
    BOOST_TEST(refused.rule() == "bundle-reference-hidden");
    BOOST_TEST(send(as("system/Patient.cr system/Observation.cr", "POST ", body)).status() == 200);
}

BOOST_AUTO_TEST_CASE(a_transaction_with_one_forbidden_entry_stores_nothing) {
    const auto scopes = "system/Patient.cruds system/Observation.c";
    const auto bundle = R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":)" + patient("") +
                        R"(,"request":{"method":"POST","url":"Patient"}},{"request":{"method":"GET","url":"Observation/open"}}]})";
    const auto answer = send(as(scopes, "POST ", bundle));
    BOOST_TEST(answer.status() == 403);
    BOOST_TEST(answer.where() == "Bundle.entry[1]");
    // Refused before anything is looked up: the answer does not depend on what there is.
    for (const std::string value : {"1", "2"}) {
        const auto probe =
            send(as("system/Observation.c", "POST ",
                    transaction("POST", "Patient", identified(value), R"(,"ifNoneExist":"identifier=urn:s|)" + value + '"')));
        BOOST_TEST(probe.status() == 403);
    }
    BOOST_TEST(versions() == 5u);
}

BOOST_AUTO_TEST_SUITE_END()
