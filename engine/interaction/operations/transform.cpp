/// StructureMap/$transform: content through a map, as feeds run it. `source` names a map of the deployment; at an instance it is the stored
/// map, which stands for itself (what it imports is not looked for). Nothing is stored.
/// Source: FHIR R4, StructureMap-operation-transform.
#include "fhir/json.hpp"
#include "interaction/operations/parameters.hpp"
#include "mapping/mapping.hpp"

namespace huitong::interaction {
namespace {

constexpr std::uint64_t kStepsMax = 500'000; ///< half a second at worst

/// A library of the stored map alone. Issues: those of reading a map, rest-not-found.
Result<std::unique_ptr<mapping::MapLibrary>> stored_library(const Services& services, const access::Caller& caller, const std::string& id,
                                                            std::string& url) {
    const auto view = services.store->view(access::filter_of(caller));
    const auto stored = view->current({"StructureMap", id});
    if (!stored) return stored.error();
    if (!*stored || (*stored)->deleted) return Outcome(error(IssueCode::not_found, "", "rest-not-found", {"StructureMap", id}));
    const auto document = fhir::read_json((*stored)->body);
    auto map = mapping::Map::read(document.value->root());
    if (map.issues.has_errors()) return std::move(map.issues);
    url = map.value.url();
    using Nobody = std::shared_ptr<void>; // what the services hold outlives the request
    auto out = std::make_unique<mapping::MapLibrary>(std::shared_ptr<const fhir::Definitions>(Nobody(), services.definitions),
                                                     std::shared_ptr<const terminology::Terminology>(Nobody(), services.terminology));
    if (auto issues = out->add(std::move(map.value)); issues.has_errors()) return issues;
    return out;
}

} // namespace

boost::asio::awaitable<Response> transform(const Services& services, Request request, Route route) {
    if (route.type != "StructureMap")
        co_return failed(error(IssueCode::not_supported, "", "operation-type", {"$transform", "StructureMap"}));
    const auto input = OperationInput::read(services, request);
    if (!input) co_return failed(input.error());
    // With `source` in the address the body may be the content itself.
    const bool is_bare = input->root() && input->root().type() != "Parameters";
    const auto content = is_bare ? input->root() : input->element("content");
    if (!content) co_return failed(error(IssueCode::required, "", "operation-parameter", {"content"}));
    auto url = input->text("source");
    std::unique_ptr<mapping::MapLibrary> own;
    if (!route.id.empty()) {
        auto stored = stored_library(services, request.caller, route.id, url);
        if (!stored) co_return failed(stored.error());
        own = std::move(*stored);
    } else if (url.empty()) {
        co_return failed(error(IssueCode::required, "", "operation-parameter", {"source"}));
    }
    const auto* library = own ? own.get() : services.maps;
    if (!library || !library->has(url)) co_return failed(error(IssueCode::not_found, "source", "operation-unknown-map"));
    mapping::RunOptions options;
    options.now = services.clock->now();
    options.id_seed = services.store->new_id();
    options.offset_minutes = services.registry->offset_minutes();
    options.steps_max = kStepsMax;
    // A tree of its own, so that paths begin at the content.
    const auto source = fhir::read_json(fhir::write_json(content));
    auto result = library->run(url, source.value->root(), options);
    if (result.issues.has_errors() || !result.output) co_return failed(std::move(result.issues));
    Response response;
    response.body = fhir::write_json(result.output->root());
    response.issues = std::move(result.issues);
    co_return response;
}

} // namespace huitong::interaction
