/// MLLP server: accepts connections, reads frames, lets a Responder answer each before the next of that connection is read.
///
/// Knows nothing of HL7. Every connection runs on its own strand; `run` returns after all of them ended. When stopped, an exchange that is
/// under way is finished, so that what was stored is also acknowledged.
/// Source: HL7 v2.5.1, appendix C.4.
#pragma once

#include "adapters/hl7v2/frames.hpp"
#include "adapters/hl7v2/wire.hpp"
#include "base/limits.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace huitong::adapters::hl7v2 {

/// Where answers of one exchange go.
class FrameWriter {
public:
    /// False: the peer is gone.
    virtual boost::asio::awaitable<bool> send(std::string message) = 0;
    /// Common name of the peer's certificate; "" when it showed none.
    virtual std::string peer_name() const = 0;

protected:
    ~FrameWriter() = default;
};

class Responder {
public:
    virtual boost::asio::awaitable<void> respond(std::string message, FrameWriter& out) = 0;

protected:
    ~Responder() = default;
};

/// Since the start; read at any time from any thread.
struct ListenerCounts {
    std::atomic<std::uint64_t> connections{0}, turned_away{0}, messages{0};
    std::atomic<std::uint64_t> garbage_bytes{0}; ///< between frames, tolerated
    std::atomic<std::uint64_t> unfinished{0};    ///< frames that never ended
    std::atomic<std::uint64_t> too_long{0};      ///< frames beyond mllp_message_bytes_max
    std::atomic<std::uint64_t> idle{0};          ///< connections closed for silence
    std::atomic<std::uint64_t> handshakes{0};    ///< connections that ended in the TLS handshake
    std::atomic<std::uint64_t> failed{0};        ///< sessions that ended by an exception
};

struct ListenerSettings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;                  ///< 0: any free one
    std::uint32_t idle_ms = 10 * 60 * 1'000; ///< silence between and inside frames; hospitals keep connections for hours
    TlsSettings tls;
};

class Listener {
public:
    Listener(ListenerSettings settings, const Limits& limits) : settings_(std::move(settings)), limits_(limits) {}

    /// Serves until cancelled. Throws boost::system::system_error when it cannot listen, std::runtime_error for unusable TLS files.
    /// `responder` outlives the call.
    boost::asio::awaitable<void> run(Responder& responder);
    /// "host:port" as bound; "" before `run` has bound.
    std::string address() const;
    const ListenerCounts& counts() const { return counts_; }

private:
    ListenerSettings settings_;
    Limits limits_;
    ListenerCounts counts_;
    std::atomic<std::uint16_t> bound_port_{0};
};

} // namespace huitong::adapters::hl7v2
