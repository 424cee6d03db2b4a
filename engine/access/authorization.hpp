/// Authorisation code with PKCE: an app sends a person's browser to the hub, the person signs in and allows, the app gets a code and with
/// it and its verifier a token. S256 alone, codes live 60 s and work once, redirections go to registered addresses alone.
///
/// With the scope offline_access or online_access the token comes with a refresh token. All that follow each other end twelve hours after
/// the sign-in, and with the program: what a person allowed does not outlive a shift. Each is used once.
///
/// What is shown to the person is rest/sign_in; what a token is, tokens.hpp. Thread: any.
/// Source: RFC 6749 §4.1; RFC 7636; RFC 9207 (iss); SMART App Launch 2.0, "Standalone Launch".
#pragma once

#include "access/guesses.hpp"
#include "access/one_time.hpp"
#include "access/people.hpp"
#include "access/tokens.hpp"

#include <functional>

namespace huitong::access {

/// The query that an app sends the browser with.
struct AuthorizationRequest {
    std::string response_type, client_id, redirect_uri, scope, state, audience, challenge, challenge_method;
    std::string launch; ///< code of an EHR launch, "" = the app was opened by itself
    AuthorizationRequest() {}
};

/// What a person allowed an app.
struct PersonGrant {
    std::string client_id, redirect_uri, challenge;
    std::vector<std::string> scopes;
    Person person;
    std::string patient;   ///< whose record the token is bound to, "" = none
    std::string encounter; ///< of an EHR launch: told to the app, binds nothing
    PersonGrant() {}
};

/// What a hospital's system has open when it starts an app out of it. Source: SMART App Launch 2.0, "EHR Launch".
struct LaunchContext {
    std::string organization, patient, encounter;
    std::string login; ///< who must sign in, "" = anybody of the organisation
    LaunchContext() {}
};

class Authorization {
public:
    /// Whether what a person allowed still stands apart from his account: whether he may still act for the patient.
    using StillHolds = std::function<bool(const PersonGrant& grant)>;
    /// `audience`: the hub's FHIR address; `offset_minutes`: of its days. All outlive it.
    Authorization(
        Tokens& tokens, const People& people, const Clock& clock, std::string audience, int offset_minutes,
        StillHolds still_holds = [](const PersonGrant&) { return true; });

    /// The app, when it is registered with this redirection; nobody is sent anywhere else. Issue: authorize-client.
    Result<const Client*> client_of(const AuthorizationRequest& request) const;
    /// What is granted of what is asked. The rule of an issue names the error that the app is redirected with: authorize-response-type,
    /// authorize-scope, authorize-request (challenge, audience).
    Result<std::vector<std::string>> scopes_of(const AuthorizationRequest& request, const Client& client) const;
    /// Issues: person-sign-in (one answer for every reason), token-slow-down.
    Result<Person> sign_in(const std::string& login, const std::string& password, const std::string& address);

    /// The same where the institution's identity provider has said who it is. Issue: person-sign-in.
    Result<Person> vouched(const std::string& login) const;

    /// A code that a hospital's system puts into the address of the app it opens: good once, for five minutes.
    std::string launch(LaunchContext context);
    /// What stands behind it, once; nullopt: unknown, used or too old.
    std::optional<LaunchContext> launched(const std::string& code);
    /// A code for the app.
    std::string allow(PersonGrant grant);
    /// The grant behind a code, once. Issue: authorize-code (unknown, used, too old, of another app or redirection, or a wrong verifier).
    Result<PersonGrant> redeem(const std::string& code, const std::string& client_id, const std::string& redirect_uri,
                               const std::string& verifier);

    /// A refresh token for what a person allowed, when offline_access or online_access is among it; "" otherwise.
    std::string refreshable(const PersonGrant& grant);
    struct Refreshed {
        PersonGrant grant;
        std::string token; ///< in place of the one that was used
    };
    /// The grant behind a refresh token, which works once: the answer holds the next one. One that is used twice was copied: it and all
    /// that came of it end, the access token too. The person must still be one on the day, and the grant still hold. Issue: authorize-code.
    Result<Refreshed> refresh(const std::string& token, const std::string& client_id);
    /// The access token that was given beside a refresh token: it ends with it.
    void came_with(const std::string& refresh_token, const std::string& access_token);
    /// Ends what came of the sign-in of a refresh token of this client; any other token is left alone. Source: RFC 7009 §2.1.
    void revoke(const std::string& token, const std::string& client_id);

private:
    /// Refresh tokens that follow each other.
    struct Family {
        PersonGrant grant;
        std::string current;                                 ///< SHA-256 of the one that works
        std::vector<std::pair<std::string, Instant>> access; ///< SHA-256 of the access tokens that may still live, and when they came
        Instant until;                                       ///< twelve hours after the sign-in
        std::size_t given = 1;
        bool ended = false;
    };
    std::string today() const;
    void end(Family& family);

    Tokens& tokens_;
    const People& people_;
    const Clock& clock_;
    std::string audience_;
    int offset_minutes_;
    StillHolds still_holds_;
    Guesses guesses_;
    OneTime<PersonGrant> codes_;
    OneTime<LaunchContext> launches_;
    OneTime<std::shared_ptr<Family>> refresh_;
    std::mutex families_mutex_;
};

/// A scope that binds the token to one patient whom the person names: `launch/patient`.
inline constexpr std::string_view kLaunchPatient = "launch/patient";
/// A scope that takes the context from the system that opened the app.
inline constexpr std::string_view kLaunch = "launch";
/// Scopes that ask for refresh tokens. Source: SMART App Launch 2.0, "Scopes for requesting a refresh token".
inline constexpr std::string_view kRefreshScopes[] = {"offline_access", "online_access"};

} // namespace huitong::access
