#include "rest/server.hpp"

#include "base/url_query.hpp"
#include "rest/admission.hpp"
#include "rest/compression.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <mutex>

namespace huitong::rest {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using local = asio::local::stream_protocol;

/// A client of IPv4 at a port of IPv6 is who he is.
Peer peer_of(const tcp::socket& socket) {
    beast::error_code ignored;
    auto address = socket.remote_endpoint(ignored).address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    return {address.to_string(), address.is_loopback(), false};
}
Peer peer_of(const local::socket&) { return {"local", true, true}; }
void set_no_delay(tcp::socket& socket) {
    beast::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
}
void set_no_delay(local::socket&) {}

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return out;
}

HttpRequest read_request(http::request<http::string_body>& message, const Peer& peer) {
    HttpRequest out;
    out.method = std::string(message.method_string());
    out.target = std::string(message.target());
    const auto mark = out.target.find('?');
    out.path = out.target.substr(0, mark);
    if (mark != out.target.npos) out.query = read_url_query(std::string_view(out.target).substr(mark + 1));
    for (const auto& field : message) out.headers.emplace_back(lower(field.name_string()), std::string(field.value()));
    out.body = std::move(message.body());
    out.peer_address = peer.address;
    out.peer_is_loopback = peer.is_loopback;
    out.peer_is_local = peer.is_local;
    return out;
}

/// An answer as it goes out: its head, and its body behind it.
struct WrittenResponse {
    std::string head, body;
    std::shared_ptr<FileBody> file; ///< what comes behind `body`
    std::array<asio::const_buffer, 2> buffers() const { return {asio::buffer(head), asio::buffer(body)}; }
};

