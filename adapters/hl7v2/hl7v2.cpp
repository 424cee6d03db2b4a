#include "adapters/hl7v2/hl7v2.hpp"

#include "adapters/drop/drop.hpp"
#include "adapters/hl7v2/batch_file.hpp"
#include "adapters/hl7v2/charset_choice.hpp"
#include "adapters/hl7v2/receiver.hpp"
#include "adapters/hl7v2/tree.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <charconv>

namespace huitong::adapters::hl7v2 {
namespace {

namespace asio = boost::asio;

template <class Number>
Number number_setting(const feeds::FeedSettings& settings, std::string_view key, Number fallback) {
    const auto text = settings.setting(key);
    std::from_chars(text.data(), text.data() + text.size(), fallback);
    return fallback;
}

ListenerSettings listener_settings(const feeds::FeedSettings& settings) {
    ListenerSettings out;
    const auto listen = settings.setting("listen");
    const auto colon = listen.rfind(':');
    if (colon != listen.npos && colon > 0) out.host = listen.substr(0, colon);
    const auto port = colon == listen.npos ? listen : listen.substr(colon + 1);
    std::from_chars(port.data(), port.data() + port.size(), out.port);
    out.idle_ms = number_setting(settings, "idle_ms", out.idle_ms);
    out.tls = {settings.setting("tls_certificate"), settings.setting("tls_key"), settings.setting("tls_authorities")};
    return out;
}

ReceiverSettings receiver_settings(const feeds::FeedSettings& settings, const Limits& limits) {
    ReceiverSettings out;
    out.source = settings.name;
    out.rules = read_front_rules(settings);
    out.waits_for_commit = settings.setting("ack", "stored") == "applied";
    out.ack_wait_ms = number_setting(settings, "ack_wait_ms", limits.ack_wait_ms);
    out.offset_minutes = settings.offset_minutes;
    out.language = settings.setting("language", "en") == "zh" ? Language::zh : Language::en;
    return out;
}

class Hl7v2Adapter final : public feeds::Adapter {
public:
    Hl7v2Adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock, feeds::Answers* answers)
        : settings_(settings), receiver_settings_(receiver_settings(settings, limits)), listener_(listener_settings(settings), limits),
          clock_(clock), answers_(answers) {}

    asio::awaitable<void> run(feeds::Inbox& inbox) override {
        using namespace asio::experimental::awaitable_operators;
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        co_await asio::this_coro::throw_if_cancelled(false);
        Receiver receiver(receiver_settings_, inbox, clock_, answers_);
        const bool listens = !settings_.setting("listen").empty();
        const bool watches = !settings_.setting("drop").empty();
        if (listens && watches) co_await (listener_.run(receiver) && watch(inbox));
        else if (listens) co_await listener_.run(receiver);
        else if (watches) co_await watch(inbox);
    }

    Parsed<fhir::DocumentPtr> decode(const feeds::RawMessage& message) const override {
        const auto chosen = message.charset.empty() ? std::nullopt : read_charset(message.charset);
        auto decoded = chosen ? decode_bytes_as(message.bytes, *chosen) : decode_bytes(message.bytes, receiver_settings_.rules.charset);
        auto out = read_tree(std::move(decoded.text), decoded.charset);
        decoded.issues.add(std::move(out.issues));
        out.issues = std::move(decoded.issues);
        return out;
    }

    feeds::RawMessage assemble(const std::vector<feeds::RawMessage>& parts) const override {
        std::vector<std::string> texts;
        for (const auto& part : parts) {
            const auto chosen = part.charset.empty() ? std::nullopt : read_charset(part.charset);
            texts.push_back(
                (chosen ? decode_bytes_as(part.bytes, *chosen) : decode_bytes(part.bytes, receiver_settings_.rules.charset)).text);
        }
        auto text = join_fragments(texts);
        auto envelope = front_check_text(text, receiver_settings_.rules);
        envelope.charset = Charset::utf8;
        auto out = raw_message(parts.back().source, std::move(text), envelope, parts.back().received_at);
        out.continues.clear();
        out.continued_by.clear();
        return out;
    }

    std::string address() const override {
        return settings_.setting("listen").empty() ? drop::folder_when_there(settings_) : listener_.address();
    }

private:
    asio::awaitable<void> watch(feeds::Inbox& inbox) {
        auto settings = drop::read_drop_settings(settings_, {".hl7", ".hl7v2"});
        drop::Split split = [this](drop::DropFile file) { return contents_of(std::move(file)); };
        co_await drop::watch(std::move(settings), std::move(split), inbox);
    }

    drop::Contents contents_of(drop::DropFile file) const {
        drop::Contents out;
        auto bytes = std::make_shared<std::string>(std::move(file.bytes));
        auto pieces = split_messages(*bytes);
        out.count = pieces.value.size();
        out.issues = std::move(pieces.issues);
        out.message = [this, bytes, list = std::move(pieces.value)](std::size_t number) {
            auto envelope = front_check(list[number], receiver_settings_.rules);
            return raw_message(receiver_settings_.source, std::string(list[number]), envelope, clock_.now());
        };
        return out;
    }

    feeds::FeedSettings settings_;
    ReceiverSettings receiver_settings_;
    Listener listener_;
    const Clock& clock_;
    feeds::Answers* answers_;
};

} // namespace

std::unique_ptr<feeds::Adapter> make_hl7v2_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock,
                                                   feeds::Answers* answers) {
    return std::make_unique<Hl7v2Adapter>(settings, limits, clock, answers);
}

} // namespace huitong::adapters::hl7v2
