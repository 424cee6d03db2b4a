/// `/fhir`: HTTP to the FHIR interactions and back: who calls, formats, headers, and the access record that is durable before the answer
/// leaves. Source: FHIR R4 RESTful API, "HTTP Headers", "Content Types and encodings".
#pragma once

#include "access/consents.hpp"
#include "access/practitioners.hpp"
#include "access/tokens.hpp"
#include "audit/access_log.hpp"
#include "interaction/interaction.hpp"
#include "rest/http.hpp"
#include "rest/media.hpp"

namespace huitong::rest {

/// How doors know who calls and write down what was given out.
class Reception {
public:
    /// `consents`: nullptr = nobody has said anything.
    Reception(const access::Tokens* tokens, audit::AccessLog* log, const Clock& clock, bool open, access::Consents* consents = nullptr)
        : tokens_(tokens), log_(log), clock_(clock), open_(open), consents_(consents) {}
    /// Over the control socket: the local administrator. In open mode: anybody. Else by the bearer token. Issues: token-missing,
    /// token-invalid, token-expired, access-licence.
    Result<access::Caller> caller_of(const HttpRequest& request) const;
    /// A caller whom a one-time code stands for, in a request of a browser's: licence and Consents are asked anew, the address is the
    /// browser's. Issue: access-licence.
    Result<access::Caller> caller_again(access::Caller known, const HttpRequest& request) const;
    /// Who was refused: nobody is known, but where the request came from and what it is called.
    static access::Caller stranger(const HttpRequest& request);
    /// From now on a practitioner must be in the register, with a licence that holds on the day of the call.
    void ask_register(const access::Practitioners* practitioners, int offset_minutes) {
        practitioners_ = practitioners;
        offset_minutes_ = offset_minutes;
    }
    /// Durable before it completes. Issue: access-log-unavailable (503: without a record no health data is served).
    boost::asio::awaitable<Outcome> record(const access::Caller& caller, std::string interaction, std::string type, std::string id,
                                           int status, std::vector<std::string> resources, std::vector<std::uint32_t> versions = {});
    const Clock& clock() const { return clock_; }

private:
    const access::Tokens* tokens_;
    audit::AccessLog* log_;
    const Clock& clock_;
    bool open_;
    Outcome check_licence(const access::Caller& caller) const;

    access::Consents* consents_;
    const access::Practitioners* practitioners_ = nullptr;
    int offset_minutes_ = 0;
};

class FhirDoor final : public Door {
public:
    FhirDoor(const interaction::Services& services, Reception& reception, std::string prefix,
             interaction::WriteCheck write_check = interaction::WriteCheck::tolerant)
        : services_(services), reception_(reception), prefix_(std::move(prefix)), write_check_(write_check) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;
    bool is_light(const HttpRequest& request) const override;

private:
    /// True when it exists and a Consent alone hides it: worth an event of its own, not a different answer.
    bool is_closed_by_consent(const access::Caller& caller, const std::string& type, const std::string& id) const;
    HttpResponse respond(const Media& media, bool pretty, bool as_bytes, interaction::Response result) const;

    const interaction::Services& services_;
    Reception& reception_;
    std::string prefix_;
    interaction::WriteCheck write_check_;
};

} // namespace huitong::rest
