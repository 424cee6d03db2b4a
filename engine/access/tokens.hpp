/// Clients and their tokens: SMART Backend Services (private_key_jwt, RS384 and ES384), client secrets for small clients. Deny by default.
///
/// Access tokens are random, opaque and short-lived; only their SHA-256 is kept, in memory: after a restart clients ask again.
/// Thread: any. Source: SMART App Launch 2.0, "Backend Services"; RFC 6749 §4.4; RFC 7523.
#pragma once

#include "access/caller.hpp"
#include "access/guesses.hpp"
#include "access/used_assertions.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>

namespace huitong::access {

struct Client {
    std::string id, organization, practitioner, role;
    std::string secret_sha256;                 ///< lower-case hex of the secret's SHA-256, "" = no secret
    std::string jwks;                          ///< JSON Web Key Set (public keys), "" = none
    std::vector<std::string> scopes;           ///< at most these
    std::vector<std::string> purposes;         ///< empty: TREAT only
    bool acts_for_patients = false;            ///< a residents' portal: may ask for tokens bound to the patient that it has authenticated
    std::vector<std::string> redirect_uris;    ///< of an app that people sign in to; without secret and keys it is a public one
    bool masked = false, deidentified = false; ///< as Caller has them
    std::string destination;
};

/// The form of a token request.
struct TokenRequest {
    std::string grant_type, scope, client_id, client_secret, client_assertion_type, client_assertion;
    std::string purpose;                           ///< "" = the client's first that is not BTG
    std::string reason;                            ///< of a break-glass: required with purpose BTG
    std::string patient;                           ///< id of the Patient whose record the token is bound to
    std::string code, redirect_uri, code_verifier; ///< of an authorisation code
    std::string refresh_token;
    std::string address;
    TokenRequest() {}
};

struct Token {
    std::string access_token, scope;
    std::string client_id; ///< whose it is: an assertion names it, the form need not
    std::string patient;
    std::string encounter;     ///< of an EHR launch, "" = none
    std::string refresh_token; ///< "" = none
    std::uint32_t expires_in_seconds = 0;
    Caller caller; ///< who calls with it, for the access log
};

/// What an introspection tells. Source: RFC 7662.
struct TokenFacts {
    std::string client_id, scope, patient, purpose;
    std::int64_t expires_seconds = 0;
};

constexpr std::uint32_t kTokenSeconds = 300;       ///< SMART: at most 300 s for backend services
constexpr std::int64_t kAssertionSecondsMax = 300; ///< `exp` of an assertion lies no further ahead
constexpr std::int64_t kSkewSeconds = 60;          ///< a client's clock may go ahead of ours by so much (`nbf`)
constexpr std::int64_t kExpiredSeconds = 600;      ///< an expired token is known as such for so long
constexpr std::uint32_t kPersonTokenSeconds = 900; ///< of a person who signed in to an app

class Tokens {
public:
    Tokens(std::vector<Client> clients, const Clock& clock, std::string token_url)
        : clients_(std::move(clients)), clock_(clock), token_url_(std::move(token_url)), guesses_(clock) {}

    /// Issues: token-grant, token-client (unknown client, wrong secret or signature: one answer for all), token-assertion, token-replayed,
    /// token-scope, token-reason (break-glass without a reason), token-patient, token-slow-down (too many failures of this client from this
    /// address within a minute), token-not-kept (the file of used assertions cannot be written).
    Result<Token> issue(const TokenRequest& request);
    /// The caller of a bearer token. Issues: token-missing, token-invalid, token-expired.
    Result<Caller> authenticate(std::string_view authorization_header) const;
    void set_token_url(std::string url) { token_url_ = std::move(url); }
    /// Where used assertions outlive the program; before the first is shown.
    void keep_assertions_in(std::string file) { used_assertions_.keep_in(std::move(file), clock_.now()); }
    /// A token without the client's secret: `huitong token` of the directory's owner, over the control socket. Scope, purpose and patient
    /// are bounded by the registration as anywhere. Issues: token-client, token-scope, token-reason, token-patient.
    Result<Token> issue_locally(const TokenRequest& request);
    /// A token for a person who signed in to an app: the app shows its credentials, when it has any, and `caller_of` says who it is for.
    /// Issues: those of `issue` about clients, and of `caller_of`.
    Result<Token> issue_for_person(const TokenRequest& request, const std::function<Result<Caller>()>& caller_of);
    /// Those of the scopes asked for (all of the client's when none is) that the client may have.
    std::vector<std::string> scopes_within(const Client& client, const std::string& asked) const;
    /// Whether a token is good, for a client that has shown its credentials; nullopt: it is not. Issues: those of `issue` about clients.
    Result<std::optional<TokenFacts>> introspect(const TokenRequest& credentials, std::string_view token);
    /// The client of credentials; an app that has none shows its id alone. Issues: those of `issue` about clients.
    Result<const Client*> app_of(const TokenRequest& credentials);
    /// Ends a token of the client at once; a token of another is left alone, in silence. Source: RFC 7009.
    void revoke(const Client& client, std::string_view token);
    /// Ends the token with this SHA-256, when there is one.
    void end(const std::string& token_sha256);
    /// 300 where not configured; never more.
    void set_token_seconds(std::uint32_t seconds) { token_seconds_ = std::min(seconds, kTokenSeconds); }
    /// Tokens given for a break-glass since the start.
    std::uint64_t emergencies() const { return emergencies_.load(); }
    const Client* find(std::string_view client_id) const;

private:
    struct Held {
        Caller caller;
        Instant expires;
    };
    Outcome check_credentials(const Client& client, const TokenRequest& request);
    Outcome check_assertion(const Client& client, const TokenRequest& request);
    Result<const Client*> known_client(const TokenRequest& request);
    Result<Token> grant(const Client& client, const TokenRequest& request);
    Token make_token(Caller caller, std::uint32_t seconds);
    void forget_expired(Instant now);

    std::vector<Client> clients_;
    const Clock& clock_;
    std::string token_url_;
    Guesses guesses_;
    std::uint32_t token_seconds_ = kTokenSeconds;
    std::atomic<std::uint64_t> emergencies_{0};
    mutable std::shared_mutex mutex_;
    std::map<std::string, Held> held_; ///< by SHA-256 of the token
    std::mutex assertions_mutex_; ///< held while their file is made durable, when nobody else's call may wait; never together with mutex_
    UsedAssertions used_assertions_;
};

} // namespace huitong::access
