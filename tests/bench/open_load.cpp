/// A client whose requests come when they come, as doctors' do: arrivals at random with a given mean, not when the last answer is there.
/// What an answer takes is counted from the arrival, so that a server that stalls is charged for everybody who waits.
#include "bench/bench.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <deque>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <random>

namespace huitong::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

struct Arrival {
    Clock::time_point at;
    std::size_t line = 0;
};

struct OpenLoad {
    std::string address, path, token;
    std::vector<std::string> lines;
    std::deque<Arrival> waiting; ///< came while every connection was busy
    std::vector<std::unique_ptr<asio::steady_timer>> idle;
    bool is_over = false;
    std::size_t refused = 0, broken = 0, bytes = 0, queued_most = 0;
    std::vector<std::uint32_t> microseconds;
    std::string first_refusal;
};

http::request<http::string_body> make_post(const OpenLoad& load, const std::string& body) {
    http::request<http::string_body> request{http::verb::post, load.path, 11};
    request.set(http::field::host, load.address);
    request.set(http::field::authorization, "Bearer " + load.token);
    request.set(http::field::content_type, "application/json");
    request.body() = body;
    request.prepare_payload();
    return request;
}

/// The next arrival for this connection; nullopt: there will be none.
asio::awaitable<std::optional<Arrival>> next_arrival(OpenLoad& load) {
    while (load.waiting.empty()) {
        if (load.is_over) co_return std::nullopt;
        load.idle.push_back(std::make_unique<asio::steady_timer>(co_await asio::this_coro::executor, Clock::time_point::max()));
        auto* timer = load.idle.back().get();
        beast::error_code woken;
        co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, woken));
        std::erase_if(load.idle, [timer](const auto& one) { return one.get() == timer; });
    }
    const auto out = load.waiting.front();
    load.waiting.pop_front();
    co_return out;
}

void note_answer(OpenLoad& load, const Arrival& arrival, const http::response<http::string_body>& answer) {
    load.microseconds.push_back(static_cast<std::uint32_t>(seconds_since(arrival.at) * 1e6));
    load.bytes += answer.body().size();
    if (answer.result_int() < 400) return;
    ++load.refused;
    if (load.first_refusal.empty()) load.first_refusal = std::to_string(answer.result_int()) + ' ' + answer.body().substr(0, 600);
}

asio::awaitable<void> serve_arrivals(OpenLoad& load, tcp::endpoint endpoint) {
    beast::tcp_stream stream(co_await asio::this_coro::executor);
    beast::error_code failure;
    co_await stream.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failure));
    beast::flat_buffer buffer;
    if (!failure) stream.socket().set_option(tcp::no_delay(true), failure);
    while (!failure) {
        const auto arrival = co_await next_arrival(load);
        if (!arrival) co_return;
        const auto request = make_post(load, load.lines[arrival->line]);
        http::response<http::string_body> answer;
        co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, failure));
        if (!failure) co_await http::async_read(stream, buffer, answer, asio::redirect_error(asio::use_awaitable, failure));
        if (!failure) note_answer(load, *arrival, answer);
    }
    ++load.broken;
}

void wake_one(OpenLoad& load) {
    if (!load.idle.empty()) load.idle.front()->cancel();
}

/// Intervals of a Poisson process; the same seed in every run.
asio::awaitable<void> arrive(OpenLoad& load, double rate, Clock::time_point end) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    std::mt19937_64 chance(20261128);
    std::exponential_distribution<double> interval(rate);
    auto at = Clock::now();
    for (std::size_t number = 0; at < end; ++number) {
        at += std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(interval(chance)));
        timer.expires_at(at);
        co_await timer.async_wait(asio::use_awaitable);
        load.waiting.push_back({at, number % load.lines.size()});
        load.queued_most = std::max(load.queued_most, load.waiting.size());
        wake_one(load);
    }
    load.is_over = true;
    for (const auto& timer_of_idle : load.idle) timer_of_idle->cancel();
}

} // namespace

int load_open(const Arguments& arguments) {
    OpenLoad load;
    load.address = arguments.at(0);
    const auto rate = std::stod(arguments.at(1)), seconds = std::stod(arguments.at(2));
    load.path = arguments.at(3);
    std::ifstream in(arguments.at(4), std::ios::binary);
    for (std::string line; std::getline(in, line);) load.lines.push_back(std::move(line));
    load.token = arguments.at(5);
    if (load.lines.empty()) return 1;
    const auto colon = load.address.rfind(':');
    const tcp::endpoint endpoint(asio::ip::make_address(load.address.substr(0, colon)),
                                 static_cast<std::uint16_t>(std::stoul(load.address.substr(colon + 1))));
    constexpr int kConnections = 64;
    asio::io_context io{1};
    const auto start = Clock::now();
    for (int count = 0; count < kConnections; ++count) asio::co_spawn(io, serve_arrivals(load, endpoint), asio::detached);
    const auto end = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    asio::co_spawn(io, arrive(load, rate, end), asio::detached);
    io.run();
    if (!load.first_refusal.empty()) std::cerr << load.first_refusal << "\n";
    std::printf("{\"requests\":%zu,\"per_second\":%.1f,\"refused\":%zu,\"broken\":%zu,\"queued_most\":%zu,\"p50_us\":%u,\"p95_us\":%u,"
                "\"p99_us\":%u,\"bytes\":%zu}\n",
                load.microseconds.size(), static_cast<double>(load.microseconds.size()) / seconds_since(start), load.refused, load.broken,
                load.queued_most, percentile(load.microseconds, 0.5), percentile(load.microseconds, 0.95),
                percentile(load.microseconds, 0.99), load.bytes);
    return load.broken == 0 ? 0 : 1;
}

} // namespace huitong::bench
