/// One TCP connection, plain or TLS: bytes in, bytes out. Listener and outlet know no more of it than this.
///
/// TLS: at least 1.2; a server that names authorities asks every client for a certificate of theirs (mutual TLS).
/// Thread: one strand a wire. Source: IHE ITI TF-2, 3.19 (Authenticate Node).
#pragma once

#include "base/outcome.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace huitong::adapters::hl7v2 {

class Wire {
public:
    struct Moved {
        boost::system::error_code failure;
        std::size_t bytes = 0;
        Moved(boost::system::error_code failure_, std::size_t bytes_) : failure(failure_), bytes(bytes_) {}
    };

    virtual ~Wire() = default;
    /// TLS handshake; nothing on a plain wire.
    virtual boost::asio::awaitable<boost::system::error_code> open() = 0;
    virtual boost::asio::awaitable<Moved> read_some(boost::asio::mutable_buffer buffer) = 0;
    virtual boost::asio::awaitable<Moved> write(boost::asio::const_buffer buffer) = 0;
    /// Common name of the peer's certificate; "" without one.
    virtual std::string peer_name() const = 0;
    /// Ends what is waited for.
    virtual void cancel() = 0;
    virtual void close() = 0;
};

/// Files in PEM. Without `certificate` a wire is plain.
struct TlsSettings {
    std::string certificate, key, authorities;
    bool is_wanted() const { return !certificate.empty() || !authorities.empty(); }
};

/// Issue: tls-files.
Result<std::shared_ptr<boost::asio::ssl::context>> make_server_tls(const TlsSettings& settings);
Result<std::shared_ptr<boost::asio::ssl::context>> make_client_tls(const TlsSettings& settings);

std::unique_ptr<Wire> make_plain_wire(boost::asio::ip::tcp::socket socket);
/// The context outlives the wire.
std::unique_ptr<Wire> make_server_wire(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls);
/// Verifies that the server's certificate is for `host`.
std::unique_ptr<Wire> make_client_wire(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls, const std::string& host);

} // namespace huitong::adapters::hl7v2
