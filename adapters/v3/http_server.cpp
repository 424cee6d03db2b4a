#include "adapters/v3/http_server.hpp"

#include "adapters/sessions/sessions.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <charconv>

namespace huitong::adapters::v3 {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr auto kWait = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kIdleMs = 60'000;

int refusal_of(const beast::error_code& failure) {
    if (failure == http::error::body_limit) return 413;
    return failure == http::error::header_limit ? 431 : 400;
}

/// One connection. All members are used on its strand only; `stop` may be called from anywhere.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(tcp::socket socket, const Limits& limits) : stream_(std::move(socket)), limits_(limits) {}

    asio::awaitable<void> serve(HttpResponder& responder) {
        for (;;) {
            const bool goes_on = co_await serve_one(responder);
            if (!goes_on || stopping_) break;
        }
        beast::error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

    /// Ends the session at the next border between two exchanges.
    void stop() {
        asio::post(stream_.get_executor(), [self = shared_from_this()] {
            self->stopping_ = true;
            if (!self->busy_) self->stream_.cancel();
        });
    }

private:
    asio::awaitable<bool> serve_one(HttpResponder& responder) {
        http::request_parser<http::string_body> parser;
        parser.header_limit(static_cast<std::uint32_t>(limits_.http_header_bytes_max));
        parser.body_limit(limits_.http_body_bytes_max);
        beast::error_code failure;
        stream_.expires_after(std::chrono::milliseconds(kIdleMs));
        // A connection may be idle for long; a header that has begun may not.
        co_await http::async_read_some(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, failure));
        if (!failure && !parser.is_header_done()) {
            stream_.expires_after(std::chrono::milliseconds(limits_.http_header_timeout_ms));
            co_await http::async_read_header(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, failure));
        }
        if (!failure && !parser.is_done()) {
            stream_.expires_after(std::chrono::milliseconds(limits_.http_body_timeout_ms));
            co_await http::async_read(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, failure));
        }
        // A stream whose time is over is closed already: nobody could be told.
        if (failure == beast::error::timeout || failure == http::error::end_of_stream || failure == asio::error::operation_aborted ||
            failure == asio::error::connection_reset)
            co_return false;
        if (failure) {
            HttpReply refusal(refusal_of(failure), "text/plain", failure.message() + '\n');
            co_await write(std::move(refusal), false);
            co_return false;
        }
        auto message = parser.release();
        const bool keeps = message.keep_alive();
        HttpQuestion question;
        question.method = std::string(message.method_string());
        question.host = std::string(message[http::field::host]);
        question.target = std::string(message.target());
        question.content_type = std::string(message[http::field::content_type]);
        question.soap_action = std::string(message["SOAPAction"]);
        question.body = std::move(message.body());
        busy_ = true;
        auto reply = co_await responder.reply(std::move(question));
        const bool written = co_await write(std::move(reply), keeps);
        busy_ = false; // only now: a stop between the two would cut the answer off
        co_return written&& keeps;
    }

    asio::awaitable<bool> write(HttpReply reply, bool keeps) {
        http::response<http::string_body> response(static_cast<http::status>(reply.status), 11);
        response.set(http::field::content_type, reply.content_type);
        response.body() = std::move(reply.body);
        response.keep_alive(keeps);
        response.prepare_payload();
        beast::error_code failure;
        stream_.expires_after(std::chrono::milliseconds(limits_.http_body_timeout_ms));
        http::response_serializer<http::string_body> serializer{response};
        co_await http::async_write(stream_, serializer, asio::redirect_error(asio::use_awaitable, failure));
        co_return !failure;
    }

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    const Limits& limits_;
    bool busy_ = false;
    bool stopping_ = false;
};

asio::awaitable<void> serve(std::shared_ptr<Connection> connection, HttpResponder& responder) { co_await connection->serve(responder); }

/// Runs on the server's strand; what it refers to lives in the frame of HttpServer::run.
asio::awaitable<void> accept_all(tcp::acceptor& acceptor, HttpResponder& responder, const Limits& limits, asio::any_io_executor executor,
                                 asio::strand<asio::any_io_executor> strand) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    Sessions<Connection> connections(strand);
    for (;;) {
        const auto own_strand = asio::make_strand(executor);
        auto [failure, socket] = co_await acceptor.async_accept(own_strand, kWait);
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) break;
        if (failure) { // out of descriptors, or a peer that left at once: neither ends the server
            asio::steady_timer pause(strand, std::chrono::milliseconds(50));
            co_await pause.async_wait(kWait);
            if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) break;
            continue;
        }
        if (connections.size() >= limits.connections_max) continue;
        auto connection = std::make_shared<Connection>(std::move(socket), limits);
        auto session = serve(connection, responder);
        connections.start(std::move(connection), own_strand, std::move(session));
    }
    boost::system::error_code ignored;
    acceptor.close(ignored);
    co_await connections.join();
}

} // namespace

HttpServer::HttpServer(const std::string& listen, const Limits& limits) : limits_(limits) {
    const auto colon = listen.rfind(':');
    if (colon != listen.npos && colon > 0) host_ = listen.substr(0, colon);
    const auto port = colon == listen.npos ? listen : listen.substr(colon + 1);
    std::from_chars(port.data(), port.data() + port.size(), port_);
}

std::string HttpServer::address() const {
    const auto port = bound_port_.load();
    return port == 0 ? std::string() : host_ + ":" + std::to_string(port);
}

asio::awaitable<void> HttpServer::run(HttpResponder& responder) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto executor = co_await asio::this_coro::executor;
    const auto strand = asio::make_strand(executor);
    tcp::resolver resolver(executor);
    const auto endpoints = resolver.resolve(host_, std::to_string(port_), tcp::resolver::passive);
    tcp::acceptor acceptor(strand);
    const tcp::endpoint endpoint = *endpoints.begin();
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
    bound_port_ = acceptor.local_endpoint().port();
    co_await asio::co_spawn(strand, accept_all(acceptor, responder, limits_, executor, strand), asio::use_awaitable);
    bound_port_ = 0;
}

} // namespace huitong::adapters::v3
