/// The limit of a GET that leaves a durable access record: Beast, one io thread, a stored body, one append, nothing else; with a third
/// argument "unrecorded" without the append.
#include "base/await_callback.hpp"
#include "bench/bench.hpp"
#include "bench/group_append.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr std::size_t kRecordBytes = 280; ///< what the hub's record of a read takes

struct Shared {
    std::string body, record;
    GroupAppend* log = nullptr; ///< null: nothing is recorded
};

asio::awaitable<void> serve(beast::tcp_stream stream, const Shared& shared) {
    beast::flat_buffer buffer;
    beast::error_code failure;
    stream.socket().set_option(tcp::no_delay(true), failure);
    while (true) {
        http::request<http::empty_body> request;
        co_await http::async_read(stream, buffer, request, asio::redirect_error(asio::use_awaitable, failure));
        if (failure) co_return;
        std::function<void(std::function<void(bool)>)> append = [&shared](std::function<void(bool)> done) {
            shared.log->append(shared.record, [done = std::move(done)] { done(true); });
        };
        if (shared.log) co_await await_callback<bool>(std::move(append));
        http::response<http::string_body> response{http::status::ok, request.version()};
        response.set(http::field::content_type, "application/fhir+json");
        response.keep_alive(true);
        response.body() = shared.body;
        response.prepare_payload();
        co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, failure));
        if (failure) co_return;
    }
}

asio::awaitable<void> accept_all(tcp::acceptor& acceptor, const Shared& shared) {
    while (true) {
        beast::error_code failure;
        auto socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failure));
        if (failure) co_return;
        auto executor = socket.get_executor();
        asio::co_spawn(executor, serve(beast::tcp_stream(std::move(socket)), shared), asio::detached);
    }
}

} // namespace

int serve_bare(const Arguments& arguments) {
    std::ifstream in(arguments.at(1), std::ios::binary);
    Shared shared;
    shared.body.assign(std::istreambuf_iterator<char>(in), {});
    shared.record.assign(kRecordBytes, 'r');
    GroupAppend log(arguments.at(0) + "/access.bin");
    if (arguments.size() < 3 || arguments[2] != "unrecorded") shared.log = &log;
    asio::io_context io{1};
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    asio::co_spawn(io, accept_all(acceptor, shared), asio::detached);
    std::cout << "{\"http\":\"127.0.0.1:" << acceptor.local_endpoint().port() << "\"}" << std::endl;
    std::thread thread([&io] { io.run(); });
    std::cin.get();
    io.stop();
    thread.join();
    return 0;
}

} // namespace huitong::bench
