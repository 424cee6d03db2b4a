// create, update, delete, with their conditions.
#include "unit/interaction/desk.hpp"

#include <future>

using namespace huitong;
using namespace huitong::tests;

namespace {

interaction::Request with_if_none_exist(const Desk& desk, const std::string& criteria, const std::string& body) {
    auto request = desk.request_of("POST Patient", body);
    request.if_none_exist = criteria;
    return request;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(creates, Desk)

BOOST_AUTO_TEST_CASE(the_server_gives_the_id) {
    const auto made = send("POST Patient", patient("mine", R"(,"active":true)"));
    BOOST_TEST(made.status() == 201);
    BOOST_TEST(made.located_id().size() == 26u);
    BOOST_TEST(made.response().location == "http://hub.example/fhir/Patient/" + made.located_id() + "/_history/1");
    BOOST_TEST(made.at("/id") == made.located_id());
    BOOST_TEST(made.at("/active") == "true");
    BOOST_TEST(made.response().etag == "W/\"1\"");
    BOOST_TEST(send("GET " + made.located()).status() == 200);
    BOOST_TEST(send("GET Patient/mine").status() == 404);
}

BOOST_AUTO_TEST_CASE(prefer_says_what_comes_back) {
    auto with = [&](interaction::Return prefer) {
        auto request = request_of("POST Patient", patient(""));
        request.prefer = prefer;
        return send(std::move(request));
    };
    BOOST_TEST(with(interaction::Return::representation).at("/resourceType") == "Patient");
    BOOST_TEST(with(interaction::Return::minimal).response().body.empty());
    BOOST_TEST(with(interaction::Return::operation_outcome).at("/resourceType") == "OperationOutcome");
}

BOOST_AUTO_TEST_CASE(conditional_create_by_the_number_of_matches) {
    const auto made = send(with_if_none_exist(*this, "identifier=urn:s|1", identified("1")));
    BOOST_TEST(made.status() == 201);
    const auto again = send(with_if_none_exist(*this, "identifier=urn:s|1", identified("1", R"(,"active":true)")));
    BOOST_TEST(again.status() == 200);
    BOOST_TEST(again.located() == made.located());
    BOOST_TEST(again.at("/active") == "-");
    send("POST Patient", identified("1"));
    BOOST_TEST(send(with_if_none_exist(*this, "identifier=urn:s|1", identified("1"))).status() == 412);
    BOOST_TEST(versions() == 2u);
}

BOOST_AUTO_TEST_CASE(how_strictly_a_resource_is_judged) {
    using interaction::WriteCheck;
    const std::string no_zone =
        R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"effectiveDateTime":"2026-01-01T10:00:00"})";
    const std::string bad_code = patient("", R"(,"gender":"blue")");
    const auto status = [&](const std::string& type, const std::string& body, WriteCheck check,
                            interaction::Handling handling = interaction::Handling::unset) {
        auto request = request_of("POST " + type, body);
        request.write_check = check;
        request.handling = handling;
        return send(std::move(request)).status();
    };
    BOOST_TEST(status("Observation", no_zone, WriteCheck::strict) == 422);
    BOOST_TEST(status("Observation", no_zone, WriteCheck::tolerant) == 201);
    BOOST_TEST(status("Observation", no_zone, WriteCheck::tolerant, interaction::Handling::strict) == 422);
    BOOST_TEST(status("Patient", bad_code, WriteCheck::tolerant) == 422);
    BOOST_TEST(status("Patient", bad_code, WriteCheck::report) == 201);
    BOOST_TEST(status("Patient", bad_code, WriteCheck::report, interaction::Handling::strict) == 422);
    // Taken in the zone of the server.
    BOOST_TEST(send("GET Observation?date=2026-01-01T02:00:00Z").size("/entry") == 1u);
}

BOOST_AUTO_TEST_CASE(conditions_must_name_a_key) {
    BOOST_TEST(send(with_if_none_exist(*this, "name=x", identified("1"))).status() == 412);
    BOOST_TEST(send(with_if_none_exist(*this, "colour=red", identified("1"))).status() == 400);
    BOOST_TEST(versions() == 0u);
}

