/// Queries of URLs and HTML forms: "a=b&c=d", percent-encoded. Reading is lenient, because clients send `|`, `<` or Han characters as
/// they are: what is no valid escape stays as it came. Thread: any.
/// Source: RFC 3986 §2.1, §3.4; WHATWG URL, "application/x-www-form-urlencoded" ('+' is a blank).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace huitong {

/// Pairs in order, decoded; a pair without '=' has the value "". Empty pieces ("a=1&&b=2") are left out.
std::vector<std::pair<std::string, std::string>> read_url_query(std::string_view text);

/// Escapes all but the unreserved characters and `:` `,` `/`, which queries of FHIR are easier to read with.
std::string encode_url(std::string_view text);

} // namespace huitong