/// A line of the head. What would end the line is a blank: nobody writes a second field through the value of a first.
void add_field(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ");
    const auto begin = head.size();
    head.append(value);
    std::replace_if(
        head.begin() + static_cast<std::ptrdiff_t>(begin), head.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    head.append("\r\n");
}

/// Source: RFC 9112 §4, §6, §9.3.
WrittenResponse write_response(HttpResponse&& answer, unsigned version, bool keep_alive, bool is_head) {
    constexpr std::size_t kHeadBytes = 768;
    // Health data is kept by nobody on the way, and nothing that a browser is given is a page unless its door says so.
    static constexpr std::pair<std::string_view, std::string_view> kAlways[] = {
        {"Server", "Huitong"},
        {"Cache-Control", "no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"Content-Security-Policy", "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"},
        {"Referrer-Policy", "no-referrer"},
    };
    WrittenResponse out;
    auto& head = out.head;
    head.reserve(kHeadBytes);
    const auto reason = http::obsolete_reason(static_cast<http::status>(answer.status));
    head.append(version == 10 ? "HTTP/1.0 " : "HTTP/1.1 ").append(std::to_string(answer.status)).append(" ");
    head.append(reason.data(), reason.size()).append("\r\n");
    for (const auto& [name, value] : kAlways) {
        const bool is_said =
            std::any_of(answer.headers.begin(), answer.headers.end(), [&](const auto& own) { return beast::iequals(own.first, name); });
        if (!is_said) head.append(name).append(": ").append(value).append("\r\n");
    }
    for (const auto& [name, value] : answer.headers) add_field(head, name, value);
    if (keep_alive != (version != 10)) add_field(head, "Connection", keep_alive ? "keep-alive" : "close");
    if (answer.status != 204 && answer.status != 304) {
        add_field(head, "Content-Length", std::to_string(answer.file ? answer.file->size() : answer.body.size()));
        if (!is_head) {
            out.body = std::move(answer.body);
            out.file = std::move(answer.file);
        }
    }
    head.append("\r\n");
    return out;
}

/// Methods that some door may answer. TRACE would give a request's headers back, CONNECT would make a tunnel.
bool is_method(std::string_view method) {
    constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    return std::find(std::begin(kMethods), std::end(kMethods), method) != std::end(kMethods);
}

HttpResponse slow_response() {
    auto response = outcome_response(error(IssueCode::timeout, "", "http-slow"));
    response.status = 408;
    return response;
}

HttpResponse long_address_response(const Limits& limits) {
    auto response = outcome_response(error(IssueCode::too_long, "", "http-url-max", {std::to_string(limits.http_url_bytes_max)}));
    response.status = 414;
    return response;
}

constexpr std::size_t kLineRoom = 64; ///< of a request line, beside its address: the method and the version

HttpResponse refusal(const beast::error_code& failure, const Limits& limits) {
    if (failure == http::error::body_limit)
        return outcome_response(error(IssueCode::too_long, "", "http-body-max", {std::to_string(limits.http_body_bytes_max)}));
    if (failure == http::error::buffer_overflow) return long_address_response(limits);
    if (failure == http::error::header_limit) {
        auto response = outcome_response(error(IssueCode::too_long, "", "http-header-max", {std::to_string(limits.http_header_bytes_max)}));
        response.status = 431;
        return response;
    }
    // Where a body ends must be told in one way, or another program on the way may read another request.
    static constexpr http::error kFraming[] = {http::error::bad_content_length, http::error::multiple_content_length,
                                               http::error::bad_transfer_encoding, http::error::bad_obs_fold};
    const bool is_framing = std::any_of(std::begin(kFraming), std::end(kFraming), [&](http::error one) { return failure == one; });
    return outcome_response(is_framing ? error(IssueCode::structure, "", "http-framing") : error(IssueCode::invalid, "", "http-syntax"));
}

/// RFC 9112 §3.2: a request without its host, or with two, is answered 400.
bool names_one_host(const http::request<http::string_body>& message) {
    return message.version() < 11 || message.count(http::field::host) == 1;
}

/// What is wrong with the length of a head: its first line (buffer_overflow) or its fields. Source: RFC 9110 §15.5.15; RFC 6585 §5.
beast::error_code check_length(std::string_view head, const Limits& limits) {
    const auto line = std::min(head.find("\r\n"), head.size());
    if (line > limits.http_url_bytes_max + kLineRoom) return http::error::buffer_overflow;
    if (head.size() - line > limits.http_header_bytes_max) return http::error::header_limit;
    return {};
}

} // namespace

/// Everything that must be closed when the server stops.
struct Server::Sockets {
    Sockets(asio::io_context& io, const Limits& limits) : acceptor(io), local_acceptor(io), admission(limits) {}
    tcp::acceptor acceptor;
    local::acceptor local_acceptor;
    std::mutex mutex;
    std::map<const void*, std::function<void()>> open; ///< session → what cancels it
    Admission admission;
    bool stopping = false;

    bool enter(const void* session, std::function<void()> cancel, const Peer& peer) {
        const std::lock_guard lock(mutex);
        if (stopping || !admission.enter(peer)) return false;
        open.emplace(session, std::move(cancel));
        return true;
    }
    void leave(const void* session, const Peer& peer) {
        const std::lock_guard lock(mutex);
        open.erase(session);
        admission.leave(peer);
    }
};

namespace {

/// Ends what a connection waits for when its time is over, without closing it: the peer can still be told. One timer a connection, which is
/// set anew only when it runs out, because requests follow each other much faster. Thread: the connection's.
template <class Socket>
class Patience {
public:
    explicit Patience(Socket& socket) : state_(std::make_shared<State>(socket)) {}
    ~Patience() {
        state_->is_over = true; // the handler may be under way already
        state_->timer.cancel();
    }
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;
    /// What is waited for from now on has so much time.
    void begin(std::chrono::milliseconds time) {
        state_->is_late = false;
        state_->until = Steady::now() + time;
        if (!state_->is_set || state_->timer.expiry() > state_->until) set(state_);
    }
    /// Nothing is waited for, or for as long as it takes.
    void end() { state_->until = Steady::time_point::max(); }
    bool is_late() const { return state_->is_late; }

private:
    using Steady = std::chrono::steady_clock;
    struct State {
        explicit State(Socket& socket_) : socket(socket_), timer(socket_.get_executor()) {}
        Socket& socket;
        asio::steady_timer timer;
        Steady::time_point until = Steady::time_point::max();
        bool is_set = false, is_late = false, is_over = false;
    };
    static void set(const std::shared_ptr<State>& state) {
        state->is_set = true;
        state->timer.expires_at(state->until);
        state->timer.async_wait([state](const beast::error_code& failure) {
            if (failure || state->is_over) return;
            state->is_set = false;
            if (state->until == Steady::time_point::max()) return;
            if (Steady::now() >= state->until) {
                // What begins just now is not met by this: it is ended the next time.
                constexpr std::chrono::milliseconds kAgain(100);
                state->is_late = true;
                state->until = Steady::now() + kAgain;
                beast::error_code ignored;
                state->socket.cancel(ignored);
            }
            set(state);
        });
    }
    std::shared_ptr<State> state_;
};

/// A connection that is closed while the peer still sends is reset, and the peer may never read the answer: so what it sends is taken for
/// a moment and thrown away. Source: RFC 9112 §9.6.
template <class Socket>
asio::awaitable<void> drain(Socket& socket, Patience<Socket>& patience) {
    constexpr std::size_t kBytesMax = 64 * 1024 * 1024;
    beast::error_code failure;
    socket.shutdown(asio::socket_base::shutdown_send, failure);
    patience.begin(std::chrono::seconds(2));
    std::vector<char> room(64 * 1024);
    for (std::size_t taken = 0; !failure && !patience.is_late() && taken < kBytesMax;)
        taken += co_await socket.async_read_some(asio::buffer(room), asio::redirect_error(asio::use_awaitable, failure));
}

/// What has come of a request's head, without the empty line at its end.
std::string_view head_of(const beast::flat_buffer& buffer) {
    const std::string_view got(static_cast<const char*>(buffer.data().data()), buffer.size());
    return got.substr(0, got.find("\r\n\r\n"));
}

/// Reads until the head is whole or longer than allowed; the parser, which takes folded lines as one, sees it only then.
template <class Socket>
asio::awaitable<void> read_head(Socket& socket, beast::flat_buffer& buffer, std::size_t bytes_max, const Patience<Socket>& patience,
                                beast::error_code& failure) {
    constexpr std::size_t kRoom = 8 * 1024;
    while (!failure && !patience.is_late() && head_of(buffer).size() == buffer.size() && buffer.size() <= bytes_max) {
        const auto taken = co_await socket.async_read_some(buffer.prepare(kRoom), asio::redirect_error(asio::use_awaitable, failure));
        buffer.commit(taken);
    }
    // What ended must not be read again: the end is told once.
    if (failure == asio::error::eof) failure = buffer.size() == 0 ? http::error::end_of_stream : http::error::partial_message;
}

/// A field folded over lines reads differently for different programs on the way. Source: RFC 9112 §5.2.
bool has_folded_line(std::string_view head) { return head.find("\r\n ") != head.npos || head.find("\r\n\t") != head.npos; }

asio::awaitable<bool> read_piece(FileBody& file, std::string& piece, std::size_t bytes_max) { co_return file.read(piece, bytes_max); }

/// Writes an answer. Each piece of a large one has the time that a small one has: a slow line is slow, not dead. A small one goes out at
/// once, without a turn through the scheduler: the peer has read what came before. A disk is waited for on `workers`: other connections
/// live on this thread.
template <class Socket>
asio::awaitable<void> write_whole(Socket& socket, asio::thread_pool& workers, const WrittenResponse& response, const Limits& limits,
                                  Patience<Socket>& patience, beast::error_code& failure) {
    constexpr std::size_t kPiece = 1024 * 1024;
    const std::string_view head = response.head, body = response.body;
    const std::array<asio::const_buffer, 2> first{asio::buffer(head), asio::buffer(body.substr(0, kPiece))};
    auto sent = socket.write_some(first, failure);
    if (failure == asio::error::would_block || failure == asio::error::try_again) failure = {};
    if (failure || (sent == head.size() + body.size() && !response.file)) co_return;
    const std::chrono::milliseconds time(limits.http_body_timeout_ms);
    if (sent < head.size()) {
        patience.begin(time);
        sent += co_await asio::async_write(socket, asio::buffer(head.substr(sent)), asio::redirect_error(asio::use_awaitable, failure));
    }
    for (auto at = sent - std::min(sent, head.size()); !failure && at < body.size(); at += kPiece) {
        patience.begin(time);
        co_await asio::async_write(socket, asio::buffer(body.substr(at, kPiece)), asio::redirect_error(asio::use_awaitable, failure));
    }
    std::string piece;
    while (!failure && response.file) {
        auto reading = read_piece(*response.file, piece, kPiece);
        const bool is_read = co_await asio::co_spawn(workers, std::move(reading), asio::use_awaitable);
        // A file that ends too early ends the connection: the length was promised.
        if (!is_read) failure = asio::error::eof;
        if (failure || piece.empty()) break;
        patience.begin(time);
        co_await asio::async_write(socket, asio::buffer(piece), asio::redirect_error(asio::use_awaitable, failure));
    }
    patience.end();
}

/// Parses a head that is there whole; nothing is waited for, so there is no turn through the scheduler either.
void parse_head(beast::flat_buffer& buffer, http::request_parser<http::string_body>& parser, beast::error_code& failure) {
    while (!failure && !parser.is_header_done()) buffer.consume(parser.put(buffer.data(), failure));
}

/// Reads one request, head and body. `failure`: why there is none.
template <class Socket>
asio::awaitable<void> read_message(Socket& socket, beast::flat_buffer& buffer, http::request_parser<http::string_body>& parser,
                                   const Limits& limits, Patience<Socket>& patience, beast::error_code& failure) {
    const auto head_bytes_max = limits.http_header_bytes_max + limits.http_url_bytes_max + kLineRoom;
    parser.header_limit(static_cast<std::uint32_t>(head_bytes_max));
    parser.body_limit(limits.http_body_bytes_max);
    patience.begin(std::chrono::milliseconds(limits.http_header_timeout_ms));
    co_await read_head(socket, buffer, head_bytes_max, patience, failure);
    patience.end();
    const bool is_late = patience.is_late() && buffer.size() != 0; // to silence there is nothing to answer
    if (!failure && has_folded_line(head_of(buffer))) failure = http::error::bad_obs_fold;
    if (!failure) failure = check_length(head_of(buffer), limits);
    if (!failure) parse_head(buffer, parser, failure);
    if (is_late) failure = beast::error::timeout;
    if (failure || parser.is_done()) co_return;
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        http::response<http::empty_body> go_on{http::status::continue_, 11};
        co_await http::async_write(socket, go_on, asio::redirect_error(asio::use_awaitable, failure));
    }
    patience.begin(std::chrono::milliseconds(limits.http_body_timeout_ms));
    co_await http::async_read(socket, buffer, parser, asio::redirect_error(asio::use_awaitable, failure));
    patience.end();
    if (patience.is_late()) failure = beast::error::timeout;
}

/// One request of a connection; false ends it.
template <class Socket>
asio::awaitable<bool> serve_one(Server& server, asio::thread_pool& workers, Socket& socket, beast::flat_buffer& buffer, const Peer& peer,
                                const Limits& limits, Patience<Socket>& patience) {
    http::request_parser<http::string_body> parser;
    beast::error_code failure;
    co_await read_message(socket, buffer, parser, limits, patience, failure);
    if (failure == http::error::end_of_stream || failure == asio::error::operation_aborted || failure == asio::error::connection_reset)
        co_return false;
    HttpResponse answer;
    bool keep_alive = false, is_head = false;
    unsigned version = 11;
    if (failure == beast::error::timeout) {
        answer = slow_response();
    } else if (failure) {
        answer = refusal(failure, limits);
    } else if (parser.get().target().size() > limits.http_url_bytes_max) {
        answer = long_address_response(limits);
    } else if (!names_one_host(parser.get())) {
        answer = outcome_response(error(IssueCode::invalid, "", "http-host"));
    } else {
        auto message = parser.release();
        keep_alive = message.keep_alive();
        version = message.version();
        is_head = message.method() == http::verb::head;
        auto request = read_request(message, peer);
        answer = co_await server.answer(std::move(request));
    }
    failure = {};
    const auto response = write_response(std::move(answer), version, keep_alive, is_head);
    co_await write_whole(socket, workers, response, limits, patience, failure);
    if (!keep_alive && !failure) co_await drain(socket, patience);
    co_return !failure && keep_alive;
}

/// To a connection beyond the limit: come back later.
template <class Socket>
asio::awaitable<void> refuse(Socket& socket) {
    auto answer = outcome_response(error(IssueCode::throttled, "", "http-connections-max"));
    const auto response = write_response(std::move(answer), 11, false, false);
    beast::error_code ignored;
    socket.write_some(response.buffers(), ignored); // a peer that has no room for it is not waited for
    Patience<Socket> patience(socket);
    co_await drain(socket, patience);
}

template <class Socket>
asio::awaitable<void> serve(Server& server, asio::thread_pool& workers, std::shared_ptr<Server::Sockets> sockets, Socket socket,
                            const Limits& limits) {
    set_no_delay(socket);
    beast::error_code ignored;
    socket.non_blocking(true, ignored);
    const auto peer = peer_of(socket);
    std::function<void()> cancel = [sockets, &socket] {
        asio::post(socket.get_executor(), [sockets, &socket] {
            const std::lock_guard inner(sockets->mutex);
            beast::error_code closed;
            if (sockets->open.contains(&socket)) socket.cancel(closed);
        });
    };
    beast::flat_buffer buffer;
    if (!sockets->enter(&socket, std::move(cancel), peer)) {
        co_await refuse(socket);
        co_return;
    }
    try {
        Patience<Socket> patience(socket);
        while (co_await serve_one(server, workers, socket, buffer, peer, limits, patience)) {}
    } catch (const std::exception&) {
        // The session root: whatever a library throws ends this connection only.
    }
    sockets->leave(&socket, peer);
    socket.shutdown(Socket::shutdown_send, ignored);
}

/// `home`: where the next connection lives.
template <class Socket, class Acceptor>
asio::awaitable<void> accept_all(Server& server, asio::thread_pool& workers, std::shared_ptr<Server::Sockets> sockets, Acceptor& acceptor,
                                 asio::io_context& io, std::function<asio::any_io_executor()> home, const Limits& limits) {
    while (true) {
        beast::error_code failure;
        Socket socket(home());
        co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, failure));
        if (failure == asio::error::operation_aborted || failure == asio::error::bad_descriptor) co_return;
        if (failure) {
            // Out of descriptors, most likely: waiting helps, asking again at once does not.
            asio::steady_timer pause(io, std::chrono::milliseconds(50));
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, failure));
            continue;
        }
        auto executor = socket.get_executor();
        asio::co_spawn(executor, serve(server, workers, sockets, std::move(socket), limits), asio::detached);
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
    if (!sockets_) sockets_ = std::make_shared<Sockets>(io_, limits_);
    auto& acceptor = sockets_->acceptor;
    acceptor.open(endpoint.protocol(), failure);
    if (!failure) acceptor.set_option(asio::socket_base::reuse_address(true), failure);
    if (!failure) acceptor.bind(endpoint, failure);
    if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
    if (failure) return Outcome(error(IssueCode::exception, "", "http-bind", {address}));
    address_ = (ip.is_v6() ? "[" + host + "]" : host) + ':' + std::to_string(acceptor.local_endpoint().port());
    return {};
}

