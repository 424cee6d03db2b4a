// read and vread: versions, deletions, conditional reads, subsets.
#include "unit/interaction/desk.hpp"

using namespace huitong;
using namespace huitong::tests;

BOOST_FIXTURE_TEST_SUITE(reads, Desk)

BOOST_AUTO_TEST_CASE(a_resource_comes_with_its_version_and_time) {
    send("PUT Patient/a", patient("a", R"(,"active":true)"));
    const auto found = send("GET Patient/a");
    BOOST_TEST(found.status() == 200);
    BOOST_TEST(found.at("/active") == "true");
    BOOST_TEST(found.at("/meta/versionId") == "1");
    BOOST_TEST(found.at("/meta/lastUpdated") == "2026-11-20T04:00:00.000Z");
    BOOST_TEST(found.response().etag == "W/\"1\"");
    BOOST_TEST(found.response().last_modified.microseconds == kDeskTime.microseconds);
    BOOST_TEST(found.response().raw_body);
}

BOOST_AUTO_TEST_CASE(what_never_was_and_what_is_deleted_differ) {
    BOOST_TEST(send("GET Patient/nobody").status() == 404);
    send("PUT Patient/a", patient("a"));
    send("DELETE Patient/a");
    const auto gone = send("GET Patient/a");
    BOOST_TEST(gone.status() == 410);
    BOOST_TEST(gone.response().etag == "W/\"2\"");
    BOOST_TEST(gone.rule() == "rest-deleted");
}

BOOST_AUTO_TEST_CASE(earlier_versions_can_be_read) {
    send("PUT Patient/a", patient("a", R"(,"active":true)"));
    send("PUT Patient/a", patient("a", R"(,"active":false)"));
    send("DELETE Patient/a");
    BOOST_TEST(send("GET Patient/a/_history/1").at("/active") == "true");
    BOOST_TEST(send("GET Patient/a/_history/2").at("/active") == "false");
    BOOST_TEST(send("GET Patient/a/_history/3").status() == 410);
    BOOST_TEST(send("GET Patient/a/_history/4").status() == 404);
    BOOST_TEST(send("GET Patient/a/_history/x").status() == 404);
    BOOST_TEST(send("GET Patient/b/_history/1").status() == 404);
}

BOOST_AUTO_TEST_CASE(a_reader_who_has_it_already_gets_nothing_again) {
    send("PUT Patient/a", patient("a"));
    auto with = [&](const char* if_none_match, const char* if_modified_since) {
        auto request = request_of("GET Patient/a");
        request.if_none_match = if_none_match;
        request.if_modified_since = if_modified_since;
        return send(std::move(request)).status();
    };
    BOOST_TEST(with("W/\"1\"", "") == 304);
    BOOST_TEST(with("\"1\"", "") == 304);
    BOOST_TEST(with("W/\"7\", W/\"1\"", "") == 304);
    BOOST_TEST(with("*", "") == 304);
    BOOST_TEST(with("W/\"2\"", "") == 200);
    BOOST_TEST(with("nonsense", "") == 200);
    BOOST_TEST(with("", "2026-11-20T04:00:00Z") == 304);
    BOOST_TEST(with("", "2026-11-20T03:59:59Z") == 200);
    // If-None-Match decides when both are there (RFC 9110 §13.2.2).
    BOOST_TEST(with("W/\"2\"", "2026-11-20T04:00:00Z") == 200);
}

