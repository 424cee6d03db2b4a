/// $convert: a resource in another format; nothing is stored and nothing but its form is checked. The door writes what `Accept` wants.
/// Source: FHIR R4, Resource-operation-convert.
#include "fhir/json.hpp"
#include "interaction/parts.hpp"

namespace huitong::interaction {

boost::asio::awaitable<Response> convert(const Services& services, Request request, Route) {
    const auto document = read_body(services, request);
    if (!document) co_return failed(document.error());
    Response response;
    response.body = fhir::write_json((*document)->root());
    co_return response;
}

} // namespace huitong::interaction
