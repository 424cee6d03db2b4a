/// POST /auth/launch: a hospital's system says which patient it has open, and gets a code for the address of the app that it opens beside
/// it (`launch=…&iss=…`). The app shows the code at /auth/authorize with the scope `launch`; the token is then bound to that patient.
///
///   {"patient": number at the institution or citizen number, "encounter": number of the visit there or id of an Encounter,
///    "login": who must sign in}
///   → {"launch": "…", "expires_in": 300}
///
/// The client needs the scope `launch-context`. Source: SMART App Launch 2.0, "EHR Launch"; access/authorization.hpp.
#pragma once

#include "rest/sign_in/sign_in_door.hpp"

namespace huitong::rest {

class LaunchDoor final : public Door {
public:
    /// The id of the Encounter that is named so, when it is one of the patient's and not hidden from the caller; "" otherwise.
    using FindEncounter = std::function<std::string(const access::Caller& caller, const std::string& patient, const std::string& named)>;
    LaunchDoor(access::Authorization& authorization, Reception& reception, SignInDoor::FindPatient find_patient,
               FindEncounter find_encounter)
        : authorization_(authorization), reception_(reception), find_patient_(std::move(find_patient)),
          find_encounter_(std::move(find_encounter)) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    /// Issues: access-scope, launch-context (what is missing or leads to nobody).
    Result<access::LaunchContext> context_of(const access::Caller& caller, const HttpRequest& request) const;

    access::Authorization& authorization_;
    Reception& reception_;
    SignInDoor::FindPatient find_patient_;
    FindEncounter find_encounter_;
};

} // namespace huitong::rest
