/// Patient/$everything: the compartment in one searchset, pages by `_count` and `_page`. Source: FHIR R4, Patient-operation-everything.
#include "fhir/json.hpp"
#include "interaction/parts.hpp"

#include <algorithm>

namespace huitong::interaction {

boost::asio::awaitable<Response> everything(const Services& services, Request request, Route route) {
    if (route.type != "Patient") co_return failed(error(IssueCode::not_supported, "", "rest-compartment", {route.type}));
    auto view = services.store->view(access::filter_of(request.caller));
    const auto own = view->current_key({route.type, route.id});
    if (own == 0) co_return failed(error(IssueCode::not_found, "", "rest-not-found", {route.type, route.id}));
    auto keys = view->compartment(route.id, std::nullopt);
    const std::size_t count =
        std::min<std::size_t>(services.limits->search_count_max,
                              query_value(request, "_count") ? std::strtoul(query_value(request, "_count")->c_str(), nullptr, 10) : 500);
    const store::VersionKey after = query_value(request, "_page") ? std::strtoull(query_value(request, "_page")->c_str(), nullptr, 10) : 0;
    const auto total = keys.size();
    keys.erase(keys.begin(), std::upper_bound(keys.begin(), keys.end(), after));
    const bool more = keys.size() > count;
    if (more) keys.resize(count);
    auto versions = view->versions(keys);
    if (!versions) co_return failed(versions.error());
    Response response;
    std::string& out = response.body;
    const auto self = services.base_url + '/' + request.path;
    out = "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":" + std::to_string(total) + ",\"link\":[";
    add_bundle_link(out, "self", self);
    if (more) {
        out += ',';
        add_bundle_link(out, "next", self + "?_count=" + std::to_string(count) + "&_page=" + std::to_string(keys.back()));
    }
    out += "],\"entry\":[";
    bool first = true;
    for (const auto& version : *versions) {
        if (!first) out += ',';
        first = false;
        out += "{\"fullUrl\":";
        fhir::write_json_string(services.base_url + '/' + version.key.type + '/' + version.key.id, out);
        out += ",\"resource\":" + version.body + ",\"search\":{\"mode\":\"match\"}}";
        touch(response, version);
    }
    close_entries(out);
    co_return response;
}

} // namespace huitong::interaction
