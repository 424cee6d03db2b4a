/// $snapshot: the elements that the differential of a profile makes. Its base is one that the hub knows: of FHIR itself or of its
/// configuration. Source: FHIR R4, StructureDefinition-operation-snapshot.
#include "fhir/snapshot.hpp"

#include "fhir/json.hpp"
#include "interaction/operations/parameters.hpp"
#include "interaction/patched.hpp"

namespace huitong::interaction {
namespace {

Result<fhir::DocumentPtr> read_definition(std::string text) {
    auto parsed = fhir::read_json(std::move(text));
    if (parsed.issues.has_errors()) return std::move(parsed.issues);
    return std::move(parsed.value);
}

/// The stored profile, or the one of that URL that the hub knows.
Result<fhir::DocumentPtr> known_definition(const Services& services, const Request& request, const Route& route, const std::string& url,
                                           Response& response) {
    if (route.id.empty()) {
        const auto text = services.definitions->resource_json("StructureDefinition", url);
        if (text.empty()) return Outcome(error(IssueCode::not_found, "", "fhirpath-unknown-structure", {url}));
        return read_definition(std::string(text));
    }
    const auto view = services.store->view(access::filter_of(request.caller));
    auto found = patch_base(*view, {route.type, route.id}, std::nullopt);
    if (!found) return found.error();
    touch(response, *found);
    return read_definition(std::move(found->body));
}

} // namespace

boost::asio::awaitable<Response> snapshot(const Services& services, Request request, Route route) {
    if (route.type != "StructureDefinition")
        co_return failed(error(IssueCode::not_supported, "", "operation-type", {"$snapshot", "StructureDefinition"}));
    const auto input = OperationInput::read(services, request);
    if (!input) co_return failed(input.error());
    Response response;
    auto structure = input->element("definition");
    if (!structure && input->root() && input->root().type() == "StructureDefinition") structure = input->root();
    fhir::DocumentPtr document;
    if (!structure) {
        const auto url = input->text("url");
        if (route.id.empty() && url.empty()) co_return failed(error(IssueCode::required, "", "operation-parameter", {"definition"}));
        auto known = known_definition(services, request, route, url, response);
        if (!known) co_return failed(known.error());
        document = std::move(*known);
        structure = document->root();
    }
    const auto made = fhir::make_snapshot(*services.definitions, structure);
    if (made.issues.has_errors()) co_return failed(made.issues);
    response.body = fhir::write_json(made.value->root());
    co_return response;
}

} // namespace huitong::interaction
