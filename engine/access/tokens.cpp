#include "access/tokens.hpp"

#include "access/jwt.hpp"
#include "base/charset.hpp"
#include "base/sha256.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

namespace huitong::access {
namespace {

constexpr std::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = text.find(separator);
        if (end != 0) out.emplace_back(text.substr(0, end));
        text = end == text.npos ? std::string_view() : text.substr(end + 1);
    }
    return out;
}

bool same_secret(const std::string& a, const std::string& b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// A scope is granted when the client has it literally, or has some of the same context as wide for every letter asked: what is asked for
/// "system" is not within what is allowed for "patient", and what is allowed under a condition is so only under that condition.
bool is_within(const std::string& asked, const std::vector<std::string>& allowed) {
    if (std::find(allowed.begin(), allowed.end(), asked) != allowed.end()) return true;
    const auto mark = asked.find('?');
    const auto plain = asked.substr(0, mark);
    const auto slash = plain.find('/');
    const auto dot = plain.rfind('.');
    if (slash == plain.npos || dot == plain.npos || dot < slash) return false;
    Caller wide;
    wide.patient_id = "any";
    for (const auto& scope : allowed) {
        const auto query = scope.find('?');
        if (!scope.starts_with(plain.substr(0, slash + 1))) continue;
        if (query == scope.npos) wide.scopes.push_back(scope);
        else if (mark != asked.npos && scope.substr(query) == asked.substr(mark)) wide.scopes.push_back(scope.substr(0, query));
    }
    const auto type = plain.substr(slash + 1, dot - slash - 1);
    auto letters = plain.substr(dot + 1);
    if (letters == "read") letters = "rs";
    if (letters == "write") letters = "cud";
    if (letters == "*") letters = "cruds";
    return !letters.empty() &&
           std::all_of(letters.begin(), letters.end(), [&](char right) { return may(wide, right, type == "*" ? std::string() : type); });
}

/// At most so many bytes, whole characters.
std::string prefix_of(const std::string& text, std::size_t bytes_max) {
    auto end = std::min(text.size(), bytes_max);
    while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

Outcome refused() { return error(IssueCode::login, "", "token-client"); }

} // namespace

const Client* Tokens::find(std::string_view client_id) const {
    const auto found = std::find_if(clients_.begin(), clients_.end(), [&](const Client& client) { return client.id == client_id; });
    return found == clients_.end() ? nullptr : &*found;
}

Outcome Tokens::check_assertion(const Client& client, const TokenRequest& request) {
    if (request.client_assertion_type != kAssertionType) return error(IssueCode::invalid, "client_assertion_type", "token-assertion");
    const auto jwt = read_jwt(request.client_assertion);
    if (!jwt || jwt->issuer != client.id || jwt->subject != client.id || jwt->id.empty()) return refused();
    if (!verify_jwt(*jwt, client.jwks)) return refused();
    const auto now = clock_.now().microseconds / kMicrosecondsPerSecond;
    if (std::find(jwt->audiences.begin(), jwt->audiences.end(), token_url_) == jwt->audiences.end())
        return error(IssueCode::login, "aud", "token-assertion");
    if (jwt->expires_seconds <= now || jwt->expires_seconds > now + kAssertionSecondsMax || jwt->not_before_seconds > now + kSkewSeconds)
        return error(IssueCode::expired, "exp", "token-assertion");
    const std::lock_guard lock(assertions_mutex_);
    used_assertions_.forget_expired(clock_.now());
    if (!used_assertions_.use(client.id, jwt->id, Instant{(jwt->expires_seconds + 1) * kMicrosecondsPerSecond}))
        return error(IssueCode::login, "jti", "token-replayed");
    if (!used_assertions_.save(clock_.now())) return error(IssueCode::exception, "", "token-not-kept");
    return {};
}

/// One door for everybody who shows credentials: guesses at any of them count together.
Result<const Client*> Tokens::known_client(const TokenRequest& request) {
    auto client_id = request.client_id;
    if (!request.client_assertion.empty()) {
        const auto jwt = read_jwt(request.client_assertion);
        client_id = jwt ? jwt->issuer : std::string();
    }
    const auto* client = find(client_id);
    const auto guess = (client ? client_id : std::string()) + ' ' + request.address;
    if (guesses_.too_many(guess)) return Outcome(error(IssueCode::throttled, "", "token-slow-down"));
    const auto issues = client ? check_credentials(*client, request) : refused();
    if (issues.empty()) return client;
    guesses_.note(guess);
    return issues;
}

Result<Token> Tokens::issue(const TokenRequest& request) {
    if (request.grant_type != "client_credentials")
        return Outcome(error(IssueCode::not_supported, "grant_type", "token-grant", {request.grant_type}));
    const auto client = known_client(request);
    if (!client) return client.error();
    return grant(**client, request);
}

Outcome Tokens::check_credentials(const Client& client, const TokenRequest& request) {
    if (!request.client_assertion.empty()) return client.jwks.empty() ? refused() : check_assertion(client, request);
    const bool agrees = !client.secret_sha256.empty() && same_secret(sha256_hex(request.client_secret), client.secret_sha256);
    return agrees ? Outcome() : refused();
}

Result<Token> Tokens::issue_locally(const TokenRequest& request) {
    const auto* client = find(request.client_id);
    if (!client) return refused();
    return grant(*client, request);
}

/// Whoever is registered for purposes has those; treatment too where there are none, or an emergency is among them.
static bool may_name(const std::vector<std::string>& purposes, const std::string& purpose) {
    const auto has = [&](std::string_view one) { return std::find(purposes.begin(), purposes.end(), one) != purposes.end(); };
    return has(purpose) || (purpose == "TREAT" && (purposes.empty() || has(kBreakGlass)));
}

Result<Token> Tokens::grant(const Client& client, const TokenRequest& request) {
    auto granted = scopes_within(client, request.scope);
    const auto& purposes = client.purposes;
    auto purpose = request.purpose;
    if (purpose.empty()) {
        // An emergency is said aloud, never a default.
        const auto usual = std::find_if(purposes.begin(), purposes.end(), [](const auto& one) { return one != kBreakGlass; });
        purpose = usual == purposes.end() ? "TREAT" : *usual;
    } else if (!may_name(purposes, purpose)) {
        granted.clear();
    }
    if (granted.empty()) return Outcome(error(IssueCode::forbidden, "scope", "token-scope"));
    const bool is_said = request.reason.find_first_not_of(' ') != std::string::npos && is_utf8(request.reason);
    if (purpose == kBreakGlass && !is_said) return Outcome(error(IssueCode::required, "reason", "token-reason"));
    if (!request.patient.empty() && !client.acts_for_patients) return Outcome(error(IssueCode::forbidden, "patient", "token-patient"));
    constexpr std::size_t kReasonBytesMax = 500;
    Caller caller;
    caller.client_id = client.id;
    caller.organization = client.organization;
    caller.practitioner = client.practitioner;
    caller.role = client.role;
    caller.scopes = std::move(granted);
    caller.patient_id = request.patient;
    caller.is_resident = !request.patient.empty(); // only a residents' portal may name one
    if (purpose == kBreakGlass) caller.reason = prefix_of(request.reason, kReasonBytesMax);
    caller.purpose = std::move(purpose);
    return make_token(std::move(caller), token_seconds_);
}

std::vector<std::string> Tokens::scopes_within(const Client& client, const std::string& asked) const {
    std::vector<std::string> out;
    for (const auto& one : asked.empty() ? client.scopes : split(asked, ' ')) {
        if (is_within(one, client.scopes)) out.push_back(one);
    }
    return out;
}

Result<const Client*> Tokens::app_of(const TokenRequest& credentials) {
    const auto* client = find(credentials.client_id);
    const bool is_public = client && client->secret_sha256.empty() && client->jwks.empty() && !client->redirect_uris.empty();
    if (is_public) return client;
    return known_client(credentials);
}

Result<Token> Tokens::issue_for_person(const TokenRequest& request, const std::function<Result<Caller>()>& caller_of) {
    const auto app = app_of(request);
    if (!app) return app.error();
    auto caller = caller_of();
    if (!caller) return caller.error();
    return make_token(std::move(*caller), kPersonTokenSeconds);
}

Token Tokens::make_token(Caller caller, std::uint32_t seconds) {
    std::string bytes(32, '\0');
    RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    if (const auto* client = find(caller.client_id)) {
        caller.masked = client->masked;
        caller.deidentified = client->deidentified;
        caller.destination = client->destination;
    }
    Token token;
    token.access_token = encode_base64url(bytes);
    token.client_id = caller.client_id;
    token.patient = caller.patient_id;
    token.expires_in_seconds = seconds;
    for (const auto& scope : caller.scopes) token.scope += (token.scope.empty() ? "" : " ") + scope;
    if (caller.purpose == kBreakGlass) ++emergencies_;
    token.caller = caller;
    const auto now = clock_.now();
    Held held;
    held.caller = std::move(caller);
    held.expires = {now.microseconds + std::int64_t{seconds} * kMicrosecondsPerSecond};
    const std::unique_lock lock(mutex_);
    forget_expired(now);
    held_[sha256_hex(token.access_token)] = std::move(held);
    return token;
}

void Tokens::forget_expired(Instant now) {
    const Instant long_ago{now.microseconds - kExpiredSeconds * kMicrosecondsPerSecond};
    std::erase_if(held_, [&](const auto& row) { return row.second.expires < long_ago; });
}

Result<Caller> Tokens::authenticate(std::string_view header) const {
    if (header.empty()) return Outcome(error(IssueCode::login, "", "token-missing"));
    // RFC 9110 §11.1: the scheme's name is written in any case.
    constexpr std::string_view kScheme = "bearer ";
    const auto is_same = [](char given, char wanted) { return given == wanted || (given >= 'A' && given <= 'Z' && given + 32 == wanted); };
    if (header.size() <= kScheme.size() ||
        !std::equal(kScheme.begin(), kScheme.end(), header.begin(), [&](char wanted, char given) { return is_same(given, wanted); }))
        return Outcome(error(IssueCode::login, "", "token-invalid"));
    const std::shared_lock lock(mutex_);
    const auto found = held_.find(sha256_hex(header.substr(7)));
    if (found == held_.end()) return Outcome(error(IssueCode::login, "", "token-invalid"));
    if (found->second.expires < clock_.now()) return Outcome(error(IssueCode::expired, "", "token-expired"));
    return found->second.caller;
}

Result<std::optional<TokenFacts>> Tokens::introspect(const TokenRequest& credentials, std::string_view token) {
    const auto client = known_client(credentials);
    if (!client) return client.error();
    const std::shared_lock lock(mutex_);
    const auto found = held_.find(sha256_hex(token));
    if (found == held_.end() || found->second.expires < clock_.now()) return std::optional<TokenFacts>();
    const auto& caller = found->second.caller;
    TokenFacts out;
    out.client_id = caller.client_id;
    out.patient = caller.patient_id;
    out.purpose = caller.purpose;
    for (const auto& scope : caller.scopes) out.scope += (out.scope.empty() ? "" : " ") + scope;
    out.expires_seconds = found->second.expires.microseconds / kMicrosecondsPerSecond;
    return std::optional<TokenFacts>(std::move(out));
}

void Tokens::revoke(const Client& client, std::string_view token) {
    const std::unique_lock lock(mutex_);
    const auto found = held_.find(sha256_hex(token));
    if (found != held_.end() && found->second.caller.client_id == client.id) held_.erase(found);
}

void Tokens::end(const std::string& token_sha256) {
    const std::unique_lock lock(mutex_);
    held_.erase(token_sha256);
}

} // namespace huitong::access
