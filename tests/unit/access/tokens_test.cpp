// Tokens: who gets one, for what, for how long; and every way an assertion can be wrong.
// Source: SMART App Launch 2.0, "Backend Services"; RFC 7523 §3; RFC 7515.
#include "access/tokens.hpp"
#include "base/sha256.hpp"
#include "support/files.hpp"
#include "support/folder.hpp"
#include "unit/access/keys.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::access;
using access::tests::ClientKey;
using huitong::tests::rule_of;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;
constexpr const char* kTokenUrl = "https://hub.example/auth/token";

const ClientKey& rsa_key() {
    static const auto key = ClientKey::rsa();
    return key;
}
const ClientKey& ec_key() {
    static const auto key = ClientKey::ec();
    return key;
}

struct Desk {
    SetClock clock{Instant{kNow * kMicrosecondsPerSecond}};
    std::optional<Tokens> tokens;

    Desk() {
        std::vector<Client> clients;
        for (const auto& [id, key] : {std::pair("rsa", &rsa_key()), std::pair("ec", &ec_key())}) {
            Client client;
            client.id = id;
            client.organization = "341002H0001";
            client.jwks = key->jwks("k1");
            client.scopes = {"system/*.rs", "system/Observation.cud"};
            clients.push_back(std::move(client));
        }
        Client small;
        small.id = "small";
        small.organization = "341004H0009";
        small.practitioner = "D007";
        small.secret_sha256 = sha256_hex("right");
        small.scopes = {"system/Patient.rs", "patient/Observation.rs"};
        small.purposes = {"TREAT", "BTG"};
        clients.push_back(std::move(small));
        Client research;
        research.id = "research";
        research.secret_sha256 = sha256_hex("study");
        research.scopes = {"system/Patient.rs"};
        research.purposes = {"HRESCH"};
        clients.push_back(std::move(research));
        Client portal;
        portal.id = "portal";
        portal.secret_sha256 = sha256_hex("door");
        portal.scopes = {"patient/*.rs", "system/Observation.rs?category=laboratory"};
        portal.acts_for_patients = true;
        clients.push_back(std::move(portal));
        tokens.emplace(std::move(clients), clock, kTokenUrl);
    }
    void pass(std::int64_t seconds) { clock.set({clock.now().microseconds + seconds * kMicrosecondsPerSecond}); }

    Result<Token> by_assertion(const std::string& assertion, const std::string& scope = "") {
        TokenRequest request;
        request.grant_type = "client_credentials";
        request.client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        request.client_assertion = assertion;
        request.scope = scope;
        return tokens->issue(request);
    }
    Result<Token> by_secret(const std::string& id, const std::string& secret, const std::string& scope = "",
                            const std::string& address = "10.0.0.7") {
        TokenRequest request;
        request.grant_type = "client_credentials";
        request.client_id = id;
        request.client_secret = secret;
        request.scope = scope;
        request.address = address;
        return tokens->issue(request);
    }
    std::string rule(const Result<Token>& token) const { return token ? "" : rule_of(token.error()); }
};

std::string assertion(const ClientKey& key, const std::string& client, const std::string& id, std::int64_t expires = kNow + 200,
                      const std::string& audience = kTokenUrl, const std::string& kid = "k1") {
    return sign_assertion(key.pem(), kid, client, audience, expires, id);
}

} // namespace

BOOST_AUTO_TEST_SUITE(tokens)

BOOST_AUTO_TEST_CASE(signed_assertions_of_both_algorithms_get_a_token) {
    Desk desk;
    for (const auto& [client, key] : {std::pair("rsa", &rsa_key()), std::pair("ec", &ec_key())}) {
        const auto token = desk.by_assertion(assertion(*key, client, "1"));
        BOOST_REQUIRE(token.has_value());
        BOOST_TEST(token->expires_in_seconds == 300u);
        BOOST_TEST(token->client_id == client);
        BOOST_TEST(token->scope == "system/*.rs system/Observation.cud");
        const auto caller = desk.tokens->authenticate("Bearer " + token->access_token);
        BOOST_REQUIRE(caller.has_value());
        BOOST_TEST(caller->client_id == client);
        BOOST_TEST(caller->organization == "341002H0001");
        BOOST_TEST(caller->purpose == "TREAT");
    }
}

