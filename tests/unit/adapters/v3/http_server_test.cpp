// The port itself, as slow and silent peers find it.
#include "adapters/v3/v3.hpp"
#include "unit/adapters/support/rehearsal.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

namespace huitong::adapters::v3::tests {

namespace asio = boost::asio;
using adapters::tests::Rehearsal;
using adapters::tests::RememberingInbox;
using asio::ip::tcp;

namespace {

/// A port with short deadlines, and one peer of it.
struct Port {
    explicit Port(std::uint32_t milliseconds) {
        limits.http_header_timeout_ms = limits.http_body_timeout_ms = milliseconds;
        settings.name = "platform";
        settings.settings = {{"listen", "127.0.0.1:0"}};
        adapter = make_v3_adapter(settings, limits, clock, nullptr);
        rehearsal.emplace(*adapter, inbox);
        const auto port = static_cast<std::uint16_t>(std::stoi(rehearsal->port()));
        peer.connect({asio::ip::make_address("127.0.0.1"), port});
    }
    void say(std::string_view text) { asio::write(peer, asio::buffer(text)); }
    /// All that comes until the port closes the connection.
    std::string rest() {
        std::string out;
        boost::system::error_code ended;
        asio::read(peer, asio::dynamic_buffer(out), ended);
        return out;
    }

    Limits limits;
    huitong::feeds::FeedSettings settings;
    SetClock clock{Instant{1}};
    RememberingInbox inbox;
    std::unique_ptr<huitong::feeds::Adapter> adapter;
    std::optional<Rehearsal> rehearsal;
    asio::io_context io;
    tcp::socket peer{io};
};

} // namespace

BOOST_AUTO_TEST_SUITE(v3_http_server)

// It would wait for ever for a peer that sends a header byte by byte.
BOOST_AUTO_TEST_CASE(a_header_that_does_not_end_is_given_up) {
    Port port(100);
    port.say("POST / HTTP/1.1\r\nHost: a\r\nX: ");
    BOOST_TEST(port.rest() == "");
}

BOOST_AUTO_TEST_CASE(a_body_that_does_not_come_is_given_up) {
    Port port(100);
    port.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n<a");
    BOOST_TEST(port.rest() == "");
}

BOOST_AUTO_TEST_CASE(a_silent_connection_does_not_keep_the_port_from_stopping) {
    Port port(60'000);
    port.say("POST / HTTP/1.1\r\n");
    port.rehearsal->stop();
    BOOST_TEST(port.rehearsal->ended());
    BOOST_TEST(port.rest().find("200") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::v3::tests
