#include "rest/server.hpp"

#include "base/url_query.hpp"
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
#include <boost/beast/core/tcp_stream.hpp>
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
using LocalStream = beast::basic_stream<local>;

/// Who is at the other end.
struct Peer {
    std::string address;
    bool is_loopback = false, is_local = false; ///< local: over the control socket, which only the directory's owner may open
};

Peer peer_of(const tcp::socket& socket) {
    beast::error_code ignored;
    const auto address = socket.remote_endpoint(ignored).address();
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

HttpResponse refusal(const beast::error_code& failure, const Limits& limits) {
    if (failure == http::error::body_limit)
        return outcome_response(error(IssueCode::too_long, "", "http-body-max", {std::to_string(limits.http_body_bytes_max)}));
    if (failure == http::error::header_limit || failure == http::error::buffer_overflow) {
        auto response = outcome_response(error(IssueCode::too_long, "", "http-header-max", {std::to_string(limits.http_header_bytes_max)}));
        response.status = 431;
        return response;
    }
    return outcome_response(error(IssueCode::invalid, "", "http-syntax"));
}

} // namespace

/// Everything that must be closed when the server stops.
struct Server::Sockets {
    explicit Sockets(asio::io_context& io) : acceptor(io), local_acceptor(io) {}
    tcp::acceptor acceptor;
    local::acceptor local_acceptor;
    std::mutex mutex;
    std::map<const void*, std::function<void()>> open; ///< session → what cancels it
    std::map<std::string, std::uint32_t> by_address;
    bool stopping = false;

    bool enter(const void* session, std::function<void()> cancel, const Peer& peer, const Limits& limits) {
        const std::lock_guard lock(mutex);
        if (stopping || (!peer.is_local && open.size() >= limits.connections_max)) return false;
        if (!peer.is_loopback && by_address[peer.address] >= limits.connections_per_address_max) return false;
        ++by_address[peer.address];
        open.emplace(session, std::move(cancel));
        return true;
    }
    void leave(const void* session, const Peer& peer) {
        const std::lock_guard lock(mutex);
        open.erase(session);
        if (auto found = by_address.find(peer.address); found != by_address.end() && --found->second == 0) by_address.erase(found);
    }
};