BOOST_AUTO_TEST_CASE(an_assertion_is_used_once) {
    Desk desk;
    const auto once = assertion(rsa_key(), "rsa", "1");
    BOOST_TEST(desk.rule(desk.by_assertion(once)) == "");
    BOOST_TEST(desk.rule(desk.by_assertion(once)) == "token-replayed");
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(rsa_key(), "rsa", "1", kNow + 100))) == "token-replayed");
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(rsa_key(), "rsa", "2"))) == "");
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(ec_key(), "ec", "1"))) == ""); // the jti of another client
    desk.pass(250);
    BOOST_TEST(desk.rule(desk.by_assertion(once)) == "token-assertion"); // forgotten only when it has expired
}

BOOST_AUTO_TEST_CASE(an_assertion_is_used_once_over_a_restart_too) {
    const huitong::tests::Folder folder;
    const auto once = assertion(rsa_key(), "rsa", "1");
    const auto desk = [&] {
        Desk out;
        out.tokens->keep_assertions_in(folder.file("used-assertions"));
        return out.rule(out.by_assertion(once));
    };
    BOOST_TEST(desk() == "");
    BOOST_TEST(desk() == "token-replayed");
    Desk unwritable;
    unwritable.tokens->keep_assertions_in(folder.file("nowhere/used-assertions"));
    BOOST_TEST(unwritable.rule(unwritable.by_assertion(once)) == "token-not-kept");
}

BOOST_AUTO_TEST_CASE(an_assertion_lives_at_most_five_minutes) {
    Desk desk;
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(rsa_key(), "rsa", "1", kNow + 300))) == "");
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(rsa_key(), "rsa", "2", kNow + 301))) == "token-assertion");
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(rsa_key(), "rsa", "3", kNow))) == "token-assertion");
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(rsa_key(), "rsa", "4", kNow - 1))) == "token-assertion");
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(rsa_key(), "rsa", "5", kNow + 1))) == "");
}

BOOST_AUTO_TEST_CASE(an_assertion_is_for_this_door) {
    Desk desk;
    for (const auto* audience : {"https://other.example/auth/token", "https://hub.example/auth/token/", "https://hub.example", ""})
        BOOST_TEST(desk.rule(desk.by_assertion(assertion(rsa_key(), "rsa", "1", kNow + 100, audience))) == "token-assertion", audience);
}

BOOST_AUTO_TEST_CASE(a_wrong_key_an_unknown_client_and_a_changed_claim_get_one_answer) {
    Desk desk;
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(ClientKey::rsa(), "rsa", "1"))) == "token-client");
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(ClientKey::ec(), "ec", "1"))) == "token-client");
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(ec_key(), "rsa", "1"))) == "token-client");
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(rsa_key(), "nobody", "1"))) == "token-client");
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(rsa_key(), "small", "1"))) == "token-client"); // has a secret, no keys
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(rsa_key(), "rsa", ""))) == "token-client");    // no jti
    BOOST_TEST(desk.rule(desk.by_assertion(assertion(rsa_key(), "rsa", "1", kNow + 100, kTokenUrl, "k2"))) == "token-client");
    const auto good = assertion(rsa_key(), "rsa", "1");
    const auto first = good.find('.'), second = good.rfind('.');
    auto claims = *decode_base64url(good.substr(first + 1, second - first - 1));
    claims.replace(claims.find("\"jti\":\"1\""), 9, "\"jti\":\"7\"");
    BOOST_TEST(desk.rule(desk.by_assertion(good.substr(0, first + 1) + encode_base64url(claims) + good.substr(second))) == "token-client");
    for (const auto& text : {std::string("x"), std::string("a.b.c"), good.substr(0, second), good + ".x", good.substr(0, second + 1)})
        BOOST_TEST(desk.rule(desk.by_assertion(text)) == "token-client", text.substr(0, 10));
}

