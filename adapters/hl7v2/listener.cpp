#include "adapters/hl7v2/listener.hpp"

#include "adapters/sessions/sessions.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <stdexcept>

namespace huitong::adapters::hl7v2 {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kWait = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kWriteMs = 30'000;
constexpr std::uint32_t kHandshakeMs = 10'000;

/// One connection. All members are used on its strand only; `stop` may be called from anywhere.
class Connection final : public FrameWriter, public std::enable_shared_from_this<Connection> {
public:
    Connection(std::unique_ptr<Wire> wire, asio::any_io_executor strand, const Limits& limits, std::uint32_t idle_ms,
               ListenerCounts& counts)
        : strand_(strand), wire_(std::move(wire)), deadline_(strand), reader_(limits.mllp_message_bytes_max), idle_ms_(idle_ms),
          counts_(counts) {}

    asio::awaitable<void> serve(Responder& responder) {
        start_deadline(kHandshakeMs);
        const auto failure = co_await wire_->open();
        deadline_.cancel();
        if (failure) ++counts_.handshakes;
        std::string message;
        while (!failure) { // no `!stopping_ && co_await …`: g++ 12 awaits the right side even when the left decides
            if (stopping_) break;
            const bool received = co_await read_message(message);
            if (!received) break;
            ++counts_.messages;
            busy_ = true;
            co_await responder.respond(std::move(message), *this);
            busy_ = false;
            if (peer_gone_) break;
        }
        deadline_.cancel();
        counts_.garbage_bytes += reader_.garbage_bytes() - garbage_counted_;
        wire_->close();
    }

    asio::awaitable<bool> send(std::string message) override {
        const auto frame = write_frame(message);
        start_deadline(kWriteMs);
        const auto written = co_await wire_->write(asio::buffer(frame));
        deadline_.cancel();
        peer_gone_ = static_cast<bool>(written.failure) || written.bytes != frame.size();
        co_return !peer_gone_;
    }

    std::string peer_name() const override { return wire_->peer_name(); }

    /// Ends the session at the next border between two exchanges.
    void stop() {
        asio::post(strand_, [self = shared_from_this()] {
            self->stopping_ = true;
            if (!self->busy_) self->wire_->cancel();
        });
    }

private:
    asio::awaitable<bool> read_message(std::string& message) {
        for (;;) {
            const auto state = reader_.next(message);
            counts_.garbage_bytes += reader_.garbage_bytes() - garbage_counted_;
            garbage_counted_ = reader_.garbage_bytes();
            if (state == FrameState::message) co_return true;
            if (state == FrameState::too_long) {
                ++counts_.too_long;
                co_return false;
            }
            start_deadline(idle_ms_);
            const auto received = co_await wire_->read_some(asio::buffer(block_));
            deadline_.cancel();
            if (stopping_ || received.failure) {
                if (timed_out_) ++counts_.idle;
                if (reader_.is_inside()) ++counts_.unfinished;
                co_return false;
            }
            reader_.add(std::string_view(block_.data(), received.bytes));
        }
    }

    /// The handler holds no owner: a connection that ended is not kept alive by its timer.
    void start_deadline(std::uint32_t milliseconds) {
        deadline_.expires_after(std::chrono::milliseconds(milliseconds));
        deadline_.async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
            const auto self = weak.lock();
            if (cancelled || !self || self->deadline_.expiry() > std::chrono::steady_clock::now()) return;
            self->timed_out_ = true;
            self->wire_->cancel();
        });
    }

    asio::any_io_executor strand_;
    std::unique_ptr<Wire> wire_;
    asio::steady_timer deadline_;
    FrameReader reader_;
    std::array<char, 16 * 1024> block_;
    std::uint32_t idle_ms_;
    ListenerCounts& counts_;
    std::uint64_t garbage_counted_ = 0;
    bool busy_ = false;
    bool stopping_ = false;
    bool peer_gone_ = false;
    bool timed_out_ = false;
};

asio::awaitable<void> serve(std::shared_ptr<Connection> connection, Responder& responder) { co_await connection->serve(responder); }

struct Acceptance {
    tcp::acceptor& acceptor;
    Responder& responder;
    const Limits& limits;
    std::uint32_t idle_ms;
    ListenerCounts& counts;
    asio::any_io_executor executor;
    asio::ssl::context* tls; ///< nullptr: plain
};

/// Runs on the listener's strand; what it refers to lives in the frame of Listener::run.
asio::awaitable<void> accept_all(const Acceptance& acceptance, asio::strand<asio::any_io_executor> strand) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    Sessions<Connection> sessions(strand);
    for (;;) {
        const auto session_strand = asio::make_strand(acceptance.executor);
        auto [failure, socket] = co_await acceptance.acceptor.async_accept(session_strand, kWait);
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) break;
        if (failure) { // out of descriptors, or a peer that left at once: neither ends the listener
            asio::steady_timer pause(strand, std::chrono::milliseconds(50));
            co_await pause.async_wait(kWait);
            continue;
        }
        if (sessions.size() >= acceptance.limits.connections_max) {
            ++acceptance.counts.turned_away;
            continue;
        }
        ++acceptance.counts.connections;
        auto wire = acceptance.tls ? make_server_wire(std::move(socket), *acceptance.tls) : make_plain_wire(std::move(socket));
        auto connection =
            std::make_shared<Connection>(std::move(wire), session_strand, acceptance.limits, acceptance.idle_ms, acceptance.counts);
        auto session = serve(connection, acceptance.responder);
        sessions.start(std::move(connection), session_strand, std::move(session), [&acceptance] { ++acceptance.counts.failed; });
    }
    boost::system::error_code ignored;
    acceptance.acceptor.close(ignored);
    co_await sessions.join();
}

} // namespace

std::string Listener::address() const {
    const auto port = bound_port_.load();
    return port == 0 ? std::string() : settings_.host + ":" + std::to_string(port);
}

asio::awaitable<void> Listener::run(Responder& responder) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto executor = co_await asio::this_coro::executor;
    const auto strand = asio::make_strand(executor);
    std::shared_ptr<asio::ssl::context> tls;
    if (settings_.tls.is_wanted()) {
        auto made = make_server_tls(settings_.tls);
        if (!made) throw std::runtime_error(made.error().leading()->rule);
        tls = std::move(*made);
    }
    tcp::resolver resolver(executor);
    const auto endpoints = resolver.resolve(settings_.host, std::to_string(settings_.port), tcp::resolver::passive);
    tcp::acceptor acceptor(strand);
    const tcp::endpoint endpoint = *endpoints.begin();
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
    bound_port_ = acceptor.local_endpoint().port();
    const Acceptance acceptance{acceptor, responder, limits_, settings_.idle_ms, counts_, executor, tls.get()};
    co_await asio::co_spawn(strand, accept_all(acceptance, strand), asio::use_awaitable);
    bound_port_ = 0;
}

} // namespace huitong::adapters::hl7v2