namespace {

/// A connection that is closed while the peer still sends is reset, and the peer may never read the answer: so what it sends is taken for
/// a moment and thrown away. Source: RFC 9112 §9.6.
template <class Stream>
asio::awaitable<void> drain(Stream& stream) {
    constexpr std::size_t kBytesMax = 64 * 1024 * 1024;
    beast::error_code failure;
    stream.socket().shutdown(asio::socket_base::shutdown_send, failure);
    stream.expires_after(std::chrono::seconds(2));
    std::vector<char> room(64 * 1024);
    for (std::size_t taken = 0; !failure && taken < kBytesMax;)
        taken += co_await stream.async_read_some(asio::buffer(room), asio::redirect_error(asio::use_awaitable, failure));
}

/// Ends what a stream waits for when the time is over, without closing it: the peer can still be told. Lives and ends on the stream's
/// strand.
template <class Stream>
class Deadline {
public:
    Deadline(Stream& stream, std::uint32_t milliseconds) : timer_(stream.get_executor()), state_(std::make_shared<State>()) {
        timer_.expires_after(std::chrono::milliseconds(milliseconds));
        timer_.async_wait([state = state_, &stream](const beast::error_code& failure) {
            if (failure || state->is_over) return;
            state->is_late = true;
            stream.cancel();
        });
    }
    ~Deadline() {
        state_->is_over = true; // the handler may be under way already
        timer_.cancel();
    }
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    bool is_late() const { return state_->is_late; }

private:
    struct State {
        bool is_over = false, is_late = false;
    };
    asio::steady_timer timer_;
    std::shared_ptr<State> state_;
};

/// What has come of a request's head, without the empty line at its end.
std::string_view head_of(const beast::flat_buffer& buffer) {
    const std::string_view got(static_cast<const char*>(buffer.data().data()), buffer.size());
    return got.substr(0, got.find("\r\n\r\n"));
}

/// Reads until the head is whole or longer than allowed; the parser, which takes folded lines as one, sees it only then.
template <class Stream>
asio::awaitable<void> read_head(Stream& stream, beast::flat_buffer& buffer, std::size_t bytes_max, beast::error_code& failure) {
    constexpr std::size_t kRoom = 8 * 1024;
    while (!failure && head_of(buffer).size() == buffer.size() && buffer.size() <= bytes_max) {
        const auto taken = co_await stream.async_read_some(buffer.prepare(kRoom), asio::redirect_error(asio::use_awaitable, failure));
        buffer.commit(taken);
    }
    // What ended must not be read again: the end is told once.
    if (failure == asio::error::eof) failure = buffer.size() == 0 ? http::error::end_of_stream : http::error::partial_message;
}

/// A field folded over lines reads differently for different programs on the way. Source: RFC 9112 §5.2.
bool has_folded_line(std::string_view head) { return head.find("\r\n ") != head.npos || head.find("\r\n\t") != head.npos; }

/// Writes an answer. Each piece of a large one has the time that a small one has: a slow line is slow, not dead.
template <class Stream>
asio::awaitable<void> write_whole(Stream& stream, const WrittenResponse& response, const Limits& limits, beast::error_code& failure) {
    constexpr std::size_t kPiece = 1024 * 1024;
    const std::string_view body = response.body;
    const std::chrono::milliseconds patience(limits.http_body_timeout_ms);
    stream.expires_after(patience);
    const std::array<asio::const_buffer, 2> first{asio::buffer(response.head), asio::buffer(body.substr(0, kPiece))};
    co_await asio::async_write(stream, first, asio::redirect_error(asio::use_awaitable, failure));
    for (auto at = kPiece; !failure && at < body.size(); at += kPiece) {
        stream.expires_after(patience);
        co_await asio::async_write(stream, asio::buffer(body.substr(at, kPiece)), asio::redirect_error(asio::use_awaitable, failure));
    }
    std::string piece;
    while (!failure && response.file) {
        // A file that ends too early ends the connection: the length was promised.
        if (!response.file->read(piece, kPiece)) failure = asio::error::eof;
        if (failure || piece.empty()) break;
        stream.expires_after(patience);
        co_await asio::async_write(stream, asio::buffer(piece), asio::redirect_error(asio::use_awaitable, failure));
    }
}

/// Parses a head that is there whole; nothing is waited for, so there is no turn through the scheduler either.
void parse_head(beast::flat_buffer& buffer, http::request_parser<http::string_body>& parser, beast::error_code& failure) {
    while (!failure && !parser.is_header_done()) buffer.consume(parser.put(buffer.data(), failure));
}

/// One request of a connection; false ends it.
template <class Stream>
asio::awaitable<bool> serve_one(Server& server, Stream& stream, beast::flat_buffer& buffer, const Peer& peer, const Limits& limits) {
    http::request_parser<http::string_body> parser;
    const auto head_bytes_max = limits.http_header_bytes_max + limits.http_url_bytes_max;
    parser.header_limit(static_cast<std::uint32_t>(head_bytes_max));
    parser.body_limit(limits.http_body_bytes_max);
    beast::error_code failure;
    bool is_late = false, is_folded = false;
    stream.expires_never();
    {
        const Deadline deadline(stream, limits.http_header_timeout_ms);
        co_await read_head(stream, buffer, head_bytes_max, failure);
        is_late = deadline.is_late() && buffer.size() != 0; // to silence there is nothing to answer
        is_folded = has_folded_line(head_of(buffer));
    }
    if (!failure) parse_head(buffer, parser, failure);
    if (!failure && is_folded) failure = http::error::bad_field;
    if (is_late) failure = beast::error::timeout;
    else if (failure == http::error::end_of_stream || failure == beast::error::timeout || failure == asio::error::operation_aborted ||
             failure == asio::error::connection_reset)
        co_return false;
    if (!failure && !parser.is_done()) {
        if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
            http::response<http::empty_body> go_on{http::status::continue_, 11};
            co_await http::async_write(stream, go_on, asio::redirect_error(asio::use_awaitable, failure));
        }
        const Deadline deadline(stream, limits.http_body_timeout_ms);
        co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, failure));
        if (deadline.is_late()) failure = beast::error::timeout;
    }
    HttpResponse answer;
    bool keep_alive = false, is_head = false;
    unsigned version = 11;
    if (failure == beast::error::timeout) {
        answer = slow_response();
    } else if (failure) {
        answer = refusal(failure, limits);
    } else if (parser.get().target().size() > limits.http_url_bytes_max) {
        answer = outcome_response(error(IssueCode::too_long, "", "http-url-max", {std::to_string(limits.http_url_bytes_max)}));
        answer.status = 414;
    } else {
        auto message = parser.release();
        keep_alive = message.keep_alive();
        version = message.version();
        is_head = message.method() == http::verb::head;
        auto request = read_request(message, peer);
        stream.expires_never();
        answer = co_await server.answer(std::move(request));
    }
    const auto response = write_response(std::move(answer), version, keep_alive, is_head);
    co_await write_whole(stream, response, limits, failure);
    if (!keep_alive && !failure) co_await drain(stream);
    co_return !failure && keep_alive;
}