BOOST_AUTO_TEST_CASE(the_algorithm_is_not_the_clients_to_weaken) {
    Desk desk;
    const auto good = assertion(rsa_key(), "rsa", "1");
    const auto body = good.substr(good.find('.'));
    const auto claims = body.substr(0, body.rfind('.') + 1);
    for (const auto* header : {R"({"alg":"none"})", R"({"alg":"HS256","kid":"k1"})", R"({"alg":"ES384","kid":"k1"})",
                               R"({"alg":"RS256","kid":"k1"})", R"({"alg":"RS384","kid":"k1","crit":["exp"]})", R"({})"}) {
        const auto head = encode_base64url(header);
        BOOST_TEST(desk.rule(desk.by_assertion(head + body)) == "token-client", header);
        BOOST_TEST(desk.rule(desk.by_assertion(head + claims)) == "token-client", header);
    }
    BOOST_TEST(desk.rule(desk.by_assertion(good)) == "");
}

BOOST_AUTO_TEST_CASE(short_keys_and_other_curves_are_refused) {
    const auto weak = ClientKey::rsa(1024);
    const auto signed_weak = read_jwt(assertion(weak, "rsa", "1"));
    BOOST_REQUIRE(signed_weak);
    BOOST_TEST(!verify_jwt(*signed_weak, weak.jwks("k1")));
    const auto signed_well = read_jwt(assertion(ec_key(), "ec", "1"));
    BOOST_TEST(verify_jwt(*signed_well, ec_key().jwks("k1")));
    BOOST_TEST(!verify_jwt(*signed_well, ClientKey::ec("P-256").jwks("k1")));
    for (const auto* set : {"", "{}", "[]", R"({"keys":[{}]})", R"({"keys":[{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}]})"})
        BOOST_TEST(!verify_jwt(*signed_well, set), set);
}

BOOST_AUTO_TEST_CASE(the_assertion_type_is_named) {
    Desk desk;
    TokenRequest request;
    request.grant_type = "client_credentials";
    request.client_assertion = assertion(rsa_key(), "rsa", "1");
    BOOST_TEST(desk.rule(desk.tokens->issue(request)) == "token-assertion");
    request.client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
    BOOST_TEST(desk.rule(desk.tokens->issue(request)) == "token-assertion");
    request.grant_type = "password";
    BOOST_TEST(desk.rule(desk.tokens->issue(request)) == "token-grant");
}

BOOST_AUTO_TEST_CASE(a_secret_opens_for_its_client_alone) {
    Desk desk;
    const auto token = desk.by_secret("small", "right");
    BOOST_REQUIRE(token.has_value());
    BOOST_TEST(desk.tokens->authenticate("Bearer " + token->access_token)->practitioner == "D007");
    for (const auto& [id, secret] : {std::pair("small", "wrong"), std::pair("small", ""), std::pair("rsa", "right"), std::pair("rsa", ""),
                                     std::pair("nobody", "right"), std::pair("", "")})
        BOOST_TEST(desk.rule(desk.by_secret(id, secret)) == "token-client", id);
}

BOOST_AUTO_TEST_CASE(who_guesses_waits_and_does_not_lock_out_the_client) {
    Desk desk;
    for (std::size_t i = 0; i < kFailuresPerMinuteMax; ++i)
        BOOST_TEST(desk.rule(desk.by_secret("small", std::to_string(i))) == "token-client");
    BOOST_TEST(desk.rule(desk.by_secret("small", "right")) == "token-slow-down"); // else a guess more a moment would do no harm
    BOOST_TEST(desk.rule(desk.by_secret("small", "right", "", "10.0.0.8")) == "");
    BOOST_TEST(desk.rule(desk.by_secret("rsa", "x")) == "token-client"); // another client at the same address
    desk.pass(60);
    BOOST_TEST(desk.rule(desk.by_secret("small", "right")) == "");
    for (std::size_t i = 0; i < kFailuresPerMinuteMax; ++i) (void)desk.by_secret("guess-" + std::to_string(i), "x");
    BOOST_TEST(desk.rule(desk.by_secret("guess", "x")) == "token-slow-down"); // unknown clients count together
    BOOST_TEST(desk.rule(desk.by_secret("small", "right")) == "");
}

