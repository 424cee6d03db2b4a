// The hub as relying party: what it asks the provider, and which answers sign nobody in.
// Source: OpenID Connect Core 1.0 §3.1.3.7; Discovery 1.0 §4.3.
#include "access/openid.hpp"
#include "base/url_query.hpp"
#include "support/files.hpp"
#include "unit/access/keys.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

using namespace huitong;
using namespace huitong::access;
using namespace huitong::access::tests;
using huitong::tests::rule_of;

namespace {

constexpr auto kIssuer = "https://login.example";
constexpr auto kBack = "https://hub.example/auth/callback";
constexpr std::int64_t kNow = 1'800'000'000;

/// RS384 over the parts as they are.
std::string sign(const ClientKey& key, const std::string& header, const std::string& claims) {
    const auto text = encode_base64url(header) + '.' + encode_base64url(claims);
    const auto pem = key.pem();
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> read(PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr),
                                                                   EVP_PKEY_free);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::string signature(1'024, '\0');
    std::size_t size = signature.size();
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha384(), nullptr, read.get());
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    signature.resize(size);
    return text + '.' + encode_base64url(signature);
}

const ClientKey& provider_key() {
    static const auto key = ClientKey::rsa();
    return key;
}
const ClientKey& other_key() {
    static const auto key = ClientKey::rsa();
    return key;
}

struct Provider {
    SetClock clock{Instant{kNow * kMicrosecondsPerSecond}};
    std::string issuer_in_document = kIssuer, token_address = "https://login.example/token";
    std::string keys = provider_key().jwks("k1");
    std::map<std::string, std::string> claims; ///< JSON, "" = left out
    std::string header = R"({"alg":"RS384","kid":"k1"})";
    const ClientKey* key = &provider_key();
    OpenIdAttempt attempt{"the-nonce", "the-verifier"};
    std::vector<OpenIdProvider::Call> calls;
    OpenIdProvider hub{settings(), clock, [this](const OpenIdProvider::Call& call) { return answer(call); }};

