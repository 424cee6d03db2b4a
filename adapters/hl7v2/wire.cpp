#include "adapters/hl7v2/wire.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace huitong::adapters::hl7v2 {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kWait = asio::as_tuple(asio::use_awaitable);

template <class Stream>
asio::awaitable<Wire::Moved> read_from(Stream& stream, asio::mutable_buffer buffer) {
    const auto [failure, bytes] = co_await stream.async_read_some(asio::buffer(buffer), kWait);
    co_return Wire::Moved(failure, bytes);
}

template <class Stream>
asio::awaitable<Wire::Moved> write_to(Stream& stream, asio::const_buffer buffer) {
    const auto [failure, bytes] = co_await asio::async_write(stream, asio::buffer(buffer), kWait);
    co_return Wire::Moved(failure, bytes);
}

void set_no_delay(tcp::socket& socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
}

void close_socket(tcp::socket& socket) {
    error_code ignored;
    socket.shutdown(tcp::socket::shutdown_both, ignored);
    socket.close(ignored);
}

class PlainWire final : public Wire {
public:
    explicit PlainWire(tcp::socket socket) : socket_(std::move(socket)) { set_no_delay(socket_); }
    asio::awaitable<error_code> open() override { co_return error_code(); }
    asio::awaitable<Moved> read_some(asio::mutable_buffer buffer) override { return read_from(socket_, buffer); }
    asio::awaitable<Moved> write(asio::const_buffer buffer) override { return write_to(socket_, buffer); }
    std::string peer_name() const override { return {}; }
    void cancel() override {
        error_code ignored;
        socket_.cancel(ignored);
    }
    void close() override { close_socket(socket_); }

private:
    tcp::socket socket_;
};

class TlsWire final : public Wire {
public:
    TlsWire(tcp::socket socket, ssl::context& tls, ssl::stream_base::handshake_type side) : stream_(std::move(socket), tls), side_(side) {
        set_no_delay(stream_.next_layer());
    }
    void verify_host(const std::string& host) {
        error_code ignored;
        SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
        stream_.set_verify_callback(ssl::host_name_verification(host), ignored);
    }

    asio::awaitable<error_code> open() override {
        const auto [failure] = co_await stream_.async_handshake(side_, kWait);
        co_return failure;
    }
    asio::awaitable<Moved> read_some(asio::mutable_buffer buffer) override { return read_from(stream_, buffer); }
    asio::awaitable<Moved> write(asio::const_buffer buffer) override { return write_to(stream_, buffer); }

    std::string peer_name() const override {
        // OpenSSL hands out a counted reference.
        const std::unique_ptr<X509, decltype(&X509_free)> certificate(
            SSL_get1_peer_certificate(const_cast<ssl::stream<tcp::socket>&>(stream_).native_handle()), &X509_free);
        if (!certificate) return {};
        std::array<char, 256> name{};
        const int size =
            X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(), static_cast<int>(name.size()));
        return size > 0 ? std::string(name.data(), static_cast<std::size_t>(size)) : std::string();
    }

    void cancel() override {
        error_code ignored;
        stream_.next_layer().cancel(ignored);
    }
    /// Without the closing words of TLS: a frame has its own end, so a cut is seen.
    void close() override { close_socket(stream_.next_layer()); }

private:
    ssl::stream<tcp::socket> stream_;
    ssl::stream_base::handshake_type side_;
};

Outcome bad_file(const std::string& file) { return error(IssueCode::security, "", "tls-files", {file}); }

Result<std::shared_ptr<ssl::context>> make_context(ssl::context::method method, const TlsSettings& settings) {
    auto context = std::make_shared<ssl::context>(method);
    error_code failure;
    context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, failure);
    if (!settings.certificate.empty()) context->use_certificate_chain_file(settings.certificate, failure);
    if (failure) return bad_file(settings.certificate);
    if (!settings.key.empty()) context->use_private_key_file(settings.key, ssl::context::pem, failure);
    if (failure) return bad_file(settings.key);
    if (!settings.authorities.empty()) context->load_verify_file(settings.authorities, failure);
    if (failure) return bad_file(settings.authorities);
    return context;
}

} // namespace

Result<std::shared_ptr<ssl::context>> make_server_tls(const TlsSettings& settings) {
    if (settings.certificate.empty() || settings.key.empty())
        return Outcome(error(IssueCode::security, "", "tls-files", {"tls_certificate, tls_key"}));
    auto context = make_context(ssl::context::tls_server, settings);
    if (!context) return context.error();
    if (!settings.authorities.empty()) (*context)->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    return context;
}

Result<std::shared_ptr<ssl::context>> make_client_tls(const TlsSettings& settings) {
    auto context = make_context(ssl::context::tls_client, settings);
    if (!context) return context.error();
    error_code ignored;
    if (settings.authorities.empty()) (*context)->set_default_verify_paths(ignored);
    (*context)->set_verify_mode(ssl::verify_peer);
    return context;
}

std::unique_ptr<Wire> make_plain_wire(tcp::socket socket) { return std::make_unique<PlainWire>(std::move(socket)); }

std::unique_ptr<Wire> make_server_wire(tcp::socket socket, ssl::context& tls) {
    return std::make_unique<TlsWire>(std::move(socket), tls, ssl::stream_base::server);
}

std::unique_ptr<Wire> make_client_wire(tcp::socket socket, ssl::context& tls, const std::string& host) {
    auto wire = std::make_unique<TlsWire>(std::move(socket), tls, ssl::stream_base::client);
    wire->verify_host(host);
    return wire;
}

} // namespace huitong::adapters::hl7v2
