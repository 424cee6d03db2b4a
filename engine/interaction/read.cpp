/// read and vread. Source: FHIR R4 RESTful API §3.1.0.1, §3.1.0.2 ("read", "vread"); conditional read by If-None-Match and
/// If-Modified-Since.
#include "interaction/parts.hpp"

namespace huitong::interaction {
namespace {

Response answer(const Services& services, const Request& request, const store::ResourceKey& key,
                Result<std::optional<store::Version>> found) {
    if (!found) return failed(found.error());
    if (!*found) return failed(error(IssueCode::not_found, "", "rest-not-found", {key.type, key.id}));
    auto& version = **found;
    Response response;
    touch(response, version);
    if (version.deleted) {
        response = failed(error(IssueCode::deleted, "", "rest-deleted", {key.type, key.id}));
        response.etag = etag_of(version.version);
        return response;
    }
    response.etag = etag_of(version.version);
    response.last_modified = version.updated;
    if (!request.if_none_match.empty()) {
        if (names_etag(request.if_none_match, version.version)) response.status = 304;
    } else if (!request.if_modified_since.empty()) {
        const auto since = read_date_time(request.if_modified_since);
        if (since && version.updated < instants_of(*since, 0).second) response.status = 304;
    }
    if (response.status == 304) return response;
    const auto wanted = read_subset(request);
    if (!wanted) return failed(wanted.error());
    response.raw_body = wanted->is_whole();
    response.body = wanted->of(*services.definitions, std::move(version.body));
    return response;
}

} // namespace

boost::asio::awaitable<Response> read(const Services& services, Request request, Route route) {
    auto view = services.store->view(access::filter_of(request.caller));
    const store::ResourceKey key(route.type, route.id);
    co_return answer(services, request, key, view->current(key));
}

boost::asio::awaitable<Response> vread(const Services& services, Request request, Route route) {
    auto view = services.store->view(access::filter_of(request.caller));
    const store::ResourceKey key(route.type, route.id);
    co_return answer(services, request, key, view->version(key, route.version));
}

} // namespace huitong::interaction