BOOST_AUTO_TEST_CASE(of_many_at_once_exactly_one_creates) {
    constexpr int kThreads = 16, kRounds = 10;
    for (int round = 0; round < kRounds; ++round) {
        const auto value = std::to_string(round);
        std::vector<std::future<int>> answers;
        for (int index = 0; index < kThreads; ++index) {
            answers.push_back(std::async(std::launch::async, [&] {
                return send(with_if_none_exist(*this, "identifier=urn:s|" + value, identified(value))).status();
            }));
        }
        int created = 0, existing = 0;
        for (auto& answer : answers) {
            const int status = answer.get();
            created += status == 201 ? 1 : 0;
            existing += status == 200 ? 1 : 0;
        }
        BOOST_TEST(created == 1);
        BOOST_TEST(existing == kThreads - 1);
    }
    BOOST_TEST(versions() == static_cast<std::size_t>(kRounds));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(updates, Desk)

BOOST_AUTO_TEST_CASE(an_update_creates_what_is_not_there) {
    BOOST_TEST(send("PUT Patient/a", patient("a")).status() == 201);
    const auto changed = send("PUT Patient/a", patient("a", R"(,"active":true)"));
    BOOST_TEST(changed.status() == 200);
    BOOST_TEST(changed.response().etag == "W/\"2\"");
    const auto same = send("PUT Patient/a", patient("a", R"(,"active":true)"));
    BOOST_TEST(same.status() == 200);
    BOOST_TEST(same.response().etag == "W/\"2\"");
    send("DELETE Patient/a");
    const auto anew = send("PUT Patient/a", patient("a"));
    BOOST_TEST(anew.status() == 201);
    BOOST_TEST(anew.response().etag == "W/\"4\"");
}

BOOST_AUTO_TEST_CASE(the_id_must_be_that_of_the_address) {
    BOOST_TEST(send("PUT Patient/a", patient("b")).status() == 400);
    BOOST_TEST(send("PUT Patient/a", patient("")).status() == 400);
    BOOST_TEST(send("PUT Patient/a_b", patient("a_b")).status() == 400);
    BOOST_TEST(send("PUT Patient/" + std::string(65, 'x'), patient(std::string(65, 'x'))).status() == 400);
    BOOST_TEST(versions() == 0u);
}

BOOST_AUTO_TEST_CASE(preconditions) {
    send("PUT Patient/a", patient("a"));
    auto with = [&](const std::string& id, const char* if_match, const char* if_none_match, const char* members) {
        auto request = request_of("PUT Patient/" + id, patient(id, members));
        request.if_match = if_match;
        request.if_none_match = if_none_match;
        return send(std::move(request)).status();
    };
    BOOST_TEST(with("a", "W/\"2\"", "", R"(,"active":true)") == 412);
    BOOST_TEST(with("a", "latest", "", R"(,"active":true)") == 412);
    BOOST_TEST(with("a", "W/\"1\"", "", R"(,"active":true)") == 200);
    BOOST_TEST(with("b", "W/\"1\"", "", "") == 412);
    BOOST_TEST(with("a", "", "*", R"(,"active":false)") == 412);
    BOOST_TEST(with("c", "", "*", "") == 201);
    BOOST_TEST(versions() == 3u);
}

BOOST_AUTO_TEST_CASE(any_version_is_one_that_is_there) {
    const auto with_any = [&](const std::string& line, const std::string& body) {
        auto request = request_of(line, body);
        request.if_match = "*";
        return send(std::move(request)).status();
    };
    BOOST_TEST(with_any("PUT Patient/a", patient("a")) == 412);
    BOOST_TEST(with_any("DELETE Patient/a", "") == 412);
    send("PUT Patient/a", patient("a"));
    BOOST_TEST(with_any("PUT Patient/a", patient("a", R"(,"active":true)")) == 200);
    BOOST_TEST(with_any("DELETE Patient/a", "") == 204);
}

BOOST_AUTO_TEST_CASE(what_is_deleted_meanwhile_is_not_made_anew_by_any_version) {
    for (int round = 0; round < 100; ++round) {
        const auto id = "r" + std::to_string(round);
        send("PUT Patient/" + id, patient(id));
        auto request = request_of("PUT Patient/" + id, patient(id, R"(,"active":true)"));
        request.if_match = "*";
        auto update = std::async(std::launch::async, [&] { return send(request).status(); });
        auto removal = std::async(std::launch::async, [&] { return send("DELETE Patient/" + id).status(); });
        const auto status = update.get();
        BOOST_TEST((status == 200 || status == 412), status);
        BOOST_TEST(removal.get() == 204);
        BOOST_TEST(send("GET Patient/" + id).status() == 410);
    }
}

BOOST_AUTO_TEST_CASE(conditional_update_by_the_number_of_matches) {
    const auto made = send("PUT Patient?identifier=urn:s|1", identified("1"));
    BOOST_TEST(made.status() == 201);
    const auto changed = send("PUT Patient?identifier=urn:s|1", identified("1", R"(,"active":true)"));
    BOOST_TEST(changed.status() == 200);
    BOOST_TEST(changed.located() == made.located());
    BOOST_TEST(changed.response().etag == "W/\"2\"");
    // An id that is given must be that of the match; without a match it becomes the id.
    BOOST_TEST(send("PUT Patient?identifier=urn:s|1", patient("other")).status() == 400);
    const auto named = send("PUT Patient?identifier=urn:s|2", patient("mine", R"(,"identifier":[{"system":"urn:s","value":"2"}])"));
    BOOST_TEST(named.status() == 201);
    BOOST_TEST(named.located() == "Patient/mine");
    send("POST Patient", identified("1"));
    BOOST_TEST(send("PUT Patient?identifier=urn:s|1", identified("1")).status() == 412);
    BOOST_TEST(send("PUT Patient?name=x", identified("1")).status() == 412);
    BOOST_TEST(send("PUT Patient", identified("1")).status() == 412);
}

BOOST_AUTO_TEST_CASE(a_conditional_update_without_a_match_makes_its_own_id_and_replaces_none) {
    send("PUT Patient/p1", patient("p1", R"(,"identifier":[{"system":"urn:s","value":"1"}])"));
    const auto taken = send("PUT Patient?identifier=urn:s|2", patient("p1", R"(,"identifier":[{"system":"urn:s","value":"2"}])"));
    BOOST_TEST(taken.status() == 409);
    BOOST_TEST(taken.rule() == "rest-id-taken");
    BOOST_TEST(send("GET Patient/p1").at("/identifier/0/value") == "1");
    BOOST_TEST(send("PUT Patient?identifier=urn:s|2", patient("p2", R"(,"identifier":[{"system":"urn:s","value":"2"}])")).located() ==
               "Patient/p2");
}

BOOST_AUTO_TEST_CASE(a_conditional_update_never_writes_over_what_came_between) {
    // Deleted while it was looked for: what is written then is a resource of its own, and the deleted one stays deleted.
    for (int round = 0; round < 100; ++round) {
        const auto id = "r" + std::to_string(round);
        send("PUT Patient/" + id, patient(id));
        auto update =
            std::async(std::launch::async, [&] { return send("PUT Patient?_id=" + id, patient("", R"(,"active":true)")).status(); });
        auto removal = std::async(std::launch::async, [&] { return send("DELETE Patient/" + id).status(); });
        BOOST_TEST(update.get() < 300);
        BOOST_TEST(removal.get() == 204);
        BOOST_TEST(send("GET Patient/" + id).status() == 410);
    }
}

BOOST_AUTO_TEST_CASE(conditional_updates_at_once_end_in_one_resource) {
    std::vector<std::future<int>> answers;
    for (int index = 0; index < 12; ++index) {
        answers.push_back(std::async(std::launch::async, [this, index] {
            return send("PUT Patient?identifier=urn:s|1", identified("1", R"(,"birthDate":"19)" + std::to_string(50 + index) + "\""))
                .status();
        }));
    }
    int created = 0, updated = 0, refused = 0;
    for (auto& answer : answers) {
        const int status = answer.get();
        ++(status == 201 ? created : status == 200 ? updated : refused);
    }
    BOOST_TEST(created == 1);
    BOOST_TEST(updated + refused == 11);
    BOOST_TEST(store->view()->all("Patient").size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(deletes, Desk)

BOOST_AUTO_TEST_CASE(deleting_twice_is_no_error) {
    send("PUT Patient/a", patient("a"));
    const auto gone = send("DELETE Patient/a");
    BOOST_TEST(gone.status() == 204);
    BOOST_TEST(gone.response().etag == "W/\"2\"");
    BOOST_TEST(send("DELETE Patient/a").status() == 204);
    BOOST_TEST(send("DELETE Patient/nobody").status() == 204);
    BOOST_TEST(versions() == 2u);
}

BOOST_AUTO_TEST_CASE(only_the_version_that_is_meant) {
    send("PUT Patient/a", patient("a"));
    auto request = request_of("DELETE Patient/a");
    request.if_match = "W/\"3\"";
    BOOST_TEST(send(request).status() == 412);
    request.if_match = "W/\"1\"";
    BOOST_TEST(send(request).status() == 204);
}

BOOST_AUTO_TEST_CASE(an_address_has_an_id_or_criteria) {
    send("PUT Patient/a", patient("a"));
    BOOST_TEST(send("DELETE Patient/a?identifier=urn:s|nope").rule() == "rest-id-and-criteria");
    BOOST_TEST(send("PUT Patient/a?identifier=urn:s|nope", patient("a", R"(,"active":true)")).rule() == "rest-id-and-criteria");
    BOOST_TEST(send("GET Patient/a").at("/meta/versionId") == "1");
    BOOST_TEST(send("DELETE Patient/a?_pretty=true").status() == 204);
}

BOOST_AUTO_TEST_CASE(conditional_delete_by_the_number_of_matches) {
    BOOST_TEST(send("DELETE Patient?identifier=urn:s|1").status() == 204);
    send("POST Patient", identified("1"));
    BOOST_TEST(send("DELETE Patient?identifier=urn:s|1").status() == 204);
    BOOST_TEST(store->view()->all("Patient").empty());
    send("POST Patient", identified("2"));
    send("POST Patient", identified("2"));
    BOOST_TEST(send("DELETE Patient?identifier=urn:s|2").status() == 412);
    BOOST_TEST(send("DELETE Patient").status() == 412);
    BOOST_TEST(send("DELETE Patient?active=true").status() == 204);
    BOOST_TEST(store->view()->all("Patient").size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
