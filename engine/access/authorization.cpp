#include "access/authorization.hpp"

#include "base/date_time.hpp"

#include <algorithm>

namespace huitong::access {
namespace {

constexpr std::uint32_t kCodeSeconds = 60;
constexpr std::uint32_t kLaunchSeconds = 300; ///< the person may have to sign in at the provider first
constexpr std::size_t kCodesMax = 10'000;
constexpr std::uint32_t kRefreshSeconds = 12 * 3'600;
constexpr std::size_t kRefreshMax = 100'000;
/// Of one sign-in: an access token lives for a quarter of an hour, so 48 are usual; an app in a loop must not push out those of others.
constexpr std::size_t kFamilyMax = 200;
constexpr std::size_t kSignInFailuresMax = 10; ///< of one login from one address in a minute

/// RFC 7636 §4.1: 43 to 128 unreserved characters.
bool is_verifier(std::string_view text) {
    constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    return text.size() >= 43 && text.size() <= 128 && text.find_first_not_of(kUnreserved) == text.npos;
}

std::string challenge_of(std::string_view verifier) {
    const auto digest = sha256(verifier);
    return encode_base64url(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

} // namespace

Authorization::Authorization(Tokens& tokens, const People& people, const Clock& clock, std::string audience, int offset_minutes,
                             StillHolds still_holds)
    : tokens_(tokens), people_(people), clock_(clock), audience_(std::move(audience)), offset_minutes_(offset_minutes),
      still_holds_(std::move(still_holds)), guesses_(clock, kSignInFailuresMax), codes_(clock, kCodeSeconds, kCodesMax),
      launches_(clock, kLaunchSeconds, kCodesMax), refresh_(clock, kRefreshSeconds, kRefreshMax) {}

Result<const Client*> Authorization::client_of(const AuthorizationRequest& request) const {
    const auto* client = tokens_.find(request.client_id);
    const bool is_known = client && std::find(client->redirect_uris.begin(), client->redirect_uris.end(), request.redirect_uri) !=
                                        client->redirect_uris.end();
    if (!is_known) return Outcome(error(IssueCode::login, "", "authorize-client"));
    return client;
}

Result<std::vector<std::string>> Authorization::scopes_of(const AuthorizationRequest& request, const Client& client) const {
    if (request.response_type != "code") return Outcome(error(IssueCode::not_supported, "response_type", "authorize-response-type"));
    if (request.challenge_method != "S256" || request.challenge.size() != 43)
        return Outcome(error(IssueCode::required, "code_challenge", "authorize-request", {"code_challenge"}));
    if (request.audience != audience_) return Outcome(error(IssueCode::value, "aud", "authorize-request", {"aud"}));
    auto granted = tokens_.scopes_within(client, request.scope);
    // An app that asks for the context must have been opened out of one.
    const bool wants_context = std::find(granted.begin(), granted.end(), kLaunch) != granted.end();
    if (wants_context == request.launch.empty()) return Outcome(error(IssueCode::value, "launch", "authorize-request", {"launch"}));
    // A person signs in for what people do: a program's rights are not handed on.
    std::erase_if(granted, [](const std::string& scope) { return scope.starts_with("system/"); });
    const bool has_data =
        std::any_of(granted.begin(), granted.end(), [](const std::string& scope) { return scope.find('/') != scope.npos; });
    if (!has_data) return Outcome(error(IssueCode::forbidden, "scope", "authorize-scope"));
    return granted;
}

std::string Authorization::today() const {
    auto day = date_time_of(clock_.now(), offset_minutes_);
    day.precision = Precision::day;
    day.offset_minutes.reset();
    return write_date_time(day);
}

Result<Person> Authorization::sign_in(const std::string& login, const std::string& password, const std::string& address) {
    const auto guess = login + ' ' + address;
    if (guesses_.too_many(guess)) return Outcome(error(IssueCode::throttled, "", "token-slow-down"));
    auto found = people_.find(login, password, today());
    if (found) return std::move(*found);
    guesses_.note(guess);
    return Outcome(error(IssueCode::login, "", "person-sign-in"));
}

Result<Person> Authorization::vouched(const std::string& login) const {
    auto found = people_.named(login, today());
    if (found) return std::move(*found);
    return Outcome(error(IssueCode::login, "", "person-sign-in"));
}

std::string Authorization::launch(LaunchContext context) { return launches_.put(std::move(context)); }
std::optional<LaunchContext> Authorization::launched(const std::string& code) { return launches_.take(code); }

std::string Authorization::allow(PersonGrant grant) { return codes_.put(std::move(grant)); }

Result<PersonGrant> Authorization::redeem(const std::string& code, const std::string& client_id, const std::string& redirect_uri,
                                          const std::string& verifier) {
    // Whoever shows a code has used it, right or wrong: it is not tried again.
    auto grant = codes_.take(code);
    const bool fits = grant && grant->client_id == client_id && grant->redirect_uri == redirect_uri && is_verifier(verifier) &&
                      challenge_of(verifier) == grant->challenge;
    if (!fits) return Outcome(error(IssueCode::login, "", "authorize-code"));
    return std::move(*grant);
}

std::string Authorization::refreshable(const PersonGrant& grant) {
    const bool asked = std::any_of(std::begin(kRefreshScopes), std::end(kRefreshScopes), [&](std::string_view scope) {
        return std::find(grant.scopes.begin(), grant.scopes.end(), scope) != grant.scopes.end();
    });
    if (!asked) return {};
    auto family = std::make_shared<Family>();
    family->grant = grant;
    family->until = {clock_.now().microseconds + std::int64_t{kRefreshSeconds} * kMicrosecondsPerSecond};
    const std::lock_guard lock(families_mutex_);
    auto token = refresh_.put(family);
    family->current = sha256_hex(token);
    return token;
}

void Authorization::end(Family& family) {
    family.ended = true;
    for (const auto& [hash, came] : family.access) tokens_.end(hash);
}

void Authorization::came_with(const std::string& refresh_token, const std::string& access_token) {
    const std::lock_guard lock(families_mutex_);
    const auto family = refresh_.look(refresh_token);
    if (!family) return;
    auto& access = (*family)->access;
    const auto now = clock_.now();
    std::erase_if(access, [&](const auto& one) {
        return one.second.microseconds + std::int64_t{kPersonTokenSeconds} * kMicrosecondsPerSecond <= now.microseconds;
    });
    access.emplace_back(sha256_hex(access_token), now);
    if ((*family)->ended) end(**family); // in between a copy was shown
}

void Authorization::revoke(const std::string& token, const std::string& client_id) {
    const std::lock_guard lock(families_mutex_);
    const auto family = refresh_.look(token);
    if (family && (*family)->grant.client_id == client_id) end(**family);
}

Result<Authorization::Refreshed> Authorization::refresh(const std::string& token, const std::string& client_id) {
    const auto refused = [] { return Outcome(error(IssueCode::login, "", "authorize-code")); };
    const std::lock_guard lock(families_mutex_);
    const auto family = refresh_.look(token);
    if (!family || (*family)->ended || (*family)->grant.client_id != client_id) return refused();
    // Only a copy is used twice; nobody can tell who holds it.
    const auto& grant = (*family)->grant;
    if ((*family)->current != sha256_hex(token) || !(clock_.now() < (*family)->until) || (*family)->given == kFamilyMax ||
        !people_.is_one(grant.person.login, today()) || !still_holds_(grant)) {
        end(**family);
        return refused();
    }
    ++(*family)->given;
    Refreshed out;
    out.grant = (*family)->grant;
    out.token = refresh_.put(*family);
    (*family)->current = sha256_hex(out.token);
    return out;
}

} // namespace huitong::access
