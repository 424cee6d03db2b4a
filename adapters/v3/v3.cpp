#include "adapters/v3/v3.hpp"

#include "adapters/v3/facade.hpp"

#include <charconv>

namespace huitong::adapters::v3 {
namespace {

FacadeSettings facade_settings(const feeds::FeedSettings& settings, const Limits& limits) {
    FacadeSettings out;
    out.source = settings.name;
    out.charset = settings.setting("charset");
    out.device = settings.setting("device", out.device);
    out.waits_for_commit = settings.setting("ack", "stored") == "applied";
    out.ack_wait_ms = limits.ack_wait_ms;
    const auto wait = settings.setting("ack_wait_ms");
    std::from_chars(wait.data(), wait.data() + wait.size(), out.ack_wait_ms);
    out.offset_minutes = settings.offset_minutes;
    out.language = settings.setting("language", "zh") == "en" ? Language::en : Language::zh;
    return out;
}

class V3Adapter final : public feeds::Adapter {
public:
    V3Adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock, feeds::Answers* answers)
        : settings_(facade_settings(settings, limits)), authorities_(settings.setting("authorities")),
          server_(settings.setting("listen"), limits), limits_(limits), clock_(clock), answers_(answers) {}

    boost::asio::awaitable<void> run(feeds::Inbox& inbox) override {
        Facade facade(settings_, limits_, inbox, clock_, answers_);
        co_await server_.run(facade);
    }

    Parsed<fhir::DocumentPtr> decode(const feeds::RawMessage& message) const override {
        Parsed<fhir::DocumentPtr> out;
        auto call = read_call(message.bytes, message.charset, action_of(message.media_type), limits_);
        out.issues = std::move(call.issues);
        if (out.issues.has_errors()) return out;
        auto received = read_message(call.value, limits_);
        out.issues.add(std::move(received.issues));
        out.issues.add(check_signatures(call.value, received, authorities_.current().get(), message.received_at, limits_));
        out.value = std::move(received.tree);
        return out;
    }

    std::string address() const override { return server_.address(); }

private:
    FacadeSettings settings_;
    signature::AuthorityFolder authorities_;
    HttpServer server_;
    Limits limits_;
    const Clock& clock_;
    feeds::Answers* answers_;
};

} // namespace

std::unique_ptr<feeds::Adapter> make_v3_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock,
                                                feeds::Answers* answers) {
    return std::make_unique<V3Adapter>(settings, limits, clock, answers);
}

} // namespace huitong::adapters::v3
