#include "rest/sign_in/launch_door.hpp"

#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::rest {
namespace {

constexpr std::string_view kScope = "launch-context";

Outcome incomplete(std::string what) { return error(IssueCode::invalid, what, "launch-context", {what}); }

} // namespace

Result<access::LaunchContext> LaunchDoor::context_of(const access::Caller& caller, const HttpRequest& request) const {
    if (request.method != "POST") return Outcome(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    if (std::find(caller.scopes.begin(), caller.scopes.end(), kScope) == caller.scopes.end())
        return Outcome(error(IssueCode::forbidden, "", "access-scope", {std::string(kScope), "launch"}));
    const auto parsed = fhir::read_plain_json(request.body);
    if (parsed.issues.has_errors()) return parsed.issues;
    const auto root = parsed.value->root();
    access::LaunchContext out;
    out.organization = caller.organization;
    if (out.organization.empty()) return incomplete("organization");
    out.patient = find_patient_(caller, std::string(root.text("patient")));
    if (out.patient.empty()) return incomplete("patient");
    const std::string encounter(root.text("encounter"));
    if (!encounter.empty()) out.encounter = find_encounter_(caller, out.patient, encounter);
    if (out.encounter.empty() && !encounter.empty()) return incomplete("encounter");
    out.login = root.text("login");
    return out;
}

boost::asio::awaitable<HttpResponse> LaunchDoor::answer(HttpRequest request) {
    auto caller = reception_.caller_of(request);
    auto context = caller ? context_of(*caller, request) : Result<access::LaunchContext>(caller.error());
    auto response = context ? HttpResponse() : outcome_response(context.error());
    std::vector<std::string> named;
    if (context) named.push_back("Patient/" + context->patient);
    auto who = caller ? *caller : Reception::stranger(request);
    auto recorded = co_await reception_.record(who, "launch", "Patient", "", response.status, std::move(named));
    if (!recorded.empty()) co_return outcome_response(recorded);
    if (!context) co_return response;
    co_return json_response(200, "{\"launch\":" + fhir::json_text(authorization_.launch(std::move(*context))) + ",\"expires_in\":300}");
}

} // namespace huitong::rest