BOOST_AUTO_TEST_CASE(summaries_and_elements) {
    send("PUT Patient/a", patient("a", R"(,"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},
        "active":true,"photo":[{"url":"http://x.example/1"}],"gender":"female")"));
    struct Case {
        const char *query, *active, *photo, *text;
    };
    const Case cases[] = {
        {"", "true", "[{\"url\":\"http://x.example/1\"}]", "generated"},
        {"?_summary=true", "true", "-", "-"},
        {"?_summary=data", "true", "[{\"url\":\"http://x.example/1\"}]", "-"},
        {"?_summary=text", "-", "-", "generated"},
        {"?_summary=false", "true", "[{\"url\":\"http://x.example/1\"}]", "generated"},
        {"?_elements=active", "true", "-", "-"},
        {"?_elements=Patient.photo", "-", "[{\"url\":\"http://x.example/1\"}]", "-"},
    };
    for (const auto& one : cases) {
        BOOST_TEST_CONTEXT(one.query) {
            const auto found = send("GET Patient/a" + std::string(one.query));
            BOOST_TEST(found.at("/active") == one.active);
            BOOST_TEST(found.at("/photo") == one.photo);
            BOOST_TEST(found.at("/text/status") == one.text);
            BOOST_TEST(found.at("/id") == "a");
            const bool is_whole = std::string_view(one.query).empty() || std::string_view(one.query) == "?_summary=false";
            BOOST_TEST(found.at("/meta/tag/0/code") == (is_whole ? "-" : "SUBSETTED"));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_restricted_caller_cannot_tell_hidden_from_absent) {
    send("PUT Patient/a",
         patient("a", R"(,"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}]})"));
    send("PUT Patient/b", patient("b"));
    auto as = [&](const char* line, const char* scope) {
        auto request = request_of(line);
        request.caller.open = false;
        request.caller.scopes = {scope};
        return send(std::move(request));
    };
    BOOST_TEST(as("GET Patient/a", "system/Patient.rs").status() == 404);
    BOOST_TEST(as("GET Patient/b", "system/Patient.rs").status() == 200);
    BOOST_TEST(as("GET Patient/a/_history/1", "system/Patient.rs").status() == 404);
    BOOST_TEST(as("GET Patient", "system/Patient.rs").at("/total") == "1");
    BOOST_TEST(as("GET Patient/b", "system/Observation.rs").status() == 403);
    BOOST_TEST(as("GET Patient/b", "system/Patient.cud").status() == 403);
    send("DELETE Patient/a");
    BOOST_TEST(as("GET Patient/a", "system/Patient.rs").status() == 404);
}

