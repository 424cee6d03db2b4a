/// $validate: checks a resource and stores nothing. Source: FHIR R4, Resource-operation-validate.
#include "fhir/json.hpp"
#include "interaction/operations/parameters.hpp"

namespace huitong::interaction {

boost::asio::awaitable<Response> validate(const Services& services, Request request, Route route) {
    auto input = OperationInput::read(services, request);
    Response response;
    if (!input) {
        // A body that cannot be read is what the caller wants to know: an OperationOutcome with status 200 would hide it.
        co_return failed(input.error());
    }
    auto resource = input->root();
    if (resource && resource.type() == "Parameters") resource = input->element("resource");
    if (!resource) co_return failed(error(IssueCode::required, "", "operation-parameter", {"resource"}));
    validation::Options options;
    options.best_practice = true;
    if (const auto profile = input->text("profile"); !profile.empty()) options.profiles.push_back(profile);
    Outcome found;
    if (resource.type() != route.type)
        found.add(error(IssueCode::invalid, std::string(resource.type()), "rest-type-differs", {std::string(resource.type()), route.type}));
    found.add(services.validator->check(resource, options));
    response.body = operation_outcome(found);
    co_return response;
}

} // namespace huitong::interaction
