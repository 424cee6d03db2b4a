#include "rest/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

namespace huitong::rest {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return out;
}

HttpRequest read_request(http::request<http::string_body>& message, const tcp::endpoint& peer) {
    HttpRequest out;
    out.method = std::string(message.method_string());
    out.target = std::string(message.target());
    const auto mark = out.target.find('?');
    out.path = out.target.substr(0, mark);
    if (mark != out.target.npos) out.query = read_form(std::string_view(out.target).substr(mark + 1));
    for (const auto& field : message) out.headers.emplace_back(lower(field.name_string()), std::string(field.value()));
    out.body = std::move(message.body());
    out.peer_address = peer.address().to_string();
    out.peer_is_loopback = peer.address().is_loopback();
    return out;
}

http::response<http::string_body> write_response(HttpResponse&& answer, unsigned version, bool keep_alive, bool is_head) {
    http::response<http::string_body> out{static_cast<http::status>(answer.status), version};
    out.set(http::field::server, "Huitong");
    for (auto& [name, value] : answer.headers) out.set(name, value);
    out.keep_alive(keep_alive);
    if (answer.status == 204 || answer.status == 304) {
        out.content_length(boost::none);
        return out;
    }
    out.content_length(answer.body.size());
    if (!is_head) out.body() = std::move(answer.body);
    return out;
}

HttpResponse refusal(const beast::error_code& failure, const Limits& limits) {
    if (failure == http::error::body_limit)
        return outcome_response(error(IssueCode::too_long, "", "http-body-max", {std::to_string(limits.http_body_bytes_max)}));
    if (failure == http::error::header_limit) {
        auto response = outcome_response(error(IssueCode::too_long, "", "http-header-max", {std::to_string(limits.http_header_bytes_max)}));
        response.status = 431;
        return response;
    }
    return outcome_response(error(IssueCode::invalid, "", "http-syntax"));
}

} // namespace

/// Everything that must be closed when the server stops.
struct Server::Sockets {
    explicit Sockets(asio::io_context& io) : acceptor(io) {}
    tcp::acceptor acceptor;
    std::mutex mutex;
    std::set<beast::tcp_stream*> open;
    std::map<std::string, std::uint32_t> by_address;
    bool stopping = false;

    bool enter(beast::tcp_stream* stream, const tcp::endpoint& peer, const Limits& limits) {
        const std::lock_guard lock(mutex);
        if (stopping || open.size() >= limits.connections_max) return false;
        if (!peer.address().is_loopback() && by_address[peer.address().to_string()] >= limits.connections_per_address_max) return false;
        ++by_address[peer.address().to_string()];
        open.insert(stream);
        return true;
    }
    void leave(beast::tcp_stream* stream, const tcp::endpoint& peer) {
        const std::lock_guard lock(mutex);
        open.erase(stream);
        if (auto found = by_address.find(peer.address().to_string()); found != by_address.end() && --found->second == 0)
            by_address.erase(found);
    }
};

namespace {

/// One request of a connection; false ends it.
asio::awaitable<bool> serve_one(Server& server, beast::tcp_stream& stream, beast::flat_buffer& buffer, const tcp::endpoint& peer,
                                const Limits& limits) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(limits.http_header_bytes_max + limits.http_url_bytes_max));
    parser.body_limit(limits.http_body_bytes_max);
    beast::error_code failure;
    stream.expires_after(std::chrono::milliseconds(limits.http_header_timeout_ms));
    co_await http::async_read_header(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, failure));
    if (failure == http::error::end_of_stream || failure == beast::error::timeout || failure == asio::error::operation_aborted ||
        failure == asio::error::connection_reset)
        co_return false;
    if (!failure) {
        if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
            http::response<http::empty_body> go_on{http::status::continue_, 11};
            co_await http::async_write(stream, go_on, asio::redirect_error(asio::use_awaitable, failure));
        }
        stream.expires_after(std::chrono::milliseconds(limits.http_body_timeout_ms));
        co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, failure));
    }
    HttpResponse answer;
    bool keep_alive = false, is_head = false;
    unsigned version = 11;
    if (failure) {
        answer = refusal(failure, limits);
    } else {
        auto message = parser.release();
        keep_alive = message.keep_alive();
        version = message.version();
        is_head = message.method() == http::verb::head;
        auto request = read_request(message, peer);
        stream.expires_never();
        answer = co_await server.answer(std::move(request));
    }
    auto response = write_response(std::move(answer), version, keep_alive, is_head);
    stream.expires_after(std::chrono::milliseconds(limits.http_body_timeout_ms));
    http::response_serializer<http::string_body> serializer{response};
    co_await http::async_write(stream, serializer, asio::redirect_error(asio::use_awaitable, failure));
    co_return !failure && keep_alive;
}