BOOST_AUTO_TEST_CASE(a_history_at_a_time_holds_what_was_current_then) {
    auto at = [&](const std::string& when) {
        std::string out;
        const auto found = send("GET Patient/t/_history?_at=" + when);
        for (std::size_t i = 0; i < found.size("/entry"); ++i)
            out += found.at(("/entry/" + std::to_string(i) + "/resource/meta/versionId").c_str()) + ' ';
        return found.status() == 200 ? out : "!" + found.rule();
    };
    auto on_day = [&](int day) { clock.set(Instant{kDeskTime.microseconds + day * 24 * 3'600 * kMicrosecondsPerSecond}); };
    for (int day = 0; day < 4; ++day) { // 20 to 23 November
        on_day(day);
        send("PUT Patient/t", patient("t", R"(,"birthDate":"199)" + std::to_string(day) + '"'));
    }
    BOOST_TEST(at("2026-11-19") == "");
    BOOST_TEST(at("2026-11-20") == "1 ");
    BOOST_TEST(at("2026-11-21") == "2 1 ");
    BOOST_TEST(at("2026-11") == "4 3 2 1 ");
    BOOST_TEST(at("2026-12-24") == "4 ");
    BOOST_TEST(at("soon") == "!rest-at");
}

BOOST_AUTO_TEST_CASE(a_history_of_many_at_a_time_ends_with_what_the_time_began_with) {
    auto on_day = [&](int day) { clock.set(Instant{kDeskTime.microseconds + day * 24 * 3'600 * kMicrosecondsPerSecond}); };
    for (const auto* id : {"a", "b", "c", "d"}) send("PUT Patient/" + std::string(id), patient(id));
    send("POST Group", R"({"resourceType":"Group","type":"person","actual":true})");
    on_day(1);
    send("PUT Patient/b", patient("b", R"(,"active":true)"));
    send("DELETE Patient/c");
    on_day(2);
    send("PUT Patient/a", patient("a", R"(,"active":true)"));
    // Page by page: "DELETE" or the version, and whose it is.
    auto walk = [&](std::string next) {
        std::string out;
        while (!next.empty()) {
            const auto page = send("GET " + next);
            BOOST_REQUIRE(page.status() == 200);
            for (std::size_t i = 0; i < page.size("/entry"); ++i) {
                const auto at = "/entry/" + std::to_string(i);
                out += page.at((at + "/request/url").c_str()) + '.' + page.at((at + "/resource/meta/versionId").c_str()) + ' ';
            }
            next = page.size("/link") > 1 ? page.at("/link/1/url").substr(std::string("http://hub.example/fhir/").size()) : "";
        }
        return out;
    };
    const std::string all = "Patient/c.- Patient/b.2 Patient/d.1 Patient/c.1 Patient/b.1 Patient/a.1 ";
    BOOST_TEST(walk("Patient/_history?_at=2026-11-21") == all);
    BOOST_TEST(walk("Patient/_history?_at=2026-11-21&_count=1") == all);
    BOOST_TEST(walk("Patient/_history?_at=2026-11-21&_count=3") == all);
    BOOST_TEST(walk("Patient/_history?_at=2026-11-19") == "");
    BOOST_TEST(walk("_history?_at=2026-12-01&_count=2").starts_with("Patient/a.2 Patient/b.2 "));
    BOOST_TEST(send("GET _history?_at=2026-12-01").at("/total") == "4");
}

// With no time at all the database still reads what takes it some hundred steps.
BOOST_AUTO_TEST_CASE(a_history_whose_versions_cannot_be_counted_in_time_comes_without_total) {
    std::vector<store::Write> writes;
    for (int number = 0; number < 6'000; ++number) writes.push_back(write_of("Patient", "p" + std::to_string(number)));
    must(store->commit_and_wait(commit_of(std::move(writes))));
    put(*store, write_of("Patient", "newest"));
    const std::string counted = "GET Patient/_history?_count=1&_total=accurate", past = "GET _history?_at=2026-11-25&_count=1";
    BOOST_TEST(send(counted).at("/total") == "6001");
    BOOST_TEST(send(past).size("/entry") == 1u);
    limits.search_ms_max = 0;
    const auto late = send(counted);
    BOOST_TEST(late.status() == 200);
    BOOST_TEST(late.size("/entry") == 1u);
    BOOST_TEST(late.at("/total") == "-");
    BOOST_TEST(send(past).rule() == "store-late");
}

BOOST_AUTO_TEST_CASE(a_history_tells_how_many_versions_there_are) {
    for (int number = 0; number < 5; ++number) send("PUT Patient/a", patient("a", R"(,"birthDate":"199)" + std::to_string(number) + '"'));
    send("PUT Patient/b", patient("b"));
    BOOST_TEST(send("GET Patient/a/_history?_count=2").at("/total") == "5");
    BOOST_TEST(send("GET Patient/_history").at("/total") == "6");
    BOOST_TEST(send("GET Patient/_history?_count=2").at("/total") == "-");
    BOOST_TEST(send("GET Patient/_history?_count=2&_total=accurate").at("/total") == "6");
    const auto counted = send("GET _history?_summary=count");
    BOOST_TEST(counted.at("/total") == "6");
    BOOST_TEST(counted.at("/entry") == "-");
    BOOST_TEST(send("GET Patient/a/_history?_count=0").at("/total") == "5");
    BOOST_TEST(send("GET Patient/a/_history?_count=few").rule() == "search-value");
    const auto part = send("GET Patient/a/_history?_elements=active");
    BOOST_TEST(part.at("/entry/0/resource/birthDate") == "-");
    BOOST_TEST(part.at("/entry/0/resource/meta/tag/0/code") == "SUBSETTED");
    auto strict = request_of("GET Patient/a/_history?colour=red");
    strict.handling = interaction::Handling::strict;
    BOOST_TEST(send(std::move(strict)).status() == 400);
}

BOOST_AUTO_TEST_SUITE_END()
