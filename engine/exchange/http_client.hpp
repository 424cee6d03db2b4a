/// One HTTP call to another hub with libcurl: bounded in time and bytes, no redirects (a token must not follow one), certificates checked
/// against the system's authorities, plain HTTP only to this machine unless it is allowed.
/// Thread: one call at a time; the connection is kept between calls.
#pragma once

#include "base/outcome.hpp"

#include <functional>
#include <memory>
#include <stop_token>
#include <utility>

namespace huitong::exchange {

struct HttpLimits {
    std::size_t answer_bytes_max = 64 << 20;   ///< after decompression
    std::uint32_t connect_timeout_ms = 10'000; ///< name, TCP and TLS
    std::uint32_t answer_timeout_ms = 120'000; ///< the whole call
    std::uint32_t stall_timeout_ms = 30'000;   ///< no byte for so long: the peer is gone
    bool plain_http = false;                   ///< allow http:// to other machines (a closed network)
    std::string unix_socket;                   ///< path of a hub's control socket: the URL's host is not looked up
    std::string authorities_file;              ///< PEM of further certificate authorities, "" = the system's
};

struct HttpAnswer {
    int status = 0;
    std::string content_type;        ///< without parameters, lower case
    std::string etag, content_range; ///< as sent, "" = none
    std::string body;
    std::int64_t date_seconds = 0;   ///< of the Date header, 0 = none
    std::uint32_t retry_after_s = 0; ///< of Retry-After in seconds, 0 = none
};

struct HttpCall {
    std::string url;
    std::string body, content_type; ///< posted; without a content type: GET
    std::vector<std::pair<std::string, std::string>> headers;
    /// Takes the body of an answer with status 2xx piece by piece, as it travels (not decompressed), instead of `HttpAnswer::body`; its
    /// head is there then. False ends the call. The bound of bytes is the taker's.
    std::function<bool(const HttpAnswer& head, std::string_view piece)> take;
};

class HttpClient {
public:
    explicit HttpClient(HttpLimits limits);
    ~HttpClient();
    /// Issues: exchange-plain-http, exchange-unreachable, exchange-tls, exchange-timeout, exchange-cut, exchange-answer-bytes,
    /// exchange-cancelled. Every HTTP status is an answer.
    Result<HttpAnswer> send(const HttpCall& call, const std::stop_token& stop);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Percent-encodes for a form or a query (RFC 3986 unreserved characters stay).
std::string encode_form(std::string_view text);

} // namespace huitong::exchange
