// $meta, $lastn, $document, $stats, $everything, $diff, $expunge, $snapshot.
#include "interaction/stored_profiles.hpp"
#include "unit/interaction/desk.hpp"

using namespace huitong;
using namespace huitong::tests;

namespace {

std::string observation(const std::string& id, const std::string& code, const std::string& date, const std::string& value,
                        const std::string& unit = "g") {
    return R"({"resourceType":"Observation","id":")" + id + R"(","status":"final","code":{"coding":[{"system":"urn:c","code":")" + code +
           R"("}]},"subject":{"reference":"Patient/a"},"effectiveDateTime":")" + date + R"(","valueQuantity":{"value":)" + value +
           R"(,"unit":")" + unit + R"("}})";
}

struct Ward : Desk {
    Ward() {
        send("PUT Patient/a", patient("a"));
        send("PUT Observation/1", observation("1", "x", "2026-01-01", "1"));
        send("PUT Observation/2", observation("2", "x", "2026-01-03", "2"));
        send("PUT Observation/3", observation("3", "x", "2026-01-02", "6"));
        send("PUT Observation/4", observation("4", "y", "2025-12-31", "9"));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(operations, Ward)

BOOST_AUTO_TEST_CASE(last_n_takes_the_newest_of_each_code) {
    const auto one = send("GET Observation/$lastn?patient=Patient/a");
    BOOST_TEST(one.status() == 200);
    BOOST_REQUIRE(one.size("/entry") == 2u);
    BOOST_TEST(one.at("/entry/0/resource/id") == "2");
    BOOST_TEST(one.at("/entry/1/resource/id") == "4");
    const auto two = send("GET Observation/$lastn?subject=Patient/a&max=2&code=x");
    BOOST_REQUIRE(two.size("/entry") == 2u);
    BOOST_TEST(two.at("/entry/1/resource/id") == "3");
    BOOST_TEST(send("GET Observation/$lastn?code=x").rule() == "operation-parameter");
    BOOST_TEST(send("GET Patient/$lastn?patient=Patient/a").rule() == "operation-type");
}

BOOST_AUTO_TEST_CASE(stats_of_the_values) {
    const auto done =
        send("GET Observation/$stats?subject=Patient/a&code=x&system=urn:c&statistic=average,minimum,maximum,count,sum,median,variance");
    BOOST_TEST(done.status() == 200);
    const auto value = [&](int place) {
        return done.at(("/parameter/0/resource/component/" + std::to_string(place) + "/valueQuantity/value").c_str());
    };
    BOOST_TEST(value(0) == "3");
    BOOST_TEST(value(1) == "1");
    BOOST_TEST(value(2) == "6");
    BOOST_TEST(value(3) == "3");
    BOOST_TEST(value(4) == "9");
    BOOST_TEST(value(5) == "2");
    BOOST_TEST(value(6) == "7");
    BOOST_TEST(done.at("/parameter/0/resource/component/0/valueQuantity/unit") == "g");
    BOOST_TEST(done.at("/parameter/0/resource/component/3/valueQuantity/unit") == "-");
    BOOST_TEST(send("GET Observation/$stats?subject=Patient/a&code=x&statistic=magic").rule() == "operation-parameter-unknown");
    BOOST_TEST(send("GET Observation/$stats?subject=Patient/a&statistic=sum").rule() == "operation-parameter");
    send("PUT Observation/5", observation("5", "x", "2026-01-05", "7", "mg"));
    BOOST_TEST(send("GET Observation/$stats?subject=Patient/a&code=x&statistic=sum").rule() == "operation-units");
}

// FHIR R4, Observation-operation-stats: what was entered in error is left out; so it is no newest result either.
BOOST_AUTO_TEST_CASE(what_was_entered_in_error_is_no_result) {
    auto wrong = observation("9", "x", "2026-01-09", "500");
    wrong.replace(wrong.find("\"final\""), 7, "\"entered-in-error\"");
    send("PUT Observation/9", wrong);
    const auto done = send("GET Observation/$stats?subject=Patient/a&code=x&system=urn:c&statistic=maximum,total-count");
    BOOST_TEST(done.at("/parameter/0/resource/component/0/valueQuantity/value") == "6");
    BOOST_TEST(done.at("/parameter/0/resource/component/1/valueQuantity/value") == "3");
    BOOST_TEST(send("GET Observation/$lastn?patient=Patient/a&code=x").at("/entry/0/resource/id") == "2");
    BOOST_TEST(send("GET Observation/$lastn?patient=Patient/a&code=x&status=entered-in-error").at("/entry/0/resource/id") == "9");
}

BOOST_AUTO_TEST_CASE(each_code_has_statistics_of_its_own) {
    const auto done = send("GET Observation/$stats?subject=Patient/a&code=x&code=y&system=urn:c&statistic=maximum");
    BOOST_TEST(done.size("/parameter") == 2u);
    BOOST_TEST(done.at("/parameter/0/resource/component/0/valueQuantity/value") == "6");
    BOOST_TEST(done.at("/parameter/1/resource/component/0/valueQuantity/value") == "9");
}

BOOST_AUTO_TEST_CASE(last_n_is_of_one_person) {
    for (const auto* whose :
         {"patient=", "patient=Patient/a,Patient/b", "patient.gender=male", "subject:missing=true", "patient=Patient/a&subject=b"})
        BOOST_TEST(send(std::string("GET Observation/$lastn?") + whose).rule() == "operation-parameter", whose);
}

BOOST_AUTO_TEST_CASE(types_of_everything_add_up) {
    send("PUT Encounter/e",
         R"({"resourceType":"Encounter","id":"e","status":"planned","class":{"code":"AMB"},"subject":{"reference":"Patient/a"}})");
    const auto both = send("GET Patient/a/$everything?_type=Observation&_type=Encounter");
    BOOST_TEST(both.size("/entry") == 5u, both.response().body);
}

BOOST_AUTO_TEST_CASE(everything_of_a_time_goes_by_the_day_of_each_type) {
    for (const std::string year : {"2001", "2026"})
        send("PUT ServiceRequest/r" + year,
             R"({"resourceType":"ServiceRequest","id":"r)" + year +
                 R"(","status":"active","intent":"order","subject":{"reference":"Patient/a"},"authoredOn":")" + year + R"(-05-05"})");
    for (const std::string start : {"2026-01-02", "2026-01-02T00:00:00 08:00"}) { // as a '+' arrives that nobody encoded
        auto request = request_of("GET Patient/a/$everything?_type=ServiceRequest,Observation&end=2026-12-31");
        request.query.emplace_back("start", start);
        const auto found = send(std::move(request));
        BOOST_TEST(found.status() == 200);
        BOOST_TEST(found.response().body.find("r2026") != std::string::npos);
        BOOST_TEST(found.response().body.find("r2001") == std::string::npos);
        BOOST_TEST(found.response().body.find("\"id\":\"4\"") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(meta_is_changed_to_what_a_write_takes) {
    const std::string bad =
        R"({"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"profile":["no url"],"tag":[{"bogus":1}]}}]})";
    BOOST_TEST(send("POST Patient/a/$meta-add", bad).status() == 422);
    BOOST_TEST(send("GET Patient/a").at("/meta/versionId") == "1");
}

