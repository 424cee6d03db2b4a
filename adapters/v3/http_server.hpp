/// A small HTTP/1.1 server for a feed's own port: one request after the other on a connection, within limits and deadlines.
///
/// Knows nothing of SOAP. Every connection runs on its own strand; `run` returns after all of them ended; when stopped, an exchange that is
/// under way is finished. TLS ends at the gateway in front of it. Source: RFC 9112.
#pragma once

#include "base/limits.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace huitong::adapters::v3 {

struct HttpQuestion {
    std::string method, host, target, content_type, soap_action, body;
};

/// Travels by value through coroutines.
struct HttpReply {
    int status = 200;
    std::string content_type, body;
    HttpReply() = default;
    HttpReply(int status_, std::string content_type_, std::string body_)
        : status(status_), content_type(std::move(content_type_)), body(std::move(body_)) {}
};

class HttpResponder {
public:
    virtual boost::asio::awaitable<HttpReply> reply(HttpQuestion question) = 0;

protected:
    ~HttpResponder() = default;
};

class HttpServer {
public:
    /// `listen`: "127.0.0.1:8086"; port 0: any free one.
    HttpServer(const std::string& listen, const Limits& limits);
    /// Serves until cancelled. Throws boost::system::system_error when it cannot listen. `responder` outlives the call.
    boost::asio::awaitable<void> run(HttpResponder& responder);
    /// "host:port" as bound; "" before `run` has bound.
    std::string address() const;

private:
    std::string host_ = "127.0.0.1";
    std::uint16_t port_ = 0;
    Limits limits_;
    std::atomic<std::uint16_t> bound_port_{0};
};

} // namespace huitong::adapters::v3
