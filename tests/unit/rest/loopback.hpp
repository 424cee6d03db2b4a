/// A real server on loopback with the FHIR door, and a client that writes bytes as it is told.
#pragma once

#include "access/tokens.hpp"
#include "audit/access_log.hpp"
#include "rest/fhir_door.hpp"
#include "rest/server.hpp"
#include "support/definitions.hpp"
#include "unit/store/fixture.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <boost/asio/thread_pool.hpp>

#include <thread>

namespace huitong::tests {

struct HttpReply {
    int status = 0; ///< 0: the connection ended without an answer
    std::string head, body;
    /// Value of a header, "-" without it; names in any case.
    std::string header(std::string name) const {
        auto lower = [](std::string text) {
            for (auto& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
            return text;
        };
        const auto heads = lower("\r\n" + head);
        const auto at = heads.find("\r\n" + lower(name) + ": ");
        if (at == heads.npos) return "-";
        const auto begin = at + name.size() + 2; // of `head`, which has no line end before it
        return head.substr(begin, head.find("\r\n", begin) - begin);
    }
};

/// One connection; every call has a bounded wait.
class HttpClient {
public:
    explicit HttpClient(std::uint16_t port) : socket_(io_) {
        socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
        // Nothing here may hang a test: a read that takes this long ends with what there is.
        const timeval patience{20, 0};
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    void write(std::string_view bytes) {
        boost::system::error_code ignored;
        boost::asio::write(socket_, boost::asio::buffer(bytes), ignored);
    }
    /// Reads one answer; `is_head`: without a body, whatever the length says.
    HttpReply read(bool is_head = false) {
        HttpReply reply;
        std::size_t end;
        while ((end = buffer_.find("\r\n\r\n")) == buffer_.npos) {
            if (!read_some()) return reply;
        }
        reply.head = buffer_.substr(0, end + 2);
        buffer_.erase(0, end + 4);
        reply.status = std::stoi(reply.head.substr(9, 3));
        const auto length = reply.header("content-length");
        const std::size_t size = length == "-" || is_head ? 0 : std::stoul(length);
        while (buffer_.size() < size) {
            if (!read_some()) break;
        }
        reply.body = buffer_.substr(0, size);
        buffer_.erase(0, size);
        return reply;
    }
    /// Tells the server that nothing more comes, and goes on reading.
    void end_writing() {
        boost::system::error_code ignored;
        socket_.shutdown(boost::asio::socket_base::shutdown_send, ignored);
    }
    /// True when the server has closed and nothing is left.
    bool is_closed() { return buffer_.empty() && !read_some(); }

private:
    bool read_some() {
        char room[64 * 1024];
        const auto size = ::recv(socket_.native_handle(), room, sizeof room, 0);
        if (size <= 0) return false;
        buffer_.append(room, static_cast<std::size_t>(size));
        return true;
    }
    boost::asio::io_context io_;
    boost::asio::ip::tcp::socket socket_;
    std::string buffer_;
};

class Loopback {
public:
    Loopback() {
        registry_.set_base_url("http://hub.example/fhir");
        services.store = store.get();
        services.registry = &registry_;
        services.definitions = definitions_.get();
        services.clock = &clock_;
        services.limits = &limits;
        services.base_url = "http://hub.example/fhir";
        BOOST_REQUIRE(server.bind("127.0.0.1:0").has_value());
        server.set_routes({{"/fhir", &door_}});
        server.start();
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Loopback() {
        server.stop();
        workers_.join();
        io_.stop();
        thread_.join();
    }
    std::uint16_t port() const { return static_cast<std::uint16_t>(std::stoi(server.address().substr(server.address().rfind(':') + 1))); }

    /// One request on a connection of its own. Headers as "Name: value\r\n…".
    HttpReply send(const std::string& line, const std::string& headers = "", const std::string& body = "") const {
        HttpClient client(port());
        std::string text = line + " HTTP/1.1\r\nHost: hub.example\r\nConnection: close\r\n" + headers;
        if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        client.write(text + "\r\n" + body);
        return client.read(line.starts_with("HEAD"));
    }
    HttpReply put(const std::string& id, const std::string& members = "") const {
        return send("PUT /fhir/Patient/" + id, "Content-Type: application/fhir+json\r\n",
                    R"({"resourceType":"Patient","id":")" + id + '"' + members + '}');
    }

    Limits limits;
    ScratchFolder folder;
    std::shared_ptr<store::Store> store = open_in(folder.path() / "store");
    interaction::Services services;

private:
    std::shared_ptr<const fhir::Definitions> definitions_{std::shared_ptr<const fhir::Definitions>(), &r4_definitions()};
    search::Registry registry_{definitions_};
    SystemClock clock_;
    std::unique_ptr<audit::AccessLog> log_ = std::move(*audit::AccessLog::open((folder.path() / "access").string()));
    rest::Reception reception_{nullptr, log_.get(), clock_, true};
    rest::FhirDoor door_{services, reception_, "/fhir"};
    boost::asio::io_context io_;
    boost::asio::thread_pool workers_{2};

public:
    rest::Server server{io_, workers_, limits};

private:
    std::thread thread_;
};

} // namespace huitong::tests