BOOST_AUTO_TEST_CASE(meta_is_read_widened_and_narrowed) {
    const std::string given =
        R"({"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"system":"urn:t","code":"1"}],"profile":["urn:p"]}}]})";
    const auto added = send("POST Patient/a/$meta-add", given);
    BOOST_TEST(added.status() == 200);
    BOOST_TEST(added.at("/parameter/0/valueMeta/tag/0/code") == "1");
    BOOST_TEST(added.at("/parameter/0/valueMeta/profile/0") == "urn:p");
    BOOST_TEST(send("GET Patient/a/$meta").at("/parameter/0/valueMeta/tag/0/code") == "1");
    BOOST_TEST(send("GET Patient?_tag=urn:t|1").size("/entry") == 1u);
    const auto removed = send("POST Patient/a/$meta-delete", given);
    BOOST_TEST(removed.at("/parameter/0/valueMeta/tag") == "-");
    BOOST_TEST(send("GET Patient?_tag=urn:t|1").size("/entry") == 0u);
    BOOST_TEST(send("GET Patient/none/$meta").status() == 404);
    BOOST_TEST(send("POST Patient/a/$meta-add", R"({"resourceType":"Parameters"})").rule() == "operation-parameter");
}

BOOST_AUTO_TEST_CASE(meta_in_use_on_a_type_and_on_the_system) {
    const auto with = [](const std::string& meta) { return R"(,"meta":)" + meta; };
    send("PUT Patient/x",
         patient("x", with(R"({"tag":[{"system":"urn:t","code":"1"},{"code":"bare"}],"profile":["http://p.example/a"]})")));
    send("PUT Patient/y", patient("y", with(R"({"tag":[{"system":"urn:t","code":"1"},{"system":"urn:t","code":"2"}]})")));
    send("PUT Group/g",
         R"({"resourceType":"Group","id":"g","type":"person","actual":true,"meta":{"tag":[{"system":"urn:t","code":"3"}]}})");
    const auto of_type = send("GET Patient/$meta");
    BOOST_TEST(of_type.at("/parameter/0/valueMeta/profile") == R"(["http://p.example/a"])");
    BOOST_TEST(of_type.at("/parameter/0/valueMeta/tag") ==
               R"([{"code":"bare"},{"system":"urn:t","code":"1"},{"system":"urn:t","code":"2"}])");
    BOOST_TEST(send("POST $meta").size("/parameter/0/valueMeta/tag") == 4u);
    auto narrow = request_of("GET $meta");
    narrow.caller.open = false;
    narrow.caller.scopes = {"system/Group.rs"};
    BOOST_TEST(send(std::move(narrow)).at("/parameter/0/valueMeta/tag") == R"([{"system":"urn:t","code":"3"}])");
}

BOOST_AUTO_TEST_CASE(an_operation_that_reads_takes_its_parameters_from_a_body_too) {
    const auto parameters = [](const std::string& list) { return R"({"resourceType":"Parameters","parameter":[)" + list + "]}"; };
    const auto newest = send("POST Observation/$lastn", parameters(R"({"name":"patient","valueReference":{"reference":"Patient/a"}},)"
                                                                   R"({"name":"max","valuePositiveInt":1})"));
    BOOST_TEST(newest.status() == 200);
    BOOST_TEST(newest.at("/total") == send("GET Observation/$lastn?patient=a&max=1").at("/total"));
    BOOST_TEST(send("POST Patient/a/$everything", parameters(R"({"name":"_type","valueCode":"Patient"})")).size("/entry") == 1u);
    BOOST_TEST(send("POST Patient/a/$everything").status() == 200);
    BOOST_TEST(send("POST Patient/a/$everything", patient("a")).rule() == "rest-type-differs");
    // A caller who may not ask for names may not ask for them in a body either.
    auto masked = request_of("POST Observation/$lastn", parameters(R"({"name":"patient.name","valueString":"x"})"));
    masked.caller.masked = true;
    BOOST_TEST(send(std::move(masked)).rule() == "access-masked");
}

BOOST_AUTO_TEST_CASE(everything_of_an_encounter) {
    send(
        "PUT Encounter/e",
        R"({"resourceType":"Encounter","id":"e","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"subject":{"reference":"Patient/a"}})");
    send("PUT Observation/in",
         R"({"resourceType":"Observation","id":"in","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},)"
         R"("encounter":{"reference":"Encounter/e"}})");
    std::string order;
    const auto found = send("GET Encounter/e/$everything");
    BOOST_REQUIRE_MESSAGE(found.status() == 200, found.rule());
    for (std::size_t i = 0; i < found.size("/entry"); ++i)
        order += found.at(("/entry/" + std::to_string(i) + "/resource/id").c_str()) + ' ';
    BOOST_TEST(order == "a e in ");
    BOOST_TEST(send("GET Encounter/none/$everything").status() == 404);
}

BOOST_AUTO_TEST_CASE(validate_asks_what_may_be_done_and_of_what_is_stored) {
    const auto outcome = [](const Answer& answer) { return answer.at("/issue/0/severity"); };
    BOOST_TEST(outcome(send("POST Patient/a/$validate?mode=delete")) == "information");
    BOOST_TEST(outcome(send("GET Patient/a/$validate")) != "error");
    BOOST_TEST(send("POST Patient/none/$validate?mode=delete").status() == 404);
    BOOST_TEST(send("POST Patient/$validate").rule() == "operation-parameter");
    BOOST_TEST(outcome(send("POST Patient/a/$validate?mode=update", patient("b"))) == "error");
    BOOST_TEST(outcome(send("POST Patient/a/$validate?mode=guess", patient("a"))) == "error");
    auto reader = request_of("POST Patient/a/$validate?mode=delete");
    reader.caller.open = false;
    reader.caller.scopes = {"system/Patient.rs"};
    BOOST_TEST(outcome(send(std::move(reader))) == "error");
}

BOOST_AUTO_TEST_CASE(a_stored_profile_counts_from_its_commit_on) {
    interaction::StoredProfiles profiles(*store, [] { return *fhir::Definitions::load_pack(fhir::Definitions::default_pack_file()); });
    validator.set_source([&profiles] { return profiles.definitions(); });
    const auto has = [&](const std::string& word) {
        const auto answer = send("POST Patient/$validate?profile=urn:p:named", patient("a"));
        return answer.response().body.find('"' + word + '"') != std::string::npos;
    };
    BOOST_TEST(has("validation-profile-unknown"));
    BOOST_TEST(has("error"));
    const auto stored = send("PUT StructureDefinition/c",
                             R"x({"resourceType":"StructureDefinition","id":"c","url":"urn:p:named","name":"P","status":"active",)x"
                             R"x("kind":"resource","abstract":false,"type":"Patient","derivation":"constraint",)x"
                             R"x("baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","differential":{"element":[)x"
                             R"x({"id":"Patient","path":"Patient","constraint":[{"key":"x-1","severity":"error","human":"h",)x"
                             R"x("expression":"name.exists()"}]}]}})x");
    BOOST_TEST(stored.status() == 201);
    BOOST_TEST(!has("validation-profile-unknown"));
    BOOST_TEST(has("error")); // the rule of the profile
    const std::string said = R"(,"meta":{"profile":["urn:p:named"]})";
    BOOST_TEST(send("POST Patient", patient("", said)).rule() == "validation-invariant");
    BOOST_TEST(send("POST Patient", patient("", said + R"(,"name":[{"text":"A"}])")).status() == 201);
    send("DELETE StructureDefinition/c");
    BOOST_TEST(has("validation-profile-unknown"));
}

BOOST_AUTO_TEST_CASE(a_document_holds_what_its_composition_points_at) {
    send(
        "PUT Composition/c",
        R"({"resourceType":"Composition","id":"c","status":"final","type":{"text":"x"},"subject":{"reference":"Patient/a"},)"
        R"("date":"2026-01-01","author":[{"reference":"Practitioner/none"}],"title":"t","section":[{"entry":[{"reference":"Observation/1"}]}]})");
    const auto done = send("GET Composition/c/$document");
    BOOST_TEST(done.status() == 200);
    BOOST_TEST(done.at("/type") == "document");
    BOOST_TEST(done.at("/entry/0/resource/resourceType") == "Composition");
    BOOST_REQUIRE(done.size("/entry") == 3u);
    BOOST_TEST(done.at("/identifier/value") == "http://hub.example/fhir/Composition/c/_history/1");
    BOOST_TEST(send("GET Patient/a/$document").rule() == "operation-type");
    BOOST_TEST(send("GET Composition/none/$document").status() == 404);
    BOOST_TEST(send("GET Composition/$document?id=c").at("/entry/0/resource/id") == "c");
    BOOST_TEST(send("GET Composition/$document").rule() == "operation-parameter");
    // Stored as well when it is asked for.
    BOOST_TEST(send("GET Bundle?_summary=count").at("/total") == "0");
    BOOST_TEST(send("POST Composition/c/$document?persist=true").status() == 422); // its author is not there
    send("PUT Practitioner/none", R"({"resourceType":"Practitioner","id":"none"})");
    BOOST_TEST(send("GET Composition/c/$document?persist=true").rule() == "rest-method");
    const auto kept = send("POST Composition/c/$document?persist=true");
    BOOST_TEST(kept.status() == 200);
    BOOST_TEST(send("GET " + kept.located()).at("/type") == "document");
    BOOST_TEST(send("GET Bundle?_summary=count").at("/total") == "1");
}

BOOST_AUTO_TEST_CASE(everything_begins_with_the_patient_and_ends_with_what_was_noted) {
    send("PUT Provenance/v",
         R"({"resourceType":"Provenance","id":"v","target":[{"reference":"Patient/a"}],"recorded":"2026-01-01T00:00:00Z",)"
         R"("agent":[{"who":{"reference":"Patient/a"}}]})");
    send("PUT Patient/a", patient("a", R"(,"gender":"male")"));
    std::string order;
    std::string next = "Patient/a/$everything?_count=2";
    for (int pages = 0; !next.empty() && pages < 10; ++pages) {
        const auto page = send("GET " + next);
        BOOST_REQUIRE(page.status() == 200);
        for (std::size_t i = 0; i < page.size("/entry"); ++i)
            order += page.at(("/entry/" + std::to_string(i) + "/resource/resourceType").c_str()) + ' ';
        if (pages == 0) send("PUT Observation/late", observation("late", "x", "2026-01-09", "1")); // never in a page that was begun before
        next = page.size("/link") > 1 ? page.at("/link/1/url").substr(std::string("http://hub.example/fhir/").size()) : "";
    }
    BOOST_TEST(order.starts_with("Patient Observation Observation Observation Observation "), order);
    BOOST_TEST(send("GET Patient/a/$everything?_type=Observation").size("/entry") == 5u);
}

BOOST_AUTO_TEST_CASE(convert_gives_back_what_it_was_given_in_any_format) {
    auto request = request_of("POST $convert", R"(<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>)");
    request.content_type = "application/fhir+xml";
    const auto converted = send(std::move(request));
    BOOST_TEST(converted.status() == 200);
    BOOST_TEST(converted.at("/active") == "true");
    BOOST_TEST(send("POST $convert", "{}").status() == 400);
    BOOST_TEST(send("GET Patient").at("/total") == "1");
}

BOOST_AUTO_TEST_CASE(a_diff_of_two_versions_and_of_two_resources) {
    send("PUT Patient/a", patient("a", R"(,"gender":"male")"));
    send("PUT Patient/a", patient("a", R"(,"gender":"female")"));
    const auto last = send("GET Patient/a/$diff");
    BOOST_TEST(last.status() == 200);
    BOOST_TEST(last.at("/parameter/0/part/0/valueCode") == "replace");
    BOOST_TEST(last.at("/parameter/0/part/1/valueString") == "Patient.gender");
    BOOST_TEST(last.at("/parameter/0/part/2/valueCode") == "female");
    BOOST_TEST(send("GET Patient/a/$diff?fromVersion=1").at("/parameter/0/part/0/valueCode") == "add");
    BOOST_TEST(send("GET Patient/a/$diff?fromVersion=2&toVersion=2").size("/parameter") == 0u);
    BOOST_TEST(send("GET $diff?from=Observation/1&to=Observation/2").status() == 200);
    BOOST_TEST(send("GET $diff?from=Patient/a/_history/1&to=Patient/a").size("/parameter") == 1u);
    BOOST_TEST(send("GET $diff?from=Patient/a&to=Observation/1").rule() == "rest-type-differs");
    BOOST_TEST(send("GET $diff?from=Patient/a").rule() == "operation-parameter");
    BOOST_TEST(send("GET Patient/a/$diff?fromVersion=9").status() == 404);
    BOOST_TEST(send("GET Patient/a/$diff?fromVersion=x").rule() == "operation-parameter");
}

namespace {
std::string wanted(const std::string& name) {
    return R"({"resourceType":"Parameters","parameter":[{"name":")" + name + R"(","valueBoolean":true}]})";
}
} // namespace

BOOST_AUTO_TEST_CASE(expunge_takes_versions_out_for_good) {
    send("PUT Patient/a", patient("a", R"(,"gender":"male")"));
    BOOST_TEST(send("POST Patient/a/$expunge", wanted("expungePreviousVersions")).at("/parameter/0/valueInteger") == "1");
    BOOST_TEST(send("GET Patient/a/_history/1").status() == 404);
    BOOST_TEST(send("GET Patient/a").at("/gender") == "male");
    BOOST_TEST(send("POST Observation/1/$expunge", wanted("expungeDeletedResources")).at("/parameter/0/valueInteger") == "0");
    send("DELETE Observation/1");
    BOOST_TEST(send("POST Observation/1/$expunge", wanted("expungeDeletedResources")).at("/parameter/0/valueInteger") == "1");
    BOOST_TEST(send("GET Observation/1").status() == 410);
    BOOST_TEST(send("GET Observation/1/_history").size("/entry") == 1u);
    BOOST_TEST(send("POST Observation/2/$expunge", wanted("expungeEverything")).at("/parameter/0/valueInteger") == "1");
    BOOST_TEST(send("GET Observation/2").status() == 410);
    BOOST_TEST(send("GET Observation?code=x").at("/total") == "1");
    BOOST_TEST(store->verify_log().empty());
}

BOOST_AUTO_TEST_CASE(expunge_says_where_the_same_may_still_stand) {
    auto from_a_feed = commit_of({write_of("Patient", "fed")});
    from_a_feed.message_id = "lis-7";
    must(store->commit_and_wait(std::move(from_a_feed)));
    send("PUT Patient/fed", patient("fed", R"(,"gender":"male")"));
    const auto done = send("POST Patient/fed/$expunge", wanted("expungePreviousVersions"));
    BOOST_TEST(done.at("/parameter/1/resource/issue/0/severity") == "information");
    BOOST_TEST(done.response().body.find("operation-expunge-left") != std::string::npos);
    BOOST_TEST(done.at("/parameter/2/name") == "message");
    BOOST_TEST(done.at("/parameter/2/valueString") == "lis-7");
    BOOST_TEST(done.size("/parameter") == 3u);
}

BOOST_AUTO_TEST_CASE(expunge_of_a_patient_with_all_that_is_theirs) {
    send("PUT Patient/b", patient("b"));
    BOOST_TEST(send("POST Patient/a/$expunge", wanted("expungeCompartment")).at("/parameter/0/valueInteger") == "5");
    BOOST_TEST(send("GET Observation").at("/total") == "0");
    BOOST_TEST(send("GET Patient").at("/total") == "1");
    BOOST_TEST(send("POST Observation/1/$expunge", wanted("expungeCompartment")).rule() == "operation-type");
}

// Filed under the wrong patient, corrected, deleted: the record of the right one is no business of the wrong one's erasure.
BOOST_AUTO_TEST_CASE(expunge_of_a_patient_leaves_what_was_moved_to_another_and_deleted_there) {
    send("PUT Patient/b", patient("b"));
    auto moved = observation("m", "x", "2026-11-20", "6");
    send("PUT Observation/m", moved);
    send("PUT Observation/m", moved.replace(moved.find("Patient/a"), 9, "Patient/b"));
    send("DELETE Observation/m");
    send("POST Patient/a/$expunge", wanted("expungeCompartment"));
    BOOST_TEST(send("GET Observation/m/_history/1").status() == 404);
    BOOST_TEST(send("GET Observation/m/_history/2").status() == 200);
}

BOOST_AUTO_TEST_CASE(expunge_needs_a_right_of_its_own) {
    auto asked = [&](std::vector<std::string> scopes) {
        auto request = request_of("POST Patient/a/$expunge", wanted("expungeEverything"));
        request.caller.open = false;
        request.caller.client_id = "archive";
        request.caller.scopes = std::move(scopes);
        return send(std::move(request)).status();
    };
    BOOST_TEST(asked({"system/*.cruds"}) == 403);
    BOOST_TEST(asked({"huitong/expunge"}) == 403);
    BOOST_TEST(asked({"huitong/expunge", "system/*.cruds"}) == 200);
    BOOST_TEST(send("POST Patient/none/$expunge", wanted("expungeEverything")).status() == 404);
    BOOST_TEST(send("POST Patient/a/$expunge", wanted("nothing")).rule() == "operation-parameter");
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_made_of_what_is_given_stored_or_known) {
    const std::string profile =
        R"({"resourceType":"StructureDefinition","id":"p","url":"http://ward.example/p","name":"P","status":"draft",)"
        R"("kind":"resource","abstract":false,"type":"Patient","derivation":"constraint",)"
        R"("baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient",)"
        R"("differential":{"element":[{"id":"Patient.name","path":"Patient.name","min":1}]}})";
    BOOST_TEST(send("POST StructureDefinition/$snapshot", profile).at("/snapshot/element/0/path") == "Patient");
    send("PUT StructureDefinition/p", profile);
    BOOST_TEST(send("GET StructureDefinition/p/$snapshot").at("/snapshot/element/0/path") == "Patient");
    BOOST_TEST(send("GET StructureDefinition/$snapshot?url=http://hl7.org/fhir/StructureDefinition/vitalsigns").at("/id") == "vitalsigns");
    BOOST_TEST(send("GET StructureDefinition/$snapshot?url=http://ward.example/none").status() == 404);
    BOOST_TEST(send("GET StructureDefinition/$snapshot").rule() == "operation-parameter");
    BOOST_TEST(send("POST Patient/$snapshot", profile).rule() == "operation-type");
}

BOOST_AUTO_TEST_SUITE_END()
