#include "rest/http.hpp"

#include "interaction/interaction.hpp"

#include <array>
#include <ctime>

namespace huitong::rest {

void vary_by(HttpResponse& response, std::string_view name) {
    for (auto& [known, value] : response.headers) {
        if (known != "Vary") continue;
        if (value.find(name) == value.npos) value.append(", ").append(name);
        return;
    }
    response.headers.emplace_back("Vary", std::string(name));
}

HttpResponse json_response(int status, std::string body) {
    HttpResponse response;
    response.status = status;
    response.set("Content-Type", "application/json; charset=utf-8");
    response.body = std::move(body);
    return response;
}

HttpResponse outcome_response(const Outcome& outcome) {
    HttpResponse response;
    response.status = interaction::status_of(outcome);
    response.set("Content-Type", "application/fhir+json; charset=utf-8");
    if (response.status == 503) response.set("Retry-After", "1");
    if (response.status == 429) response.set("Retry-After", "10"); // what is under way takes its time
    if (response.status == 401) response.set("WWW-Authenticate", "Bearer");
    response.body = interaction::operation_outcome(outcome);
    return response;
}

std::string http_date(Instant instant) {
    const std::time_t seconds = instant.microseconds / kMicrosecondsPerSecond;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 40> out{};
    const auto size = std::strftime(out.data(), out.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {out.data(), size};
}

} // namespace huitong::rest
