// Authorisation code with PKCE: who is sent where, what a code is good for, and that it is good once.
// Source: RFC 6749 §4.1; RFC 7636 (the verifier and challenge of its appendix B); SMART App Launch 2.0.
#include "access/authorization.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::access;
using huitong::tests::rule_of;

namespace {

constexpr auto kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr auto kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
constexpr auto kBack = "https://app.example/back";
constexpr auto kAudience = "https://hub.example/fhir";
constexpr auto kPassword = "a long enough password";

const std::string& hash() {
    static const auto made = hash_password(kPassword).value();
    return made;
}

std::vector<Client> apps() {
    Client app;
    app.id = "app";
    app.scopes = {"user/*.rs", "patient/*.rs", "launch/patient", "system/*.rs"};
    app.redirect_uris = {kBack};
    Client confidential = app;
    confidential.id = "confidential";
    confidential.secret_sha256 = sha256_hex("right");
    Client backend;
    backend.id = "backend";
    backend.secret_sha256 = sha256_hex("right");
    backend.scopes = {"system/*.rs"};
    return {app, confidential, backend};
}

struct Desk {
    SetClock clock{Instant{1'800'000'000'000'000}}; // 2027-01-15
    Tokens tokens{apps(), clock, "https://hub.example/auth/token"};
    People people{{{"wang", "341004H0009", "1023", "doctor", "", hash(), "", ""},
                   {"left", "341004H0009", "1024", "doctor", "", hash(), "", "2026-12-31"},
                   {"resident", "", "", "", "p1", hash(), "", ""}}};
    Authorization authorization{tokens, people, clock, kAudience, 480};

    static AuthorizationRequest request() {
        AuthorizationRequest out;
        out.response_type = "code";
        out.client_id = "app";
        out.redirect_uri = kBack;
        out.scope = "user/Observation.rs launch/patient";
        out.audience = kAudience;
        out.challenge = kChallenge;
        out.challenge_method = "S256";
        return out;
    }
    std::string allowed() {
        PersonGrant grant;
        grant.client_id = "app";
        grant.redirect_uri = kBack;
        grant.challenge = kChallenge;
        grant.scopes = {"user/Observation.rs"};
        grant.person = authorization.sign_in("wang", kPassword, "a").value();
        return authorization.allow(std::move(grant));
    }
    std::string rule_of_redeeming(const std::string& code, const std::string& client = "app", const std::string& back = kBack,
                                  const std::string& verifier = kVerifier) {
        const auto grant = authorization.redeem(code, client, back, verifier);
        return grant ? "" : rule_of(grant.error());
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(authorization_suite)

BOOST_FIXTURE_TEST_CASE(nobody_is_sent_to_an_address_that_is_not_registered, Desk) {
    BOOST_TEST(authorization.client_of(request()).has_value());
    for (const auto& [client, back] :
         {std::pair("nobody", kBack), std::pair("app", "https://evil.example/back"), std::pair("app", "https://app.example/back/more"),
          std::pair("backend", kBack), std::pair("app", "")}) {
        auto wrong = request();
        wrong.client_id = client;
        wrong.redirect_uri = back;
        BOOST_TEST(rule_of(authorization.client_of(wrong).error()) == "authorize-client", client << " " << back);
    }
}

BOOST_FIXTURE_TEST_CASE(an_app_gets_scopes_of_people_and_needs_a_challenge, Desk) {
    const auto* app = tokens.find("app");
    const auto granted = authorization.scopes_of(request(), *app).value();
    BOOST_TEST(granted == (std::vector<std::string>{"user/Observation.rs", "launch/patient"}), boost::test_tools::per_element());
    const auto refused = [&](auto change) {
        auto wrong = request();
        change(wrong);
        const auto answer = authorization.scopes_of(wrong, *app);
        return answer ? "" : rule_of(answer.error());
    };
    BOOST_TEST(refused([](auto& r) { r.response_type = "token"; }) == "authorize-response-type");
    BOOST_TEST(refused([](auto& r) { r.challenge.clear(); }) == "authorize-request");
    BOOST_TEST(refused([](auto& r) { r.challenge_method = "plain"; }) == "authorize-request");
    BOOST_TEST(refused([](auto& r) { r.audience = "https://other.example/fhir"; }) == "authorize-request");
    BOOST_TEST(refused([](auto& r) { r.scope = "system/*.rs"; }) == "authorize-scope");
    BOOST_TEST(refused([](auto& r) { r.scope = "user/Observation.cud"; }) == "authorize-scope");
}

BOOST_FIXTURE_TEST_CASE(one_answer_for_a_wrong_password_a_wrong_login_and_an_ended_account, Desk) {
    BOOST_TEST(authorization.sign_in("wang", kPassword, "a")->practitioner == "1023");
    for (const auto& [login, password] :
         {std::pair("wang", "another password"), std::pair("nobody", kPassword), std::pair("left", kPassword)})
        BOOST_TEST(rule_of(authorization.sign_in(login, password, "a").error()) == "person-sign-in", login);
}

BOOST_FIXTURE_TEST_CASE(who_guesses_waits_and_locks_nobody_out, Desk) {
    for (int i = 0; i < 10; ++i) (void)authorization.sign_in("wang", "wrong", "guesser");
    BOOST_TEST(rule_of(authorization.sign_in("wang", kPassword, "guesser").error()) == "token-slow-down");
    BOOST_TEST(authorization.sign_in("wang", kPassword, "desk").has_value());
    clock.set({clock.now().microseconds + 61 * kMicrosecondsPerSecond});
    BOOST_TEST(authorization.sign_in("wang", kPassword, "guesser").has_value());
}

BOOST_FIXTURE_TEST_CASE(a_code_is_good_once_for_its_app_its_address_and_its_verifier, Desk) {
    const auto code = allowed();
    BOOST_TEST(rule_of_redeeming(code) == "");
    BOOST_TEST(rule_of_redeeming(code) == "authorize-code");
    BOOST_TEST(rule_of_redeeming(allowed(), "confidential") == "authorize-code");
    BOOST_TEST(rule_of_redeeming(allowed(), "app", "https://app.example/other") == "authorize-code");
    BOOST_TEST(rule_of_redeeming(allowed(), "app", kBack, std::string(43, 'x')) == "authorize-code");
    BOOST_TEST(rule_of_redeeming(allowed(), "app", kBack, "") == "authorize-code");
    const auto shown = allowed(); // with a wrong verifier first: then the right one comes too late
    (void)rule_of_redeeming(shown, "app", kBack, std::string(43, 'x'));
    BOOST_TEST(rule_of_redeeming(shown) == "authorize-code");
    const auto old = allowed();
    clock.set({clock.now().microseconds + 61 * kMicrosecondsPerSecond});
    BOOST_TEST(rule_of_redeeming(old) == "authorize-code");
}

BOOST_FIXTURE_TEST_CASE(a_refresh_token_works_once_and_one_that_is_used_twice_ends_them_all, Desk) {
    PersonGrant grant;
    grant.client_id = "app";
    grant.scopes = {"user/Observation.rs"};
    grant.person = authorization.sign_in("wang", kPassword, "a").value();
    BOOST_TEST(authorization.refreshable(grant) == ""); // not asked for
    grant.scopes.emplace_back("offline_access");
    const auto first = authorization.refreshable(grant);
    const auto refused = [&](const std::string& token, const std::string& client = "app") {
        const auto again = authorization.refresh(token, client);
        return again ? std::string() : rule_of(again.error());
    };
    BOOST_TEST(refused(first, "confidential") == "authorize-code"); // another app's
    BOOST_TEST(refused("nonsense") == "authorize-code");
    const auto second = authorization.refresh(first, "app").value();
    BOOST_TEST(second.grant.person.practitioner == "1023");
    BOOST_TEST(second.token != first);
    const auto third = authorization.refresh(second.token, "app").value().token;
    BOOST_TEST(refused(second.token) == "authorize-code"); // a copy was used
    BOOST_TEST(refused(third) == "authorize-code");        // nobody can tell whose it is
}

BOOST_FIXTURE_TEST_CASE(a_refresh_token_ends_with_its_time_and_with_the_persons_account, Desk) {
    PersonGrant grant;
    grant.client_id = "app";
    grant.scopes = {"user/Observation.rs", "online_access"};
    grant.person.login = "left"; // whose account ended on 2026-12-31
    const auto ended = authorization.refresh(authorization.refreshable(grant), "app");
    BOOST_TEST(rule_of(ended.error()) == "authorize-code");
    grant.person.login = "wang";
    const auto token = authorization.refreshable(grant);
    clock.set({clock.now().microseconds + 13 * 3'600 * kMicrosecondsPerSecond});
    BOOST_TEST(rule_of(authorization.refresh(token, "app").error()) == "authorize-code");
}

BOOST_FIXTURE_TEST_CASE(a_copy_or_a_revocation_ends_the_access_token_too, Desk) {
    PersonGrant grant;
    grant.client_id = "app";
    grant.scopes = {"user/Observation.rs", "offline_access"};
    grant.person.login = "wang";
    TokenRequest asked;
    asked.client_id = "app";
    const auto given = [&](const std::string& refresh_token) {
        auto token = tokens.issue_for_person(asked, [] {
            Caller caller;
            caller.client_id = "app";
            return Result<Caller>(std::move(caller));
        });
        authorization.came_with(refresh_token, token->access_token);
        return "Bearer " + token->access_token;
    };
    const auto first = authorization.refreshable(grant);
    const auto second = authorization.refresh(first, "app").value().token;
    const auto bearer = given(second);
    BOOST_TEST(tokens.authenticate(bearer).has_value());
    BOOST_TEST(!authorization.refresh(first, "app"));
    BOOST_TEST(rule_of(tokens.authenticate(bearer).error()) == "token-invalid");
    // Whoever copied one may hold any of the access tokens that still live.
    const auto begun = authorization.refreshable(grant);
    const auto early = given(begun);
    const auto next = authorization.refresh(begun, "app").value().token;
    const auto late = given(next);
    BOOST_TEST(!authorization.refresh(begun, "app"));
    for (const auto& ended : {early, late}) BOOST_TEST(rule_of(tokens.authenticate(ended).error()) == "token-invalid");
    const auto other = authorization.refreshable(grant);
    const auto other_bearer = given(other);
    authorization.revoke(other, "confidential"); // another app's
    BOOST_TEST(tokens.authenticate(other_bearer).has_value());
    authorization.revoke(other, "app");
    BOOST_TEST(!tokens.authenticate(other_bearer));
    BOOST_TEST(!authorization.refresh(other, "app"));
}

BOOST_FIXTURE_TEST_CASE(refreshing_ends_twelve_hours_after_the_sign_in_and_with_what_allowed_it, Desk) {
    PersonGrant grant;
    grant.client_id = "app";
    grant.scopes = {"offline_access"};
    grant.person.login = "wang";
    auto token = authorization.refreshable(grant);
    for (int hour = 1; hour < 12; ++hour) {
        clock.set({clock.now().microseconds + 3'600 * kMicrosecondsPerSecond});
        token = authorization.refresh(token, "app").value().token;
    }
    clock.set({clock.now().microseconds + 3'600 * kMicrosecondsPerSecond});
    BOOST_TEST(!authorization.refresh(token, "app"));
    bool holds = true;
    Authorization asking(tokens, people, clock, kAudience, 480, [&](const PersonGrant&) { return holds; });
    token = asking.refresh(asking.refreshable(grant), "app").value().token;
    holds = false;
    BOOST_TEST(!asking.refresh(token, "app"));
    auto looping = authorization.refreshable(grant);
    int given = 1;
    for (auto next = authorization.refresh(looping, "app"); next; next = authorization.refresh(looping, "app"))
        looping = next->token, ++given;
    BOOST_TEST(given == 200);
}

BOOST_FIXTURE_TEST_CASE(the_token_is_the_persons_and_a_confidential_app_shows_its_secret, Desk) {
    TokenRequest asked;
    asked.client_id = "app";
    const auto caller_of = [&]() -> Result<Caller> {
        Caller caller;
        caller.client_id = asked.client_id;
        caller.practitioner = "1023";
        caller.scopes = {"user/Observation.rs"};
        return caller;
    };
    const auto token = tokens.issue_for_person(asked, caller_of);
    BOOST_REQUIRE(token);
    BOOST_TEST(tokens.authenticate("Bearer " + token->access_token)->practitioner == "1023");
    BOOST_TEST(token->expires_in_seconds == kPersonTokenSeconds);
    asked.client_id = "confidential";
    BOOST_TEST(rule_of(tokens.issue_for_person(asked, caller_of).error()) == "token-client");
    asked.client_secret = "right";
    BOOST_TEST(tokens.issue_for_person(asked, caller_of).has_value());
    asked.client_id = "backend"; // no app: no public client
    asked.client_secret.clear();
    BOOST_TEST(rule_of(tokens.issue_for_person(asked, caller_of).error()) == "token-client");
}

BOOST_AUTO_TEST_SUITE_END()
