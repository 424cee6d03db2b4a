/// HTTP messages without Beast: what doors see. Beast stays in server.cpp.
/// Types that travel through coroutines by value have a constructor (g++ 12).
#pragma once

#include "base/file_body.hpp"
#include "base/instant.hpp"
#include "base/outcome.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace huitong::rest {

struct HttpRequest {
    std::string method, target;                               ///< target as sent: path and query
    std::string path;                                         ///< decoded per step is not done: ids never need it
    std::vector<std::pair<std::string, std::string>> query;   ///< decoded
    std::vector<std::pair<std::string, std::string>> headers; ///< names in lower case
    std::string body;
    std::string peer_address;
    bool peer_is_loopback = false;
    bool peer_is_local = false; ///< over the control socket
    HttpRequest() {}
    std::string_view header(std::string_view name) const {
        for (const auto& [key, value] : headers) {
            if (key == name) return value;
        }
        return {};
    }
};

struct HttpResponse {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::shared_ptr<FileBody> file; ///< the body instead of `body`: read while it goes out
    HttpResponse() {}
    /// Adds the header, or replaces the one of that name.
    HttpResponse& set(std::string name, std::string value) {
        for (auto& [known, old] : headers) {
            if (known != name) continue;
            old = std::move(value);
            return *this;
        }
        headers.emplace_back(std::move(name), std::move(value));
        return *this;
    }
};

/// One way in under a path prefix. Runs on a worker, or on the io thread when the door says that the request is light.
class Door {
public:
    virtual ~Door() = default;
    virtual boost::asio::awaitable<HttpResponse> answer(HttpRequest request) = 0;
    /// A bounded point read that takes less than two changes of thread would.
    virtual bool is_light(const HttpRequest&) const { return false; }
};

/// Adds a name to the header Vary. Source: RFC 9110 §12.5.5.
void vary_by(HttpResponse& response, std::string_view name);
HttpResponse json_response(int status, std::string body);
/// An OperationOutcome with the status that its leading issue means.
HttpResponse outcome_response(const Outcome& outcome);
/// Source: RFC 9110 §5.6.7.
std::string http_date(Instant instant);

} // namespace huitong::rest
