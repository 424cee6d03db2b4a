/// POST /auth/launch: a hospital's system says which patient it has open, and gets a code for the address of the app that it opens beside
/// it
/// (`launch=…&iss=…`). The app shows the code at /auth/authorize with the scope `launch`; the token is then bound to that patient.
///
///   {"patient": number at the institution or citizen number, "encounter": id of an Encounter, "login": who must sign in}
///   → {"launch": "…", "expires_in": 300}
///
/// The client needs the scope `launch-context`. Source: SMART App Launch 2.0, "EHR Launch"; access/authorization.hpp.
#pragma once

#include "rest/sign_in/sign_in_door.hpp"

namespace huitong::rest {

class LaunchDoor final : public Door {
public:
    LaunchDoor(access::Authorization& authorization, Reception& reception, SignInDoor::FindPatient find_patient)
        : authorization_(authorization), reception_(reception), find_patient_(std::move(find_patient)) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    /// Issues: access-scope, launch-context (what is missing or leads to nobody).
    Result<access::LaunchContext> context_of(const access::Caller& caller, const HttpRequest& request) const;

    access::Authorization& authorization_;
    Reception& reception_;
    SignInDoor::FindPatient find_patient_;
};

} // namespace huitong::rest