Result<void> Server::bind_local(const std::string& path) {
    if (!sockets_) sockets_ = std::make_shared<Sockets>(io_, limits_);
    ::unlink(path.c_str()); // the directory's lock is ours: whatever lies there is of a process that is gone
    beast::error_code failure;
    auto& acceptor = sockets_->local_acceptor;
    acceptor.open(local(), failure);
    // Made for its owner alone, from the first moment on.
    const auto mask = ::umask(0177);
    if (!failure) acceptor.bind(local::endpoint(path), failure);
    ::umask(mask);
    if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
    if (failure) return Outcome(error(IssueCode::exception, "", "http-bind", {path}));
    local_path_ = path;
    return {};
}

void Server::start() {
    auto& sockets = *sockets_;
    std::function<asio::any_io_executor()> home = [this]() -> asio::any_io_executor {
        if (lines_.empty()) return asio::make_strand(io_);
        return lines_[next_line_++ % lines_.size()]->get_executor();
    };
    asio::co_spawn(io_, accept_all<tcp::socket>(*this, workers_, sockets_, sockets.acceptor, io_, home, limits_), asio::detached);
    if (sockets.local_acceptor.is_open())
        asio::co_spawn(io_, accept_all<local::socket>(*this, workers_, sockets_, sockets.local_acceptor, io_, home, limits_),
                       asio::detached);
}

