#include "rest/cors.hpp"

#include <algorithm>

namespace huitong::rest {
namespace {

bool is_local(std::string_view origin) {
    for (const std::string_view host : {"http://localhost", "http://127.0.0.1", "http://[::1]"}) {
        if (origin.starts_with(host) && (origin.size() == host.size() || origin[host.size()] == ':')) return true;
    }
    return false;
}

bool may_call(const Cors& cors, std::string_view origin) {
    const auto named = [&](std::string_view one) { return std::find(cors.origins.begin(), cors.origins.end(), one) != cors.origins.end(); };
    return named("*") || named(origin) || (cors.local_pages && is_local(origin));
}

} // namespace

bool is_preflight(const HttpRequest& request) {
    return request.method == "OPTIONS" && !request.header("origin").empty() && !request.header("access-control-request-method").empty();
}

HttpResponse preflight_response(const Cors& cors, const HttpRequest& request) {
    HttpResponse response;
    response.status = 204;
    add_cors(cors, request.header("origin"), response);
    if (!may_call(cors, request.header("origin"))) return response;
    response.set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    if (const auto headers = request.header("access-control-request-headers"); !headers.empty())
        response.set("Access-Control-Allow-Headers", std::string(headers));
    response.set("Access-Control-Max-Age", "600");
    return response;
}

void add_cors(const Cors& cors, std::string_view origin, HttpResponse& response) {
    if (origin.empty()) return;
    vary_by(response, "Origin");
    if (!may_call(cors, origin)) return;
    const bool any = std::find(cors.origins.begin(), cors.origins.end(), "*") != cors.origins.end();
    response.set("Access-Control-Allow-Origin", any ? "*" : std::string(origin));
    response.set("Access-Control-Expose-Headers", "Location, Content-Location, ETag, Last-Modified");
}

} // namespace huitong::rest
