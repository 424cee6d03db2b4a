#include "access/openid.hpp"

#include "base/sha256.hpp"
#include "base/url_query.hpp"
#include "fhir/json.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

namespace huitong::access {
namespace {

constexpr std::int64_t kKeptSeconds = 3'600;       ///< discovery document and keys
constexpr std::int64_t kFailedSeconds = 10;        ///< until one that did not answer is asked again
constexpr std::int64_t kAnewSeconds = 60;          ///< between two fetches because of an unknown key
constexpr std::int64_t kClockSkewSeconds = 60;     ///< between the provider's clock and ours
constexpr std::int64_t kIssuedBeforeSeconds = 600; ///< a token that was issued longer ago is none of this sign-in

Outcome no_provider(const std::string& issuer) { return error(IssueCode::transient, "", "openid-provider", {issuer}); }
Outcome bad_token(std::string what) { return error(IssueCode::login, "", "openid-token", {std::move(what)}); }

std::string random_text() {
    std::string bytes(32, '\0');
    RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    return encode_base64url(bytes);
}

std::string as_text(const std::array<unsigned char, 32>& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

/// The left half of the digest that goes with the token's algorithm. Source: OpenID Connect Core 1.0 §3.1.3.6.
std::string hash_of_access_token(std::string_view algorithm, std::string_view access_token) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    const auto* kind = algorithm.ends_with("384") ? EVP_sha384() : EVP_sha256();
    if (EVP_Digest(access_token.data(), access_token.size(), digest.data(), &size, kind, nullptr) != 1) return {};
    return encode_base64url(std::string_view(reinterpret_cast<const char*>(digest.data()), size / 2));
}

fhir::DocumentPtr read_object(std::string text) {
    auto parsed = fhir::read_plain_json(std::move(text));
    return parsed.issues.has_errors() ? nullptr : parsed.value;
}

/// Addresses of the provider are as safe as its issuer: over TLS, unless the issuer itself stands on this machine.
bool is_safe(const std::string& address, const std::string& issuer) {
    return address.starts_with("https://") || (is_on_this_machine(issuer) && is_on_this_machine(address));
}

} // namespace

bool is_on_this_machine(std::string_view address) {
    constexpr std::string_view kHost = "http://127.0.0.1";
    if (!address.starts_with(kHost)) return false;
    address.remove_prefix(kHost.size());
    const auto place = address.substr(0, address.find_first_of("/?#"));
    constexpr std::size_t kPortMax = 6; // with its colon
    return place.empty() || (place.front() == ':' && place.size() <= kPortMax && place.find_first_not_of("0123456789", 1) == place.npos);
}

OpenIdAttempt new_attempt() { return {random_text(), random_text()}; }

OpenIdProvider::OpenIdProvider(OpenIdSettings settings, const Clock& clock, Fetch fetch)
    : settings_(std::move(settings)), clock_(clock), fetch_(std::move(fetch)) {}

Result<OpenIdProvider::Document> OpenIdProvider::document() {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.now();
    const auto is_younger = [&](Instant at, std::int64_t seconds) {
        return now.microseconds < at.microseconds + seconds * kMicrosecondsPerSecond;
    };
    if (document_ && is_younger(document_at_, kKeptSeconds)) return *document_;
    if (failure_ && is_younger(failed_at_, kFailedSeconds)) return *failure_;
    auto out = fetch_document();
    failure_.reset();
    if (!out) {
        failure_ = out.error();
        failed_at_ = clock_.now();
        return out;
    }
    document_ = *out;
    document_at_ = now;
    const std::lock_guard known(known_mutex_);
    authorization_ = out->authorization;
    return out;
}

Outcome OpenIdProvider::learn() {
    const auto found = document();
    return found ? Outcome() : found.error();
}

std::string OpenIdProvider::authorization_address() const {
    const std::lock_guard lock(known_mutex_);
    return authorization_;
}

Result<OpenIdProvider::Document> OpenIdProvider::fetch_document() {
    auto base = settings_.issuer;
    if (base.ends_with('/')) base.pop_back();
    auto text = fetch_({base + "/.well-known/openid-configuration", {}});
    if (!text) return text.error();
    const auto read = read_object(std::move(*text));
    if (!read || read->root().text("issuer") != settings_.issuer) return no_provider(settings_.issuer);
    const auto root = read->root();
    Document out{std::string(root.text("authorization_endpoint")), std::string(root.text("token_endpoint")),
                 std::string(root.text("jwks_uri"))};
    for (const auto& address : {out.authorization, out.token, out.keys}) {
        if (!is_safe(address, settings_.issuer)) return no_provider(settings_.issuer);
    }
    return out;
}

Result<std::string> OpenIdProvider::keys(bool anew) {
    const auto found = document();
    if (!found) return found.error();
    const std::lock_guard lock(mutex_);
    const auto age = clock_.now().microseconds - keys_at_.microseconds;
    if (!keys_.empty() && age < (anew ? kAnewSeconds : kKeptSeconds) * kMicrosecondsPerSecond) return keys_;
    auto text = fetch_({found->keys, {}});
    if (!text) return text.error();
    keys_ = std::move(*text);
    keys_at_ = clock_.now();
    return keys_;
}

Outcome OpenIdProvider::check_signature(const Jwt& jwt) {
    for (const bool anew : {false, true}) {
        const auto found = keys(anew);
        if (!found) return found.error();
        if (verify_jwt(jwt, *found)) return {};
    }
    return bad_token("signature");
}

Outcome OpenIdProvider::check_claims(const Jwt& jwt, const OpenIdAttempt& attempt, std::string_view access_token) const {
    const auto now = clock_.now().microseconds / kMicrosecondsPerSecond;
    const auto& audiences = jwt.audiences;
    if (jwt.issuer != settings_.issuer) return bad_token("iss");
    if (std::find(audiences.begin(), audiences.end(), settings_.client_id) == audiences.end()) return bad_token("aud");
    if ((audiences.size() > 1 || !jwt.authorized_party.empty()) && jwt.authorized_party != settings_.client_id) return bad_token("azp");
    if (jwt.expires_seconds + kClockSkewSeconds <= now) return bad_token("exp");
    const bool is_of_now = jwt.issued_seconds <= now + kClockSkewSeconds && jwt.issued_seconds + kIssuedBeforeSeconds > now;
    if (!is_of_now) return bad_token("iat");
    if (jwt.not_before_seconds > now + kClockSkewSeconds) return bad_token("nbf");
    if (jwt.nonce != attempt.nonce) return bad_token("nonce");
    if (!jwt.access_token_hash.empty() && jwt.access_token_hash != hash_of_access_token(jwt.algorithm, access_token))
        return bad_token("at_hash");
    return {};
}

Result<std::string> OpenIdProvider::address_of(const OpenIdAttempt& attempt, const std::string& redirect_uri, const std::string& state) {
    const auto found = document();
    if (!found) return found.error();
    const auto& address = found->authorization;
    return address + (address.find('?') == address.npos ? '?' : '&') + "response_type=code&client_id=" + encode_url(settings_.client_id) +
           "&redirect_uri=" + encode_url(redirect_uri) + "&scope=" + encode_url(settings_.scope) + "&state=" + encode_url(state) +
           "&nonce=" + encode_url(attempt.nonce) + "&code_challenge=" + encode_base64url(as_text(sha256(attempt.verifier))) +
           "&code_challenge_method=S256";
}

Result<std::string> OpenIdProvider::login_of(const OpenIdAttempt& attempt, const std::string& redirect_uri, const std::string& code) {
    const auto found = document();
    if (!found) return found.error();
    auto form = "grant_type=authorization_code&code=" + encode_url(code) + "&redirect_uri=" + encode_url(redirect_uri) +
                "&client_id=" + encode_url(settings_.client_id) + "&code_verifier=" + encode_url(attempt.verifier);
    if (!settings_.client_secret.empty()) form += "&client_secret=" + encode_url(settings_.client_secret);
    auto text = fetch_({found->token, std::move(form)});
    if (!text) return text.error();
    const auto answer = read_object(std::move(*text));
    const auto jwt = answer ? read_jwt(answer->root().text("id_token")) : std::nullopt;
    if (!jwt) return bad_token("id_token");
    if (auto issues = check_signature(*jwt); !issues.empty()) return issues;
    if (auto issues = check_claims(*jwt, attempt, answer->root().text("access_token")); !issues.empty()) return issues;
    const auto claims = read_object(jwt->claims);
    std::string login(claims ? claims->root().text(settings_.login_claim) : std::string_view());
    if (login.empty()) return bad_token(settings_.login_claim);
    return login;
}

} // namespace huitong::access