    static OpenIdSettings settings() {
        OpenIdSettings out;
        out.issuer = kIssuer;
        out.client_id = "huitong";
        out.client_secret = "s&cret";
        return out;
    }
    Result<std::string> answer(const OpenIdProvider::Call& call) {
        calls.push_back(call);
        if (call.url.ends_with("/.well-known/openid-configuration"))
            return R"({"issuer":")" + issuer_in_document +
                   R"(","authorization_endpoint":"https://login.example/authorize?tenant=1","token_endpoint":")" + token_address +
                   R"(","jwks_uri":"https://login.example/keys"})";
        if (call.url == "https://login.example/keys") return keys;
        return R"({"access_token":"an access token","id_token":")" + id_token() + "\"}";
    }
    std::string id_token() const {
        std::map<std::string, std::string> all = {
            {"iss", R"("https://login.example")"}, {"aud", R"("huitong")"},     {"sub", R"("0815")"},
            {"preferred_username", R"("wang")"},   {"nonce", R"("the-nonce")"}, {"iat", std::to_string(kNow)},
            {"exp", std::to_string(kNow + 300)}};
        for (const auto& [name, value] : claims) all[name] = value;
        std::string out;
        for (const auto& [name, value] : all) {
            if (!value.empty()) out += (out.empty() ? "{\"" : ",\"") + name + "\":" + value;
        }
        return sign(*key, header, out + '}');
    }
    Result<std::string> login() { return hub.login_of(attempt, kBack, "the code"); }
    /// What of the token is not good, "" = nothing.
    std::string complaint() {
        const auto found = login();
        if (found) return {};
        const auto issues = found.error();
        const auto& issue = *issues.leading();
        return issue.rule == "openid-token" ? issue.arguments.at(0) : issue.rule;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(openid)

BOOST_FIXTURE_TEST_CASE(the_browser_is_sent_with_state_nonce_and_challenge, Provider) {
    const auto address = hub.address_of(attempt, kBack, "a state").value();
    BOOST_TEST(address.starts_with("https://login.example/authorize?tenant=1&"));
    std::map<std::string, std::string> query;
    for (auto& [name, value] : read_url_query(address.substr(address.find('?') + 1))) query[name] = value;
    BOOST_TEST(query["response_type"] == "code");
    BOOST_TEST(query["client_id"] == "huitong");
    BOOST_TEST(query["redirect_uri"] == kBack);
    BOOST_TEST(query["state"] == "a state");
    BOOST_TEST(query["nonce"] == "the-nonce");
    BOOST_TEST(query["code_challenge_method"] == "S256");
    BOOST_TEST(query["code_challenge"].size() == 43U);
}

BOOST_FIXTURE_TEST_CASE(a_good_token_names_the_login, Provider) {
    BOOST_TEST(login().value() == "wang");
    const auto form = read_url_query(calls.at(1).form);
    const auto field = [&](std::string_view name) {
        for (const auto& [key_, value] : form) {
            if (key_ == name) return value;
        }
        return std::string();
    };
    BOOST_TEST(calls.at(1).url == token_address);
    BOOST_TEST(field("code") == "the code");
    BOOST_TEST(field("code_verifier") == "the-verifier");
    BOOST_TEST(field("client_secret") == "s&cret");
}

BOOST_FIXTURE_TEST_CASE(each_claim_is_checked, Provider) {
    const auto seconds = [](std::int64_t from_now) { return std::to_string(kNow + from_now); };
    const struct {
        const char* claim;
        std::string value;
        const char* complaint;
    } cases[] = {{"iss", R"("https://evil.example")", "iss"},
                 {"aud", R"("another")", "aud"},
                 {"aud", R"(["huitong","another"])", "azp"},
                 {"azp", R"("another")", "azp"},
                 {"azp", R"("huitong")", ""},
                 {"exp", seconds(-61), "exp"},
                 {"exp", seconds(-59), ""},
                 {"exp", "", "exp"},
                 {"iat", seconds(-601), "iat"},
                 {"iat", seconds(61), "iat"},
                 {"nbf", seconds(61), "nbf"},
                 {"nonce", R"("another")", "nonce"},
                 {"nonce", "", "nonce"},
                 {"at_hash", R"("AAAA")", "at_hash"},
                 {"preferred_username", "", "preferred_username"}};
    for (const auto& one : cases) {
        claims = {{one.claim, one.value}};
        BOOST_TEST(complaint() == one.complaint, one.claim << " " << one.value);
    }
}

BOOST_FIXTURE_TEST_CASE(a_signature_must_be_of_a_key_of_the_provider, Provider) {
    key = &other_key();
    BOOST_TEST(complaint() == "signature");
    key = &provider_key();
    for (const auto* wrong : {R"({"alg":"none","kid":"k1"})", R"({"alg":"HS256","kid":"k1"})", R"({"alg":"RS256","kid":"k1"})"}) {
        header = wrong;
        BOOST_TEST(complaint() == "signature", wrong);
    }
}

BOOST_FIXTURE_TEST_CASE(a_new_key_is_looked_up_once_a_minute, Provider) {
    const auto fetched = [&] {
        return std::count_if(calls.begin(), calls.end(), [](const auto& call) { return call.url == "https://login.example/keys"; });
    };
    BOOST_TEST(complaint() == "");
    BOOST_TEST(fetched() == 1);
    keys = other_key().jwks("k2");
    key = &other_key();
    header = R"({"alg":"RS384","kid":"k2"})";
    BOOST_TEST(complaint() == "signature"); // asked a moment ago
    BOOST_TEST(fetched() == 1);
    clock.set(Instant{(kNow + 61) * kMicrosecondsPerSecond});
    BOOST_TEST(complaint() == "");
    BOOST_TEST(fetched() == 2);
    BOOST_TEST(complaint() == "");
    BOOST_TEST(fetched() == 2);
}

BOOST_AUTO_TEST_CASE(a_document_of_another_issuer_is_no_provider) {
    Provider other, plain;
    other.issuer_in_document = "https://evil.example";
    BOOST_TEST(rule_of(other.login().error()) == "openid-provider");
    plain.token_address = "http://login.example/token";
    BOOST_TEST(rule_of(plain.login().error()) == "openid-provider");
}

BOOST_AUTO_TEST_CASE(a_provider_for_trials_stands_on_this_machine) {
    for (const auto* address : {"http://127.0.0.1", "http://127.0.0.1:8080", "http://127.0.0.1/realm", "http://127.0.0.1:80/a?b"})
        BOOST_TEST(is_on_this_machine(address), address);
    for (const auto* address : {"http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example", "http://127.0.0.1:80@evil.example/",
                                "http://127.0.0.10", "https://login.example", "http://login.example", ""})
        BOOST_TEST(!is_on_this_machine(address), address);
}

BOOST_AUTO_TEST_CASE(a_provider_that_does_not_answer_is_not_waited_for_by_everybody) {
    SetClock clock{Instant{kNow * kMicrosecondsPerSecond}};
    int calls = 0;
    OpenIdProvider hub(Provider::settings(), clock, [&](const OpenIdProvider::Call&) -> Result<std::string> {
        ++calls;
        return Outcome(error(IssueCode::transient, "", "openid-provider", {kIssuer}));
    });
    for (int asked = 0; asked < 5; ++asked) BOOST_TEST(rule_of(hub.learn()) == "openid-provider");
    BOOST_TEST(calls == 1);
    BOOST_TEST(hub.authorization_address() == "");
    clock.set(Instant{(kNow + 11) * kMicrosecondsPerSecond});
    BOOST_TEST(!hub.learn().empty());
    BOOST_TEST(calls == 2);
}

BOOST_FIXTURE_TEST_CASE(people_are_sent_where_the_document_says, Provider) {
    BOOST_TEST(hub.authorization_address() == "");
    BOOST_TEST(hub.learn().empty());
    BOOST_TEST(hub.authorization_address() == "https://login.example/authorize?tenant=1");
}

BOOST_AUTO_TEST_SUITE_END()
