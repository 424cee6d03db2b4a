/// gzip in and out. Source: RFC 9110 §8.4, §12.5.3; RFC 1952.
#pragma once

#include "base/limits.hpp"
#include "rest/http.hpp"

namespace huitong::rest {

/// The body as it was before its Content-Encoding; the header is then gone. Issues: http-encoding (415), http-inflate,
/// http-inflated-max (a small body that grows beyond the limits).
Outcome inflate_body(HttpRequest& request, const Limits& limits);
/// Compresses a body that is worth it when the client takes gzip.
void deflate_body(std::string_view accept_encoding, HttpResponse& response);
/// True when `Accept-Encoding` takes gzip: named or by "*", and not with q=0.
bool takes_gzip(std::string_view accept_encoding);

} // namespace huitong::rest