BOOST_AUTO_TEST_CASE(scopes_are_narrowed_and_never_widened) {
    Desk desk;
    auto scope_of = [&](const std::string& asked) {
        const auto token = desk.by_secret("small", "right", asked);
        return token ? token->scope : rule_of(token.error());
    };
    BOOST_TEST(scope_of("") == "system/Patient.rs patient/Observation.rs");
    BOOST_TEST(scope_of("system/Patient.r") == "system/Patient.r");
    BOOST_TEST(scope_of("system/Patient.read") == "system/Patient.read");
    BOOST_TEST(scope_of("system/Patient.rs?gender=female") == "system/Patient.rs?gender=female");
    BOOST_TEST(scope_of("system/Patient.s  system/Patient.cruds") == "system/Patient.s");
    for (const auto* asked : {"system/Patient.cruds", "system/Patient.*", "system/*.rs", "system/.rs", "system/Observation.rs",
                              "user/Patient.rs", "patient/Patient.rs", "system/Patient.", "openid", "system/Patient.cud?x=y"})
        BOOST_TEST(scope_of(asked) == "token-scope", asked);
}

BOOST_AUTO_TEST_CASE(a_token_ends_with_its_time_and_is_not_guessed) {
    Desk desk;
    const auto token = desk.by_secret("small", "right").value().access_token;
    BOOST_TEST(token != desk.by_secret("small", "right").value().access_token);
    BOOST_TEST(desk.tokens->authenticate("bearer " + token).has_value());
    BOOST_TEST(rule_of(desk.tokens->authenticate("").error()) == "token-missing");
    for (const auto& header :
         std::vector<std::string>{token, "Basic " + token, "Bearer", "Bearer ", "Bearer " + token + "x", "Bearer  " + token})
        BOOST_TEST(rule_of(desk.tokens->authenticate(header).error()) == "token-invalid", header.substr(0, 8));
    desk.pass(301);
    BOOST_TEST(rule_of(desk.tokens->authenticate("Bearer " + token).error()) == "token-expired");
}

BOOST_AUTO_TEST_CASE(the_owner_of_the_directory_gets_no_more_than_the_client_may) {
    Desk desk;
    auto issue = [&](const char* client, const char* scope, const char* purpose, const char* reason = "") {
        TokenRequest request;
        request.client_id = client;
        request.scope = scope;
        request.purpose = purpose;
        request.reason = reason;
        return desk.tokens->issue_locally(request);
    };
    BOOST_TEST(issue("small", "system/Patient.r", "BTG", "found unconscious").value().scope == "system/Patient.r");
    BOOST_TEST(desk.rule(issue("small", "system/*.rs", "")) == "token-scope");
    BOOST_TEST(desk.rule(issue("rsa", "", "BTG", "found unconscious")) == "token-scope");
    BOOST_TEST(desk.rule(issue("nobody", "", "")) == "token-client");
}

// A record that is closed to research is not opened by another word for it.
BOOST_AUTO_TEST_CASE(who_is_registered_for_purposes_gets_those_alone) {
    Desk desk;
    const auto purpose = [&](const char* client, const char* asked) {
        TokenRequest request;
        request.client_id = client;
        request.purpose = asked;
        const auto token = desk.tokens->issue_locally(request);
        return token ? token->caller.purpose : desk.rule(token);
    };
    BOOST_TEST(purpose("research", "") == "HRESCH");
    BOOST_TEST(purpose("research", "HRESCH") == "HRESCH");
    BOOST_TEST(purpose("research", "TREAT") == "token-scope");
    BOOST_TEST(purpose("rsa", "TREAT") == "TREAT"); // registered for none
    BOOST_TEST(purpose("rsa", "HRESCH") == "token-scope");
    BOOST_TEST(purpose("small", "TREAT") == "TREAT");
}

