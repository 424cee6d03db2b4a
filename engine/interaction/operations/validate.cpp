/// $validate: checks a resource and stores nothing. Source: FHIR R4, Resource-operation-validate.
#include "fhir/json.hpp"
#include "interaction/operations/parameters.hpp"
#include "interaction/patched.hpp"

#include <algorithm>

namespace huitong::interaction {
namespace {

constexpr std::string_view kModes[] = {"create", "update", "delete", "profile", ""};

/// What `mode` asks beyond the resource itself: may it be done at that address?
Outcome check_mode(const Request& request, const Route& route, const std::string& mode, fhir::Element resource) {
    if (std::find(std::begin(kModes), std::end(kModes), mode) == std::end(kModes))
        return error(IssueCode::invalid, "mode", "operation-parameter", {"mode"});
    if (mode == "update" && !route.id.empty() && resource && resource.text("id") != route.id)
        return error(IssueCode::invalid, route.type + ".id", "rest-id-differs", {route.id});
    const char right = mode == "create" ? 'c' : mode == "update" ? 'u' : 'd';
    if ((right == 'd' && mode != "delete") || access::may(request.caller, right, route.type)) return {};
    return error(IssueCode::forbidden, "", "access-scope", {mode, route.type});
}

/// The resource that is asked about: in the body, in a Parameters resource, or the stored one at the address.
Result<fhir::Element> find_resource(const Services& services, const Request& request, const Route& route, const OperationInput& input,
                                    fhir::DocumentPtr& stored) {
    auto resource = input.root();
    if (resource && resource.type() == "Parameters") resource = input.element("resource");
    if (resource) return resource;
    if (route.id.empty()) return Outcome(error(IssueCode::required, "", "operation-parameter", {"resource"}));
    auto view = services.store->view(access::filter_of(request.caller));
    auto found = patch_base(*view, {route.type, route.id}, std::nullopt);
    if (!found) return found.error();
    stored = fhir::read_json(std::move(found->body)).value;
    return stored->root();
}

} // namespace

boost::asio::awaitable<Response> validate(const Services& services, Request request, Route route) {
    auto input = OperationInput::read(services, request);
    Response response;
    if (!input) {
        // A body that cannot be read is what the caller wants to know: an OperationOutcome with status 200 would hide it.
        co_return failed(input.error());
    }
    fhir::DocumentPtr stored;
    const auto found_resource = find_resource(services, request, route, *input, stored);
    if (!found_resource) co_return failed(found_resource.error());
    const auto resource = *found_resource;
    const auto mode = input->text("mode");
    if (auto refused = check_mode(request, route, mode, resource); refused.has_errors()) {
        response.body = operation_outcome(refused);
        co_return response;
    }
    validation::Options options;
    options.best_practice = true;
    if (const auto profile = input->text("profile"); !profile.empty()) options.profiles.push_back(profile);
    Outcome found;
    if (resource.type() != route.type)
        found.add(error(IssueCode::invalid, std::string(resource.type()), "rest-type-differs", {std::string(resource.type()), route.type}));
    if (mode != "delete") found.add(services.validator->check(resource, options));
    for (auto& issue : found.issues()) { // nobody looked at what was asked for: that is no "valid"
        const bool is_asked = issue.rule == "validation-profile-unknown" && issue.arguments == options.profiles;
        if (is_asked) issue.severity = Severity::error;
    }
    response.body = operation_outcome(found);
    co_return response;
}

} // namespace huitong::interaction