asio::awaitable<void> serve(Server& server, std::shared_ptr<Server::Sockets> sockets, tcp::socket socket, const Limits& limits) {
    beast::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const auto peer = socket.remote_endpoint(ignored);
    beast::tcp_stream stream(std::move(socket));
    if (!sockets->enter(&stream, peer, limits)) co_return;
    beast::flat_buffer buffer;
    try {
        while (co_await serve_one(server, stream, buffer, peer, limits)) {}
    } catch (const std::exception&) {
        // The session root: whatever a library throws ends this connection only.
    }
    sockets->leave(&stream, peer);
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> accept_all(Server& server, std::shared_ptr<Server::Sockets> sockets, asio::io_context& io, const Limits& limits) {
    while (true) {
        beast::error_code failure;
        tcp::socket socket(asio::make_strand(io));
        co_await sockets->acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, failure));
        if (failure == asio::error::operation_aborted || failure == asio::error::bad_descriptor) co_return;
        if (failure) continue;
        auto executor = socket.get_executor();
        asio::co_spawn(executor, serve(server, sockets, std::move(socket), limits), asio::detached);
    }
}

} // namespace

Result<void> Server::bind(const std::string& address) {
    const auto colon = address.rfind(':');
    auto host = address.substr(0, colon == address.npos ? address.size() : colon);
    if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
    beast::error_code failure;
    const auto ip = asio::ip::make_address(host, failure);
    if (failure || colon == address.npos) return Outcome(error(IssueCode::invalid, "", "http-bind", {address}));
    const tcp::endpoint endpoint(ip, static_cast<std::uint16_t>(std::strtoul(address.c_str() + colon + 1, nullptr, 10)));
    sockets_ = std::make_shared<Sockets>(io_);
    auto& acceptor = sockets_->acceptor;
    acceptor.open(endpoint.protocol(), failure);
    if (!failure) acceptor.set_option(asio::socket_base::reuse_address(true), failure);
    if (!failure) acceptor.bind(endpoint, failure);
    if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
    if (failure) return Outcome(error(IssueCode::exception, "", "http-bind", {address}));
    address_ = (ip.is_v6() ? "[" + host + "]" : host) + ':' + std::to_string(acceptor.local_endpoint().port());
    return {};
}

void Server::start() { asio::co_spawn(io_, accept_all(*this, sockets_, io_, limits_), asio::detached); }

void Server::stop() {
    if (!sockets_) return;
    beast::error_code ignored;
    const std::lock_guard lock(sockets_->mutex);
    sockets_->stopping = true;
    sockets_->acceptor.close(ignored);
    for (auto* stream : sockets_->open) {
        asio::post(stream->get_executor(), [sockets = sockets_, stream] {
            const std::lock_guard inner(sockets->mutex);
            if (sockets->open.contains(stream)) stream->cancel();
        });
    }
}

Server::~Server() = default;

asio::awaitable<HttpResponse> Server::answer(HttpRequest request) {
    ++requests_;
    const RouteRow* best = nullptr;
    for (const auto& row : routes_) {
        const bool fits = request.path.starts_with(row.prefix) &&
                          (request.path.size() == row.prefix.size() || row.prefix.ends_with('/') || request.path[row.prefix.size()] == '/');
        if (fits && (!best || row.prefix.size() > best->prefix.size())) best = &row;
    }
    if (!best) co_return outcome_response(error(IssueCode::not_found, "", "rest-no-route"));
    HttpResponse response;
    bool failed = false;
    try {
        auto work = best->door->answer(std::move(request));
        response = co_await asio::co_spawn(workers_, std::move(work), asio::use_awaitable);
    } catch (const std::exception&) {
        failed = true;
    }
    if (failed) co_return outcome_response(fatal(IssueCode::exception, "", "http-internal"));
    co_return response;
}

} // namespace huitong::rest
