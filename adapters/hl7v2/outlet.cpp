#include "adapters/hl7v2/outlet.hpp"

#include "adapters/hl7v2/ack.hpp"
#include "adapters/hl7v2/frames.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <charconv>
#include <optional>

namespace huitong::adapters::hl7v2 {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace asio::experimental::awaitable_operators;

constexpr auto kWait = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> wait(asio::steady_timer& timer) { co_await timer.async_wait(kWait); }

feeds::Receipt receipt_of(feeds::Disposition disposition, Issue issue) {
    feeds::Receipt out;
    out.disposition = disposition;
    out.issues.add(std::move(issue));
    return out;
}

feeds::Receipt receipt_of(const PeerAnswer& answer) {
    feeds::Receipt out;
    if (answer.code == "AA" || answer.code == "CA") return out;
    const bool refused = answer.code == "AR" || answer.code == "CR";
    const auto code = answer.error_codes.empty() ? std::string("-") : std::to_string(answer.error_codes.front());
    return receipt_of(refused ? feeds::Disposition::refused : feeds::Disposition::dead_letter,
                      error(IssueCode::processing, "MSA-1", "v2-peer-refused", {answer.code, code}));
}

class MllpOutlet final : public feeds::Outlet {
public:
    MllpOutlet(OutletSettings settings, const Limits& limits) : settings_(std::move(settings)), limits_(limits) {}

    asio::awaitable<feeds::Receipt> deliver(const feeds::OutMessage& message) override {
        const auto executor = co_await asio::this_coro::executor;
        bool is_open = wire_ != nullptr; // no `wire_ || co_await …`: g++ 12 awaits the right side even when the left decides
        if (!is_open) is_open = co_await connected();
        if (!is_open) {
            co_return receipt_of(feeds::Disposition::throttled, error(IssueCode::transient, "", "v2-peer-connection", {place()}));
        }
        asio::steady_timer timer(executor, std::chrono::milliseconds(settings_.ack_wait_ms));
        auto first = co_await (exchange(message) || wait(timer));
        if (first.index() == 1) {
            close(); // a late answer must not be taken for that of the next message
            auto issue = error(IssueCode::timeout, "", "v2-peer-timeout", {std::to_string(settings_.ack_wait_ms)});
            co_return receipt_of(feeds::Disposition::throttled, std::move(issue));
        }
        const auto answer = std::get<0>(std::move(first));
        if (answer) co_return receipt_of(*answer);
        close();
        co_return receipt_of(feeds::Disposition::throttled, error(IssueCode::transient, "", "v2-peer-connection", {place()}));
    }

private:
    std::string place() const { return settings_.host + ":" + std::to_string(settings_.port); }

    void close() { wire_.reset(); }

    asio::awaitable<bool> connected() {
        const auto executor = co_await asio::this_coro::executor;
        asio::steady_timer timer(executor, std::chrono::milliseconds(settings_.connect_ms));
        reader_.emplace(limits_.mllp_message_bytes_max);
        auto first = co_await (connect() || wait(timer));
        if (first.index() == 0 && std::get<0>(first)) co_return true;
        close();
        co_return false;
    }

    asio::awaitable<bool> connect() {
        const auto executor = co_await asio::this_coro::executor;
        tcp::resolver resolver(executor);
        const auto [unknown, endpoints] = co_await resolver.async_resolve(settings_.host, std::to_string(settings_.port), kWait);
        if (unknown) co_return false;
        tcp::socket socket(executor);
        const auto [failure, endpoint] = co_await asio::async_connect(socket, endpoints, kWait);
        if (failure) co_return false;
        if (settings_.tls.is_wanted() && !tls_) {
            auto made = make_client_tls(settings_.tls);
            if (!made) co_return false;
            tls_ = std::move(*made);
        }
        wire_ = tls_ ? make_client_wire(std::move(socket), *tls_, settings_.host) : make_plain_wire(std::move(socket));
        const auto refused = co_await wire_->open();
        co_return !refused;
    }

    /// nullopt: the connection broke.
    asio::awaitable<std::optional<PeerAnswer>> exchange(const feeds::OutMessage& message) {
        const auto frame = write_frame(message.bytes);
        const auto written = co_await wire_->write(asio::buffer(frame));
        if (written.failure) co_return std::nullopt;
        std::string text;
        std::array<char, 8 * 1024> block;
        for (;;) {
            const auto state = reader_->next(text);
            if (state == FrameState::too_long) co_return std::nullopt;
            if (state == FrameState::message) {
                auto answer = read_ack(text);
                if (answer && answer->control_id == message.control_id) co_return answer;
                continue;
            }
            const auto received = co_await wire_->read_some(asio::buffer(block));
            if (received.failure) co_return std::nullopt;
            reader_->add(std::string_view(block.data(), received.bytes));
        }
    }

    OutletSettings settings_;
    Limits limits_;
    std::shared_ptr<asio::ssl::context> tls_; ///< outlives the wire
    std::unique_ptr<Wire> wire_;
    std::optional<FrameReader> reader_;
};

} // namespace

OutletSettings read_outlet_settings(const feeds::FeedSettings& settings) {
    OutletSettings out;
    const auto number = [&](std::string_view key, std::uint32_t fallback) {
        const auto text = settings.setting(key);
        std::from_chars(text.data(), text.data() + text.size(), fallback);
        return fallback;
    };
    const auto connect = settings.setting("connect");
    const auto colon = connect.rfind(':');
    out.host = connect.substr(0, colon);
    if (colon != connect.npos) std::from_chars(connect.data() + colon + 1, connect.data() + connect.size(), out.port);
    out.connect_ms = number("connect_ms", out.connect_ms);
    out.ack_wait_ms = number("ack_wait_ms", out.ack_wait_ms);
    out.tls = {settings.setting("tls_certificate"), settings.setting("tls_key"), settings.setting("tls_authorities")};
    return out;
}

std::shared_ptr<feeds::Outlet> make_mllp_outlet(OutletSettings settings, const Limits& limits) {
    return std::make_shared<MllpOutlet>(std::move(settings), limits);
}

} // namespace huitong::adapters::hl7v2