/// To a connection beyond the limit: come back later.
template <class Stream>
asio::awaitable<void> refuse(Stream& stream) {
    auto answer = outcome_response(error(IssueCode::throttled, "", "http-connections-max"));
    const auto response = write_response(std::move(answer), 11, false, false);
    beast::error_code ignored;
    stream.expires_after(std::chrono::seconds(2));
    co_await asio::async_write(stream, response.buffers(), asio::redirect_error(asio::use_awaitable, ignored));
    co_await drain(stream);
}

template <class Stream, class Socket>
asio::awaitable<void> serve(Server& server, std::shared_ptr<Server::Sockets> sockets, Socket socket, const Limits& limits) {
    set_no_delay(socket);
    const auto peer = peer_of(socket);
    Stream stream(std::move(socket));
    std::function<void()> cancel = [sockets, &stream] {
        asio::post(stream.get_executor(), [sockets, &stream] {
            const std::lock_guard inner(sockets->mutex);
            if (sockets->open.contains(&stream)) stream.cancel();
        });
    };
    beast::flat_buffer buffer;
    if (!sockets->enter(&stream, std::move(cancel), peer, limits)) {
        co_await refuse(stream);
        co_return;
    }
    try {
        while (co_await serve_one(server, stream, buffer, peer, limits)) {}
    } catch (const std::exception&) {
        // The session root: whatever a library throws ends this connection only.
    }
    sockets->leave(&stream, peer);
    beast::error_code ignored;
    stream.socket().shutdown(Socket::shutdown_send, ignored);
}

template <class Stream, class Socket, class Acceptor>
asio::awaitable<void> accept_all(Server& server, std::shared_ptr<Server::Sockets> sockets, Acceptor& acceptor, asio::io_context& io,
                                 const Limits& limits) {
    while (true) {
        beast::error_code failure;
        Socket socket(asio::make_strand(io));
        co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, failure));
        if (failure == asio::error::operation_aborted || failure == asio::error::bad_descriptor) co_return;
        if (failure) {
            // Out of descriptors, most likely: waiting helps, asking again at once does not.
            asio::steady_timer pause(io, std::chrono::milliseconds(50));
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, failure));
            continue;
        }
        auto executor = socket.get_executor();
        asio::co_spawn(executor, serve<Stream>(server, sockets, std::move(socket), limits), asio::detached);
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
    if (!sockets_) sockets_ = std::make_shared<Sockets>(io_);
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
    if (!sockets_) sockets_ = std::make_shared<Sockets>(io_);
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
    asio::co_spawn(io_, accept_all<beast::tcp_stream, tcp::socket>(*this, sockets_, sockets.acceptor, io_, limits_), asio::detached);
    if (sockets.local_acceptor.is_open())
        asio::co_spawn(io_, accept_all<LocalStream, local::socket>(*this, sockets_, sockets.local_acceptor, io_, limits_), asio::detached);
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
