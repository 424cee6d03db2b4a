/// A client with many connections on one thread: as little of the machine as it can take itself.
#include "bench/bench.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <fstream>
#include <iostream>

namespace huitong::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

struct Load {
    std::string address, token;
    bool is_post = false;
    std::vector<std::string> lines;
    std::size_t next = 0, bytes = 0, refused = 0, broken = 0;
    Clock::time_point start, end;
    std::vector<std::uint32_t> microseconds;
    std::string first_refusal;

    /// The next line, nullptr when it is over.
    const std::string* take() {
        if (Clock::now() >= end || (is_post && next >= lines.size())) return nullptr;
        return &lines[next++ % lines.size()];
    }
};

http::request<http::string_body> make_request(const Load& load, const std::string& line) {
    http::request<http::string_body> request{load.is_post ? http::verb::post : http::verb::get, load.is_post ? "/fhir" : line, 11};
    request.set(http::field::host, load.address);
    if (!load.token.empty()) request.set(http::field::authorization, "Bearer " + load.token);
    if (load.is_post) {
        request.set(http::field::content_type, "application/fhir+json");
        request.set("Prefer", "return=minimal");
        request.body() = line;
        request.prepare_payload();
    }
    return request;
}

asio::awaitable<void> run(Load& load, tcp::endpoint endpoint) {
    beast::tcp_stream stream(co_await asio::this_coro::executor);
    beast::error_code failure;
    co_await stream.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failure));
    if (failure) {
        ++load.broken;
        co_return;
    }
    stream.socket().set_option(tcp::no_delay(true), failure);
    beast::flat_buffer buffer;
    while (const auto* line = load.take()) {
        const auto request = make_request(load, *line);
        const auto before = Clock::now();
        co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, failure));
        http::response_parser<http::string_body> parser;
        parser.body_limit(std::uint64_t{1} << 30);
        if (!failure) co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, failure));
        if (failure) {
            ++load.broken;
            co_return;
        }
        load.microseconds.push_back(static_cast<std::uint32_t>(seconds_since(before) * 1e6));
        load.bytes += parser.get().body().size();
        if (parser.get().result_int() >= 400) {
            ++load.refused;
            if (load.first_refusal.empty())
                load.first_refusal = std::to_string(parser.get().result_int()) + ' ' + parser.get().body().substr(0, 600);
        }
    }
}

} // namespace

int load_http(const Arguments& arguments) {
    Load load;
    load.address = arguments.at(0);
    const auto connections = std::stoul(arguments.at(1));
    load.is_post = arguments.at(3) == "bodies";
    std::ifstream in(arguments.at(4), std::ios::binary);
    for (std::string line; std::getline(in, line);) load.lines.push_back(std::move(line));
    if (arguments.size() > 5) load.token = arguments[5];
    if (load.lines.empty()) return 1;
    const auto colon = load.address.rfind(':');
    const tcp::endpoint endpoint(asio::ip::make_address(load.address.substr(0, colon)),
                                 static_cast<std::uint16_t>(std::stoul(load.address.substr(colon + 1))));
    asio::io_context io{1};
    load.start = Clock::now();
    load.end = load.start + std::chrono::milliseconds(static_cast<std::int64_t>(std::stod(arguments.at(2)) * 1000));
    for (std::size_t count = 0; count < connections; ++count) asio::co_spawn(io, run(load, endpoint), asio::detached);
    io.run();
    const auto seconds = seconds_since(load.start);
    if (!load.first_refusal.empty()) std::cerr << load.first_refusal << "\n";
    std::printf("{\"requests\":%zu,\"per_second\":%.1f,\"seconds\":%.3f,\"refused\":%zu,\"broken\":%zu,\"p50_us\":%u,\"p99_us\":%u,"
                "\"bytes\":%zu}\n",
                load.microseconds.size(), static_cast<double>(load.microseconds.size()) / seconds, seconds, load.refused, load.broken,
                percentile(load.microseconds, 0.5), percentile(load.microseconds, 0.99), load.bytes);
    return load.broken == 0 ? 0 : 1;
}

} // namespace huitong::bench