void Server::stop() {
    if (!sockets_) return;
    beast::error_code ignored;
    const std::lock_guard lock(sockets_->mutex);
    sockets_->stopping = true;
    sockets_->acceptor.close(ignored);
    sockets_->local_acceptor.close(ignored);
    for (const auto& [session, cancel] : sockets_->open) cancel();
    if (!local_path_.empty()) ::unlink(local_path_.c_str());
    local_path_.clear();
}

Server::~Server() { stop(); }

asio::awaitable<HttpResponse> Server::answer(HttpRequest request) {
    ++requests_;
    if (!is_method(request.method))
        co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {std::move(request.method)}));
    if (is_preflight(request)) co_return preflight_response(cors_, request);
    const std::string origin(request.header("origin"));
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
        const bool is_light = best->door->is_light(request);
        auto work = answer_by(*best->door, std::move(request));
        if (is_light) response = co_await std::move(work);
        else response = co_await asio::co_spawn(workers_, std::move(work), asio::use_awaitable);
    } catch (const std::exception&) {
        failed = true;
    }
    if (failed) response = outcome_response(fatal(IssueCode::exception, "", "http-internal"));
    add_cors(cors_, origin, response);
    co_return response;
}

asio::awaitable<HttpResponse> Server::answer_by(Door& door, HttpRequest request) {
    if (auto issues = inflate_body(request, limits_); issues.has_errors()) co_return outcome_response(issues);
    const std::string accepted(request.header("accept-encoding"));
    auto response = co_await door.answer(std::move(request));
    deflate_body(accepted, response);
    co_return response;
}

} // namespace huitong::rest