BOOST_AUTO_TEST_CASE(glass_is_broken_with_a_reason_and_never_by_default) {
    Desk desk;
    auto ask = [&](const char* purpose, const std::string& reason) {
        TokenRequest request;
        request.grant_type = "client_credentials";
        request.client_id = "small";
        request.client_secret = "right";
        request.purpose = purpose;
        request.reason = reason;
        return desk.tokens->issue(request);
    };
    BOOST_TEST(desk.rule(ask("BTG", "")) == "token-reason");
    BOOST_TEST(desk.rule(ask("BTG", "  ")) == "token-reason");
    BOOST_TEST(desk.tokens->emergencies() == 0u);
    const auto token = ask("BTG", "found unconscious").value();
    BOOST_TEST(token.caller.reason == "found unconscious");
    BOOST_TEST(desk.tokens->authenticate("Bearer " + token.access_token)->purpose == "BTG");
    BOOST_TEST(desk.tokens->emergencies() == 1u);
    BOOST_TEST(ask("", "").value().caller.purpose == "TREAT");
    BOOST_TEST(ask("TREAT", "not asked for").value().caller.reason == "");
    BOOST_TEST(ask("BTG", std::string(499, 'x') + "中").value().caller.reason == std::string(499, 'x'));
}

BOOST_AUTO_TEST_CASE(a_portal_alone_gets_tokens_of_patients) {
    Desk desk;
    auto ask = [&](const char* client, const char* secret) {
        TokenRequest request;
        request.grant_type = "client_credentials";
        request.client_id = client;
        request.client_secret = secret;
        request.patient = "p1";
        return desk.tokens->issue(request);
    };
    BOOST_TEST(desk.rule(ask("small", "right")) == "token-patient");
    const auto token = ask("portal", "door").value();
    BOOST_TEST(token.patient == "p1");
    BOOST_TEST(desk.tokens->authenticate("Bearer " + token.access_token)->patient_id == "p1");
}

BOOST_AUTO_TEST_CASE(a_token_is_looked_at_and_ended_by_those_who_show_credentials) {
    Desk desk;
    TokenRequest small, portal, guesser;
    small.client_id = guesser.client_id = "small";
    small.client_secret = "right";
    portal.client_id = "portal";
    portal.client_secret = "door";
    const auto token = desk.by_secret("small", "right", "system/Patient.r").value().access_token;
    const auto facts = desk.tokens->introspect(portal, token).value();
    BOOST_REQUIRE(facts);
    BOOST_TEST(facts->client_id == "small");
    BOOST_TEST(facts->scope == "system/Patient.r");
    BOOST_TEST(facts->expires_seconds == kNow + 300);
    BOOST_TEST(rule_of(desk.tokens->introspect(guesser, token).error()) == "token-client");
    BOOST_TEST(!desk.tokens->introspect(portal, "unknown").value());
    BOOST_TEST(rule_of(desk.tokens->app_of(guesser).error()) == "token-client");
    // Another client's token stays, and the answer does not tell that it is one.
    desk.tokens->revoke(*desk.tokens->app_of(portal).value(), token);
    BOOST_TEST(desk.tokens->authenticate("Bearer " + token).has_value());
    desk.tokens->revoke(*desk.tokens->app_of(small).value(), token);
    BOOST_TEST(rule_of(desk.tokens->authenticate("Bearer " + token).error()) == "token-invalid");
    BOOST_TEST(!desk.tokens->introspect(portal, token).value());
}

BOOST_AUTO_TEST_CASE(a_condition_is_not_lost_on_the_way_to_a_token) {
    Desk desk;
    const auto secret = [&](const char* scope) { return desk.by_secret("portal", "door", scope); };
    BOOST_TEST(secret("system/Observation.rs?category=laboratory").value().scope == "system/Observation.rs?category=laboratory");
    BOOST_TEST(secret("system/Observation.r?category=laboratory").value().scope == "system/Observation.r?category=laboratory");
    for (const auto* wider :
         {"system/Observation.rs", "system/Observation.rs?category=imaging", "system/Observation.cud?category=laboratory"})
        BOOST_TEST(desk.rule(secret(wider)) == "token-scope", wider);
}

BOOST_AUTO_TEST_CASE(base64url_is_what_rfc_4648_says) {
    for (const auto& [plain, coded] :
         {std::pair("", ""), std::pair("f", "Zg"), std::pair("fo", "Zm8"), std::pair("foo", "Zm9v"), std::pair("\xFB\xFF\xBF", "-_-_")}) {
        BOOST_TEST(encode_base64url(plain) == coded);
        BOOST_TEST(decode_base64url(coded).value() == plain);
    }
    for (const auto* bad : {"Zg==", "Z", "Zm9v+", "Zm 9v", "Zm9vZ"}) BOOST_TEST(!decode_base64url(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
