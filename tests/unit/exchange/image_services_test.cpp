// Services of images are asked whether they give out a study: only those that the configuration lists, and no longer than an order waits.
#include "exchange/image_services.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <set>

using namespace huitong;
using tcp = boost::asio::ip::tcp;

namespace {

/// A PACS that knows some studies; it may be away, or silent.
class Pacs {
public:
    Pacs() : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}), thread_([this] { run(); }) {}
    ~Pacs() {
        is_ending_ = true;
        boost::system::error_code ignored;
        tcp::socket knock(io_);
        knock.connect(acceptor_.local_endpoint(), ignored);
        thread_.join();
    }
    std::string address() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/dicom-web"; }
    void set(std::string study) {
        const std::lock_guard lock(mutex_);
        study_ = std::move(study);
    }
    std::string asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }
    std::atomic<bool> is_silent{false};
    std::atomic<int> calls{0};

private:
    void run() {
        std::vector<tcp::socket> kept; // of callers who are not answered
        while (true) {
            tcp::socket peer(io_);
            boost::system::error_code failure;
            acceptor_.accept(peer, failure);
            if (is_ending_ || failure) return;
            ++calls;
            if (is_silent) {
                kept.push_back(std::move(peer));
                continue;
            }
            answer(peer);
        }
    }
    void answer(tcp::socket& peer) {
        boost::asio::streambuf buffer;
        boost::system::error_code failure;
        boost::asio::read_until(peer, buffer, "\r\n\r\n", failure);
        const std::string request(boost::asio::buffers_begin(buffer.data()), boost::asio::buffers_end(buffer.data()));
        const std::lock_guard lock(mutex_);
        asked_ = request.substr(0, request.find('\r'));
        const bool is_there = asked_.find("/dicom-web/studies/" + study_ + "/metadata ") != asked_.npos;
        const std::string text =
            is_there ? "HTTP/1.1 200 OK\r\nContent-Type: application/dicom+json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"
                     : "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        boost::asio::write(peer, boost::asio::buffer(text), failure);
    }

    boost::asio::io_context io_;
    tcp::acceptor acceptor_;
    std::atomic<bool> is_ending_{false};
    mutable std::mutex mutex_;
    std::string study_ = "1.2.3", asked_;
    std::thread thread_;
};

struct Asking : Pacs {
    exchange::ImageSettings settings(std::uint32_t fresh_seconds = 300) const {
        exchange::ImageSettings out;
        out.addresses = {address()};
        out.fresh_seconds = fresh_seconds;
        out.again_seconds = 0;
        return out;
    }
    static std::chrono::steady_clock::time_point within(int milliseconds) {
        return std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(image_services_suite)

BOOST_FIXTURE_TEST_CASE(a_study_that_is_given_out_is_there_and_is_not_asked_for_again, Asking) {
    exchange::WadoServices services(settings());
    BOOST_TEST((services.has_study(address(), "1.2.3", within(5'000)) == true));
    BOOST_TEST(asked() == "GET /dicom-web/studies/1.2.3/metadata HTTP/1.1");
    BOOST_TEST((services.has_study(address(), "1.2.3", within(5'000)) == true));
    BOOST_TEST(services.calls() == 1U);
    BOOST_TEST((services.has_study(address(), "1.2.4", within(5'000)) == false));
}

BOOST_FIXTURE_TEST_CASE(what_was_not_there_is_asked_for_again, Asking) {
    exchange::WadoServices services(settings());
    set("9");
    BOOST_TEST((services.has_study(address(), "1.2.3", within(5'000)) == false));
    set("1.2.3");
    BOOST_TEST((services.has_study(address(), "1.2.3", within(5'000)) == true));
}

BOOST_FIXTURE_TEST_CASE(a_service_that_is_silent_delays_nobody_longer_than_told, Asking) {
    is_silent = true;
    exchange::WadoServices services(settings());
    const auto before = std::chrono::steady_clock::now();
    BOOST_TEST((services.has_study(address(), "1.2.3", within(50)) == std::nullopt));
    BOOST_TEST((std::chrono::steady_clock::now() - before < std::chrono::seconds(4)));
}

BOOST_FIXTURE_TEST_CASE(only_listed_addresses_and_true_uids_are_called, Asking) {
    exchange::WadoServices services(settings());
    for (const auto& other : {std::string("http://127.0.0.1:1/dicom-web"), address() + "-evil", address() + "/../admin",
                              std::string("http://user@127.0.0.1/dicom-web"), address() + "?x", std::string()})
        BOOST_TEST((services.has_study(other, "1.2.3", within(2'000)) == std::nullopt), other);
    for (const auto* study : {"", "1.2/3", "1.2.3?x", "a", "1.2.3%2f"})
        BOOST_TEST((services.has_study(address(), study, within(2'000)) == std::nullopt), study);
    BOOST_TEST(services.calls() == 0U);
    BOOST_TEST(calls == 0);
}

BOOST_FIXTURE_TEST_CASE(a_service_that_is_away_has_no_images, Asking) {
    auto away = settings();
    away.addresses = {"http://127.0.0.1:1/dicom-web"};
    exchange::WadoServices services(away);
    BOOST_TEST((services.has_study("http://127.0.0.1:1/dicom-web", "1.2.3", within(5'000)) == false));
}

BOOST_AUTO_TEST_SUITE_END()
