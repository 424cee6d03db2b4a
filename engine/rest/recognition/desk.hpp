/// The first step of every recognition door: who calls, whether they may, and for which institution they ask.
///
/// A client needs the scope `recognition` and reading of Observation. It asks for its own organisation; header `X-Acting-Organization`
/// names another one, which only clients that the configuration lists may do; over the control socket `?organization=` does the same. What
/// was refused is recorded like what was given.
#pragma once

#include "recognition/service.hpp"
#include "rest/fhir_door.hpp"

namespace huitong::rest {

struct Asker {
    access::Caller caller;
    std::string receiver;
    Asker() {}
};

/// Issues: those of Reception::caller_of, Service::may_use and Service::receiver_of.
boost::asio::awaitable<Result<Asker>> asker_of(Reception& reception, const recognition::Service& service, HttpRequest request);

/// From here on the asker is the receiver's, and the doctor's whom a question names, where the client is no doctor's own: their licence and
/// what Consents say of them hold. Issue: access-licence.
Outcome speak_for(const Reception& reception, const HttpRequest& request, const std::string& practitioner, Asker& asker);

/// Chinese unless the caller prefers English (Accept-Language).
Language language_of(const HttpRequest& request);
/// First value of a query parameter, "" when absent.
std::string query_text(const HttpRequest& request, std::string_view name);
/// What an answer discloses: results, studies and reports that are shown, for the access log.
std::vector<std::string> disclosed(const std::vector<recognition::Match>& matches);

} // namespace huitong::rest
