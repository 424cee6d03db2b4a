/// The HTTP server: accepts, reads with limits and time-outs, hands each request to a door on the worker pool, writes the answer.
/// Sockets and timers live on io contexts; doors run on workers. All sessions end before `run` returns.
#pragma once

#include "base/limits.hpp"
#include "rest/cors.hpp"
#include "rest/http.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <memory>

namespace huitong::rest {

/// The one table of ways in: the longest prefix wins.
struct RouteRow {
    std::string prefix;
    Door* door = nullptr;
};

class Server {
public:
    Server(boost::asio::io_context& io, boost::asio::thread_pool& workers, const Limits& limits)
        : io_(io), workers_(workers), limits_(limits) {}
    /// Binds at once, so that the address is known before `run`. Issues: http-bind.
    Result<void> bind(const std::string& address);
    /// The control socket: the same doors for the owner of the data directory, who calls as local administrator. Issues: http-bind.
    Result<void> bind_local(const std::string& path);
    /// "127.0.0.1:8080" as bound (the port is the real one when 0 was asked for).
    std::string address() const { return address_; }
    void set_routes(std::vector<RouteRow> routes) { routes_ = std::move(routes); }
    void set_cors(Cors cors) { cors_ = std::move(cors); }
    /// Connections live on these from now on, in turn; each is run by one thread, so that a request meets no lock. Without them: on the io
    /// context, each on a strand. They outlive the server.
    void serve_on(std::vector<boost::asio::io_context*> lines) { lines_ = std::move(lines); }
    /// Starts accepting; returns at once.
    void start();
    /// Stops accepting, closes what is open and takes the control socket's file away.
    void stop();
    std::uint64_t requests() const { return requests_.load(); }
    ~Server(); ///< as `stop`

    /// Finds the door and answers; used by sessions and by the control socket.
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request);

    struct Sockets; ///< what sessions share; only server.cpp knows it

private:
    boost::asio::awaitable<HttpResponse> answer_by(Door& door, HttpRequest request);

    boost::asio::io_context& io_;
    boost::asio::thread_pool& workers_;
    const Limits& limits_;
    std::vector<boost::asio::io_context*> lines_;
    std::atomic<std::size_t> next_line_{0};
    std::vector<RouteRow> routes_;
    Cors cors_;
    std::string address_, local_path_;
    std::shared_ptr<Sockets> sockets_;
    std::atomic<std::uint64_t> requests_{0};
};

} // namespace huitong::rest
