/// search on a type, on the system and in a compartment. Source: FHIR R4, Search; FHIR R4 RESTful API, "search".
#include "fhir/json.hpp"
#include "interaction/parts.hpp"
#include "interaction/reach.hpp"
#include "search/compartments.hpp"

namespace huitong::interaction {
namespace {

/// Where the search is asked by GET: further pages are, however the first was asked for.
std::string address_of(const Services& services, const Request& request, const Route& route) {
    constexpr std::string_view kByPost = "/_search";
    auto out = services.base_url + '/' + request.path;
    if (!out.ends_with(kByPost)) return out + '?';
    out.resize(out.size() - kByPost.size());
    const bool is_whole_compartment = !route.compartment.empty() && route.type.empty();
    return out + (is_whole_compartment ? "/*?" : "?");
}

/// The searchset without entries: type, total, links.
std::string write_head(const Services& services, const Request& request, const Route& route, const search::Query& query,
                       const search::Page& page) {
    const auto base = address_of(services, request, route);
    std::string out = "{\"resourceType\":\"Bundle\",\"type\":\"searchset\"";
    if (page.total) out += ",\"total\":" + std::to_string(*page.total);
    out += ",\"link\":[";
    add_bundle_link(out, "self", base + query.self);
    const auto prefix = base + query.self + (query.self.empty() ? "" : "&");
    if (!page.previous.empty()) {
        out += ',';
        add_bundle_link(out, "previous", prefix + "_page=" + encode_url(page.previous));
    }
    if (!page.next.empty()) {
        out += ',';
        add_bundle_link(out, "next", prefix + "_page=" + encode_url(page.next));
    }
    return out + ']';
}

std::string plan_outcome(const std::vector<std::string>& plan) {
    std::string out = "{\"search\":{\"mode\":\"outcome\"},\"resource\":{\"resourceType\":\"OperationOutcome\",\"issue\":[";
    for (std::size_t index = 0; index < plan.size(); ++index) {
        if (index != 0) out += ',';
        out += "{\"severity\":\"information\",\"code\":\"informational\",\"diagnostics\":";
        fhir::write_json_string(plan[index], out);
        out += '}';
    }
    return out + "]}}";
}

} // namespace

boost::asio::awaitable<Response> search_type(const Services& services, Request request, Route route) {
    if (auto refused = check_reach(request); refused.has_errors()) co_return failed(std::move(refused));
    // The door reads forms; a body that is still there is something else, and must not be passed over.
    if (!request.body.empty()) co_return failed(error(IssueCode::not_supported, "", "rest-media-type", {request.content_type}));
    Outcome warnings;
    auto query = search::read_query(*services.registry, route.type, request.query, request.handling != Handling::lenient, warnings);
    if (!query) co_return failed(query.error());
    if (!route.compartment.empty()) {
        if (!services.registry->compartments().is_compartment(route.compartment))
            co_return failed(error(IssueCode::not_supported, "", "rest-compartment", {route.compartment}));
        query->compartment = store::ResourceKey(route.compartment, route.id);
    }
    auto view = services.store->view(access::filter_of(request.caller), search::page_time(*query));
    auto page = search::run(*services.registry, *view, *query, *services.limits);
    if (!page) co_return failed(page.error());
    warnings.add(std::move(page->warnings));
    Response response;
    std::string& out = response.body;
    out = write_head(services, request, route, *query, *page);
    out += ",\"entry\":[";
    bool first = true;
    auto separate = [&] {
        if (!first) out += ',';
        first = false;
    };
    for (const auto& found : page->entries) {
        separate();
        const auto& version = found.version;
        out += "{\"fullUrl\":";
        fhir::write_json_string(services.base_url + '/' + version.key.type + '/' + version.key.id, out);
        const bool whole = query->summary.empty() && query->elements.empty();
        out += ",\"resource\":" +
               (whole || found.included ? version.body : subset(*services.definitions, version.body, query->summary, query->elements));
        out += found.included ? ",\"search\":{\"mode\":\"include\"}}" : ",\"search\":{\"mode\":\"match\"}}";
        touch(response, version);
    }
    if (!warnings.empty()) {
        separate();
        out += "{\"search\":{\"mode\":\"outcome\"},\"resource\":" + operation_outcome(warnings) + '}';
    }
    if (query->explain) {
        separate();
        out += plan_outcome(page->plan);
    }
    close_entries(out);
    response.issues = std::move(warnings);
    co_return response;
}

} // namespace huitong::interaction
