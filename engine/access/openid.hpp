/// People who sign in at an identity provider of the institution's own: the hub as relying party of OpenID Connect, authorisation code with
/// PKCE, confidential or public.
///
/// The issuer is the configured one and nobody else: its discovery document must name it, and keys come from the address that stands there.
/// Keys are kept for an hour and fetched anew, at most once a minute, when a token names one that is not known (rotation). Of a token are
/// checked: signature (RS256, ES256, RS384, ES384), `iss`, `aud`, `azp`, `exp`, `iat`, `nonce`, and `at_hash` when it is there. Whom it
/// names stands in the table of people (people.hpp), which says organisation, practitioner and role.
///
/// Calls to the provider block; they run on a thread that may. Of one that does not answer the next callers are told at once, for ten
/// seconds. Thread: any.
/// Source: OpenID Connect Core 1.0 §3.1; OpenID Connect Discovery 1.0 §4; RFC 7636.
#pragma once

#include "access/jwt.hpp"
#include "base/instant.hpp"

#include <functional>
#include <mutex>

namespace huitong::access {

struct OpenIdSettings {
    std::string issuer;                             ///< "" = people sign in at the hub alone
    std::string client_id, client_secret;           ///< "" secret = a public client
    std::string login_claim = "preferred_username"; ///< the claim that holds a login of the table of people
    std::string scope = "openid profile";
};

/// What one sign-in needs to remember between the two addresses.
struct OpenIdAttempt {
    std::string nonce, verifier;
};

class OpenIdProvider {
public:
    /// A call to an address: POST of a form, or GET when it is empty; gives the body of an answer 200.
    struct Call {
        std::string url, form;
    };
    using Fetch = std::function<Result<std::string>(const Call& call)>;
    OpenIdProvider(OpenIdSettings settings, const Clock& clock, Fetch fetch);

    /// Where the browser is sent. Issues: openid-provider (not reachable, or no provider of that name), those of Fetch.
    Result<std::string> address_of(const OpenIdAttempt& attempt, const std::string& redirect_uri, const std::string& state);
    /// The login behind a code. Issues: openid-provider, openid-token (what of it is not good), those of Fetch.
    Result<std::string> login_of(const OpenIdAttempt& attempt, const std::string& redirect_uri, const std::string& code);
    const std::string& issuer() const { return settings_.issuer; }
    /// The address that people are sent to, as far as it is known yet; "" = ask `learn` first. Never waits.
    std::string authorization_address() const;
    /// Reads the discovery document unless it is known. Issues as of address_of.
    Outcome learn();

private:
    struct Document {
        std::string authorization, token, keys;
    };
    Result<Document> document();
    Result<Document> fetch_document();
    Outcome check_signature(const Jwt& jwt);
    Outcome check_claims(const Jwt& jwt, const OpenIdAttempt& attempt, std::string_view access_token) const;
    Result<std::string> keys(bool anew);

    OpenIdSettings settings_;
    const Clock& clock_;
    Fetch fetch_;
    std::mutex mutex_;
    mutable std::mutex known_mutex_; ///< of what is read without waiting for the provider
    std::string authorization_;
    std::optional<Outcome> failure_; ///< why the document could not be read, for a few seconds
    std::optional<Document> document_;
    std::string keys_;
    Instant document_at_, keys_at_, failed_at_;
};

/// "http://127.0.0.1", with or without port and path: a provider for trials, whose calls never leave this machine.
bool is_on_this_machine(std::string_view address);

/// A fresh nonce and verifier.
OpenIdAttempt new_attempt();

} // namespace huitong::access
