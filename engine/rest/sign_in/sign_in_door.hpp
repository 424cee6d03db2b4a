/// `/auth/authorize`: where an app sends a person's browser. The person signs in, allows what the app asks for, names the patient where the
/// app asks for one, and the browser goes back with a code.
///
///   GET  /auth/authorize?…   the page to sign in at; an unknown app or redirection is answered here and sends nobody anywhere
///   POST /auth/authorize     what the person says: ask (hidden), login, password, decision; then ask, number
///   GET  /auth/callback?…    where the institution's identity provider sends the browser back, when there is one
///
/// Pages need no script, cannot be framed, and hold nothing but a one-time code. A sign-in that leaves for the provider comes back to the
/// browser that began it: a cookie, good for that address and ten minutes, says which one.
/// Source: access/authorization.hpp, access/openid.hpp.
#pragma once

#include "access/authorization.hpp"
#include "access/openid.hpp"
#include "rest/fhir_door.hpp"
#include "rest/html.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <functional>

namespace huitong::rest {

class SignInDoor final : public Door {
public:
    /// The Patient that a number leads to, as far as the caller may see, "" = none or several. A resident (a caller bound to a patient) is
    /// led to a minor whose guardian he is, and to nobody else.
    using FindPatient = std::function<std::string(const access::Caller& caller, const std::string& number)>;
    /// `provider`: nullptr = people sign in here alone.
    SignInDoor(access::Authorization& authorization, Reception& reception, const Clock& clock, std::string issuer, FindPatient find_patient,
               access::OpenIdProvider* provider = nullptr);
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    /// A person on the way: what the app asked for, and who it is once he has signed in.
    struct Ask {
        access::AuthorizationRequest request;
        access::PersonGrant grant;
        bool is_signed_in = false;
        access::OpenIdAttempt attempt; ///< of a sign-in at the provider
        std::string browser;           ///< SHA-256 of the cookie's value
        Ask() {}
    };
    boost::asio::awaitable<HttpResponse> begin(HttpRequest request);
    boost::asio::awaitable<HttpResponse> go_on(HttpRequest request);
    boost::asio::awaitable<HttpResponse> sign_in(Ask ask, HttpRequest request);
    boost::asio::awaitable<HttpResponse> leave_for_provider(Ask ask, Language language);
    boost::asio::awaitable<HttpResponse> come_back(HttpRequest request);
    boost::asio::awaitable<HttpResponse> welcome(Ask ask, Result<access::Person> person, const HttpRequest& request, Language language);
    /// Runs on a thread that may wait for the provider, unless too many wait there already: token-slow-down.
    template <class T>
    boost::asio::awaitable<Result<T>> at_provider(boost::asio::awaitable<Result<T>> work);
    boost::asio::awaitable<Result<bool>> learn_provider();
    boost::asio::awaitable<Result<std::string>> provider_address(access::OpenIdAttempt attempt, std::string state);
    boost::asio::awaitable<Result<access::Person>> vouched_person(access::OpenIdAttempt attempt, std::string code);
    bool take_launch(Ask& ask);
    boost::asio::awaitable<Result<access::Person>> person_of(std::string login, std::string password, std::string address);
    HttpResponse name_patient(Ask ask, const HttpRequest& request, Language language);
    HttpResponse page(Ask ask, Language language, const std::string& message);
    HttpResponse back_with_code(Ask ask);
    HttpResponse back_with_error(const access::AuthorizationRequest& request, std::string_view code) const;

    access::Authorization& authorization_;
    Reception& reception_;
    std::string issuer_;
    FindPatient find_patient_;
    access::OpenIdProvider* provider_;
    access::OneTime<Ask> asks_;
    access::OneTime<Ask> abroad_; ///< at the provider, by `state`
    std::atomic<std::size_t> waiting_{0}, waiting_abroad_{0};
    boost::asio::thread_pool passwords_{1};      ///< a hash takes 0.1 s: whoever tries logins takes no worker from anybody
    boost::asio::thread_pool provider_calls_{2}; ///< that wait for the provider
};

/// The caller that a token for this grant acts as.
access::Caller caller_of(const access::PersonGrant& grant);

} // namespace huitong::rest
