#include "rest/sign_in/sign_in_door.hpp"

#include "base/url_query.hpp"
#include "rest/form.hpp"
#include "rest/recognition/desk.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace huitong::rest {
namespace {

using access::AuthorizationRequest;

constexpr std::uint32_t kAskSeconds = 600;
constexpr std::size_t kAsksMax = 10'000;
constexpr std::size_t kWaitingMax = 32;       ///< passwords that wait to be hashed; more are asked to come back
constexpr std::size_t kWaitingAbroadMax = 32; ///< calls that wait for the provider; more are asked to come back

/// One of those who wait; no longer counted when what it waits for ends, also by a throw.
class Waiting {
public:
    explicit Waiting(std::atomic<std::size_t>& count) : count_(count), number_(++count) {}
    ~Waiting() { --count_; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    std::size_t number() const { return number_; }

private:
    std::atomic<std::size_t>& count_;
    std::size_t number_;
};

AuthorizationRequest read_request(const HttpRequest& request) {
    AuthorizationRequest out;
    out.response_type = query_text(request, "response_type");
    out.client_id = query_text(request, "client_id");
    out.redirect_uri = query_text(request, "redirect_uri");
    out.scope = query_text(request, "scope");
    out.state = query_text(request, "state");
    out.audience = query_text(request, "aud");
    out.challenge = query_text(request, "code_challenge");
    out.challenge_method = query_text(request, "code_challenge_method");
    out.launch = query_text(request, "launch");
    return out;
}

/// Source: RFC 6749 §4.1.2.1.
std::string_view error_code_of(const Outcome& issues) {
    const auto& rule = issues.leading()->rule;
    if (rule == "authorize-response-type") return "unsupported_response_type";
    return rule == "authorize-scope" ? "invalid_scope" : "invalid_request";
}

/// "https://app.example:8443" of an address: what a browser's policy must let the form lead on to.
std::string origin_of(const std::string& address) {
    const auto host = address.find("://");
    if (host == address.npos) return {};
    const auto end = address.find_first_of("/?#;, '\"", host + 3);
    return address.substr(0, end);
}

HttpResponse redirect(std::string address) {
    HttpResponse response;
    response.status = 303;
    response.set("Location", std::move(address));
    return response;
}

std::string button(std::string_view decision, std::string rule, Language language) {
    return "<button type=\"submit\" name=\"decision\" value=\"" + std::string(decision) + "\">" + html_words(std::move(rule), language) +
           "</button> ";
}

bool asks_for_patient(const access::PersonGrant& grant) {
    return std::find(grant.scopes.begin(), grant.scopes.end(), access::kLaunchPatient) != grant.scopes.end();
}

constexpr std::string_view kCookie = "huitong-sign-in";

/// Value of the hub's cookie in "a=1; huitong-sign-in=…", "" when it is not there.
std::string_view cookie_of(const HttpRequest& request) {
    auto rest = request.header("cookie");
    while (!rest.empty()) {
        const auto end = rest.find(';');
        auto one = rest.substr(0, end);
        while (one.starts_with(' ')) one.remove_prefix(1);
        if (one.starts_with(kCookie) && one.size() > kCookie.size() && one[kCookie.size()] == '=') return one.substr(kCookie.size() + 1);
        rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    }
    return {};
}

HttpResponse expired_page(Language language) {
    return html_response(410, html_page(language, "", "<p>" + html_words("authorize-ask", language) + "</p>"), page_policy({}));
}

Language language_of_form(const HttpRequest& request, const Form& form) {
    return language_named(form_field(form, "lang"), language_of(request));
}

} // namespace

access::Caller caller_of(const access::PersonGrant& grant) {
    access::Caller out;
    out.client_id = grant.client_id;
    out.organization = grant.person.organization;
    out.practitioner = grant.person.practitioner;
    out.role = grant.person.role;
    out.scopes = grant.scopes;
    out.patient_id = grant.patient;
    out.is_resident = !grant.person.patient.empty();
    return out;
}

SignInDoor::SignInDoor(access::Authorization& authorization, Reception& reception, const Clock& clock, std::string issuer,
                       FindPatient find_patient, access::OpenIdProvider* provider)
    : authorization_(authorization), reception_(reception), issuer_(std::move(issuer)), find_patient_(std::move(find_patient)),
      provider_(provider), asks_(clock, kAskSeconds, kAsksMax), abroad_(clock, kAskSeconds, kAsksMax) {}

boost::asio::awaitable<HttpResponse> SignInDoor::answer(HttpRequest request) {
    if (request.path == "/auth/callback") co_return co_await come_back(std::move(request));
    if (request.method == "GET") co_return co_await begin(std::move(request));
    if (request.method == "POST") co_return co_await go_on(std::move(request));
    co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
}

boost::asio::awaitable<HttpResponse> SignInDoor::begin(HttpRequest request) {
    Ask ask;
    ask.request = read_request(request);
    const auto client = authorization_.client_of(ask.request);
    if (!client) co_return outcome_response(client.error());
    auto scopes = authorization_.scopes_of(ask.request, **client);
    if (!scopes) co_return back_with_error(ask.request, error_code_of(scopes.error()));
    ask.grant.client_id = (*client)->id;
    ask.grant.redirect_uri = ask.request.redirect_uri;
    ask.grant.challenge = ask.request.challenge;
    ask.grant.scopes = std::move(*scopes);
    // The page names the provider's address; one that cannot be reached shows when the person chooses it.
    if (provider_ && provider_->authorization_address().empty()) {
        auto work = learn_provider();
        (void)co_await at_provider(std::move(work));
    }
    co_return page(std::move(ask), language_of(request), "");
}

boost::asio::awaitable<HttpResponse> SignInDoor::go_on(HttpRequest request) {
    const auto form = read_url_query(request.body);
    const auto language = language_of_form(request, form);
    auto ask = asks_.take(form_field(form, "ask"));
    if (!ask) co_return expired_page(language);
    if (form_field(form, "decision") == "deny") co_return back_with_error(ask->request, "access_denied");
    if (provider_ && !ask->is_signed_in && form_field(form, "decision") == "provider")
        co_return co_await leave_for_provider(std::move(*ask), language);
    if (ask->is_signed_in) co_return name_patient(std::move(*ask), request, language);
    co_return co_await sign_in(std::move(*ask), std::move(request));
}

boost::asio::awaitable<Result<access::Person>> SignInDoor::person_of(std::string login, std::string password, std::string address) {
    co_return authorization_.sign_in(login, password, address);
}

boost::asio::awaitable<HttpResponse> SignInDoor::sign_in(Ask ask, HttpRequest request) {
    const auto form = read_url_query(request.body);
    const auto language = language_of_form(request, form);
    Result<access::Person> person = Outcome(error(IssueCode::throttled, "", "token-slow-down"));
    {
        const Waiting waiting(waiting_);
        auto work = person_of(form_field(form, "login"), form_field(form, "password"), request.peer_address);
        if (waiting.number() <= kWaitingMax)
            person = co_await boost::asio::co_spawn(passwords_, std::move(work), boost::asio::use_awaitable);
    }
    co_return co_await welcome(std::move(ask), std::move(person), request, language);
}

template <class T>
boost::asio::awaitable<Result<T>> SignInDoor::at_provider(boost::asio::awaitable<Result<T>> work) {
    Result<T> out = Outcome(error(IssueCode::throttled, "", "token-slow-down"));
    const Waiting waiting(waiting_abroad_);
    if (waiting.number() <= kWaitingAbroadMax)
        out = co_await boost::asio::co_spawn(provider_calls_, std::move(work), boost::asio::use_awaitable);
    co_return out;
}

boost::asio::awaitable<Result<bool>> SignInDoor::learn_provider() {
    auto issues = provider_->learn();
    if (!issues.empty()) co_return issues;
    co_return true;
}

boost::asio::awaitable<Result<std::string>> SignInDoor::provider_address(access::OpenIdAttempt attempt, std::string state) {
    co_return provider_->address_of(attempt, issuer_ + "/auth/callback", state);
}

boost::asio::awaitable<Result<access::Person>> SignInDoor::vouched_person(access::OpenIdAttempt attempt, std::string code) {
    const auto login = provider_->login_of(attempt, issuer_ + "/auth/callback", code);
    if (!login) co_return login.error();
    co_return authorization_.vouched(*login);
}

boost::asio::awaitable<HttpResponse> SignInDoor::leave_for_provider(Ask ask, Language language) {
    const auto browser = access::new_attempt().nonce;
    ask.attempt = access::new_attempt();
    ask.browser = sha256_hex(browser);
    const auto state = abroad_.put(ask);
    auto work = provider_address(ask.attempt, state);
    const auto address = co_await at_provider(std::move(work));
    if (!address) {
        ask.attempt = {};
        co_return page(std::move(ask), language, text_of(*address.error().leading(), language));
    }
    auto response = redirect(*address);
    response.set("Set-Cookie", std::string(kCookie) + '=' + browser + "; Path=/auth/callback; Max-Age=" + std::to_string(kAskSeconds) +
                                   "; HttpOnly; SameSite=Lax" + (issuer_.starts_with("https://") ? "; Secure" : ""));
    co_return response;
}

/// What the provider's answer says is asked of the provider itself; the browser only carries a code.
boost::asio::awaitable<HttpResponse> SignInDoor::come_back(HttpRequest request) {
    const auto language = language_of(request);
    if (!provider_ || request.method != "GET") co_return expired_page(language);
    auto ask = abroad_.take(query_text(request, "state"));
    if (!ask || ask->browser != sha256_hex(cookie_of(request))) co_return expired_page(language);
    // Of a provider that names itself it must be ours (RFC 9207).
    const auto named = query_text(request, "iss");
    if (!named.empty() && named != provider_->issuer()) co_return expired_page(language);
    const auto code = query_text(request, "code");
    if (code.empty()) co_return back_with_error(ask->request, "access_denied");
    auto work = vouched_person(ask->attempt, code);
    auto person = co_await at_provider(std::move(work));
    co_return co_await welcome(std::move(*ask), std::move(person), request, language);
}

/// The context of the system that opened the app holds for its own people alone.
bool SignInDoor::take_launch(Ask& ask) {
    if (ask.request.launch.empty()) return true;
    const auto context = authorization_.launched(ask.request.launch);
    const auto& person = ask.grant.person;
    const bool fits = context && context->organization == person.organization && person.patient.empty() &&
                      (context->login.empty() || context->login == person.login);
    if (!fits) return false;
    ask.grant.patient = context->patient;
    ask.grant.encounter = context->encounter;
    return true;
}

boost::asio::awaitable<HttpResponse> SignInDoor::welcome(Ask ask, Result<access::Person> person, const HttpRequest& request,
                                                         Language language) {
    if (person) ask.grant.person = std::move(*person);
    auto caller = caller_of(ask.grant);
    caller.address = request.peer_address;
    auto recorded = co_await reception_.record(caller, "sign-in", "", "", person ? 200 : 401, {});
    if (!recorded.empty()) co_return outcome_response(recorded);
    if (!person) co_return page(std::move(ask), language, text_of(*person.error().leading(), language));
    ask.is_signed_in = true;
    // A resident's token is bound to his own record, whatever the app asks for; or to that of a child of his, when he is asked.
    ask.grant.patient = ask.grant.person.patient;
    if (!take_launch(ask)) co_return back_with_error(ask.request, "invalid_request");
    if (ask.request.launch.empty() && asks_for_patient(ask.grant)) co_return page(std::move(ask), language, "");
    co_return back_with_code(std::move(ask));
}

HttpResponse SignInDoor::name_patient(Ask ask, const HttpRequest& request, Language language) {
    const auto number = form_field(read_url_query(request.body), "number");
    const auto caller = reception_.caller_again(caller_of(ask.grant), request);
    if (!caller) return outcome_response(caller.error());
    ask.grant.patient = number.empty() ? ask.grant.person.patient : find_patient_(*caller, number);
    if (!ask.grant.patient.empty()) return back_with_code(std::move(ask));
    ask.grant.patient = ask.grant.person.patient;
    Issue unknown;
    unknown.rule = "authorize-patient";
    return page(std::move(ask), language, text_of(unknown, language));
}

HttpResponse SignInDoor::page(Ask ask, Language language, const std::string& message) {
    std::vector<std::string> targets = {origin_of(ask.request.redirect_uri)};
    if (provider_) {
        const auto known = provider_->authorization_address();
        targets.push_back(origin_of(known.empty() ? provider_->issuer() : known));
    }
    const auto policy = page_policy({}, targets);
    std::string body = "<section>\n<h1>" + html_words("sign-in-title", language) + "</h1>\n";
    if (!message.empty()) body += "<p class=\"said\" role=\"alert\">" + escape_html(message) + "</p>\n";
    std::string fields;
    if (ask.is_signed_in) {
        const bool is_resident = !ask.grant.person.patient.empty();
        body += "<p>" + html_words(is_resident ? "sign-in-child" : "sign-in-patient", language) + "</p>\n";
        fields = "<label>" + html_words("sign-in-number", language) + " <input name=\"number\" autocomplete=\"off\"" +
                 (is_resident ? "" : " required") + "></label> " + button("allow", "sign-in-go-on", language);
    } else {
        body += "<p>" + html_words("sign-in-asks", language, {ask.grant.client_id}) + "</p>\n<ul>";
        for (const auto& scope : ask.grant.scopes) body += "<li>" + escape_html(scope) + "</li>";
        body += "</ul>\n";
        fields = "<p><label>" + html_words("sign-in-login", language) +
                 " <input name=\"login\" autocomplete=\"username\"></label></p><p><label>" + html_words("sign-in-password", language) +
                 " <input name=\"password\" type=\"password\" autocomplete=\"current-password\"></label></p>" +
                 button("allow", "sign-in-allow", language) +
                 (provider_ ? button("provider", "sign-in-provider", language) : std::string()) + button("deny", "sign-in-deny", language);
    }
    body += "<form method=\"post\" action=\"/auth/authorize\">" + hidden_field("ask", asks_.put(std::move(ask))) +
            hidden_field("lang", language == Language::zh ? "zh" : "en") + fields + "</form>\n</section>\n";
    Issue title;
    title.rule = "sign-in-title";
    return html_response(200, html_page(language, text_of(title, language), body), policy);
}

HttpResponse SignInDoor::back_with_code(Ask ask) {
    auto address = ask.request.redirect_uri;
    address += address.find('?') == address.npos ? '?' : '&';
    address += "state=" + encode_url(ask.request.state) + "&iss=" + encode_url(issuer_);
    return redirect(address + "&code=" + authorization_.allow(std::move(ask.grant)));
}

HttpResponse SignInDoor::back_with_error(const AuthorizationRequest& request, std::string_view code) const {
    auto address = request.redirect_uri;
    address += address.find('?') == address.npos ? '?' : '&';
    return redirect(address + "error=" + std::string(code) + "&state=" + encode_url(request.state) + "&iss=" + encode_url(issuer_));
}

} // namespace huitong::rest
