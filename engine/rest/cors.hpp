/// Which pages of which origins may call from a browser. Source: Fetch standard, "CORS protocol"; FHIR R4 RESTful API, "CORS".
#pragma once

#include "rest/http.hpp"

namespace huitong::rest {

struct Cors {
    std::vector<std::string> origins; ///< "*" = any; scheme, host and port as browsers write them
    bool local_pages = false;         ///< pages served from this machine, on any port
};

/// True for a browser's question before the request itself.
bool is_preflight(const HttpRequest& request);
HttpResponse preflight_response(const Cors& cors, const HttpRequest& request);
/// Lets the page read the answer and the headers that FHIR clients need; nothing when its origin may not.
void add_cors(const Cors& cors, std::string_view origin, HttpResponse& response);

} // namespace huitong::rest
