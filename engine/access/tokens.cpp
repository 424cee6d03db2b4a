#include "access/tokens.hpp"

#include "access/jwt.hpp"
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
/// "system" is not within what is allowed for "patient".
bool is_within(const std::string& asked, const std::vector<std::string>& allowed) {
    if (std::find(allowed.begin(), allowed.end(), asked) != allowed.end()) return true;
    const auto slash = asked.find('/');
    const auto dot = asked.rfind('.');
    if (slash == asked.npos || dot == asked.npos || dot < slash) return false;
    Caller wide;
    wide.patient_id = "any";
    for (const auto& scope : allowed) {
        if (scope.starts_with(asked.substr(0, slash + 1))) wide.scopes.push_back(scope);
    }
    const auto type = asked.substr(slash + 1, dot - slash - 1);
    auto letters = asked.substr(dot + 1);
    if (letters == "read") letters = "rs";
    if (letters == "write") letters = "cud";
    if (letters == "*") letters = "cruds";
    return !letters.empty() &&
           std::all_of(letters.begin(), letters.end(), [&](char right) { return may(wide, right, type == "*" ? std::string() : type); });
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
    if (jwt->expires_seconds <= now || jwt->expires_seconds > now + kAssertionSecondsMax || jwt->not_before_seconds > now)
        return error(IssueCode::expired, "exp", "token-assertion");
    const std::unique_lock lock(mutex_);
    if (!used_assertions_.emplace(client.id + ' ' + jwt->id, Instant{(jwt->expires_seconds + 1) * kMicrosecondsPerSecond}).second)
        return error(IssueCode::login, "jti", "token-replayed");
    return {};
}

Result<Token> Tokens::issue(const TokenRequest& request) {
    if (request.grant_type != "client_credentials")
        return Outcome(error(IssueCode::not_supported, "grant_type", "token-grant", {request.grant_type}));
    auto client_id = request.client_id;
    if (!request.client_assertion.empty()) {
        const auto jwt = read_jwt(request.client_assertion);
        client_id = jwt ? jwt->issuer : std::string();
    }
    const auto* client = find(client_id);
    const auto guess = (client ? client_id : std::string()) + ' ' + request.address;
    if (guesses_too_much(guess)) return Outcome(error(IssueCode::throttled, "", "token-slow-down"));
    const auto issues = client ? check_credentials(*client, request) : refused();
    if (!issues.empty()) {
        note_failure(guess);
        return issues;
    }
    return grant(*client, request.scope, "");
}

Outcome Tokens::check_credentials(const Client& client, const TokenRequest& request) {
    if (!request.client_assertion.empty()) return client.jwks.empty() ? refused() : check_assertion(client, request);
    const bool agrees = !client.secret_sha256.empty() && same_secret(sha256_hex(request.client_secret), client.secret_sha256);
    return agrees ? Outcome() : refused();
}

/// Guesses are counted by client and address, those at unknown clients by address: who guesses does not lock out the real client.
bool Tokens::guesses_too_much(const std::string& guess) const {
    const std::shared_lock lock(mutex_);
    const auto found = failures_.find(guess);
    return found != failures_.end() && found->second.count >= kFailuresPerMinuteMax && clock_.now() < found->second.until;
}

void Tokens::note_failure(const std::string& guess) {
    const auto now = clock_.now();
    const std::unique_lock lock(mutex_);
    if (failures_.size() >= kGuessersMax) std::erase_if(failures_, [&](const auto& row) { return row.second.until <= now; });
    auto& failures = failures_[guess];
    if (failures.until <= now) failures = {0, {now.microseconds + 60 * kMicrosecondsPerSecond}};
    ++failures.count;
}

Result<Token> Tokens::issue_locally(const std::string& client_id, const std::string& scope, const std::string& purpose) {
    const auto* client = find(client_id);
    if (!client) return refused();
    return grant(*client, scope, purpose);
}

Result<Token> Tokens::grant(const Client& client, const std::string& scope, const std::string& purpose) {
    std::vector<std::string> granted;
    for (const auto& one : scope.empty() ? client.scopes : split(scope, ' ')) {
        if (is_within(one, client.scopes)) granted.push_back(one);
    }
    const bool may_serve = purpose.empty() || purpose == "TREAT" ||
                           std::find(client.purposes.begin(), client.purposes.end(), purpose) != client.purposes.end();
    if (granted.empty() || !may_serve) return Outcome(error(IssueCode::forbidden, "scope", "token-scope"));
    return make_token(client, std::move(granted), purpose);
}

Token Tokens::make_token(const Client& client, std::vector<std::string> scopes, const std::string& purpose) {
    std::string bytes(32, '\0');
    RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    Token token;
    token.access_token = encode_base64url(bytes);
    token.client_id = client.id;
    token.expires_in_seconds = kTokenSeconds;
    for (const auto& scope : scopes) token.scope += (token.scope.empty() ? "" : " ") + scope;
    Held held;
    held.caller.client_id = client.id;
    held.caller.organization = client.organization;
    held.caller.practitioner = client.practitioner;
    held.caller.role = client.role;
    held.caller.scopes = std::move(scopes);
    if (!purpose.empty()) held.caller.purpose = purpose;
    else if (!client.purposes.empty()) held.caller.purpose = client.purposes.front();
    const auto now = clock_.now();
    held.expires = {now.microseconds + std::int64_t{kTokenSeconds} * kMicrosecondsPerSecond};
    const std::unique_lock lock(mutex_);
    forget_expired(now);
    held_[sha256_hex(token.access_token)] = std::move(held);
    return token;
}

void Tokens::forget_expired(Instant now) {
    std::erase_if(held_, [&](const auto& row) { return row.second.expires < now; });
    std::erase_if(used_assertions_, [&](const auto& row) { return row.second < now; });
}

Result<Caller> Tokens::authenticate(std::string_view header) const {
    if (header.empty()) return Outcome(error(IssueCode::login, "", "token-missing"));
    if (header.size() < 8 || !(header.starts_with("Bearer ") || header.starts_with("bearer ")))
        return Outcome(error(IssueCode::login, "", "token-invalid"));
    const std::shared_lock lock(mutex_);
    const auto found = held_.find(sha256_hex(header.substr(7)));
    if (found == held_.end() || found->second.expires < clock_.now()) return Outcome(error(IssueCode::login, "", "token-invalid"));
    return found->second.caller;
}

} // namespace huitong::access
