#include "adapters/cda/cda.hpp"

#include "adapters/cda/document.hpp"
#include "adapters/cda/header.hpp"
#include "adapters/drop/drop.hpp"

namespace huitong::adapters::cda {
namespace {

class CdaAdapter final : public feeds::Adapter {
public:
    CdaAdapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock)
        : settings_(settings), limits_(limits), clock_(clock) {}

    boost::asio::awaitable<void> run(feeds::Inbox& inbox) override {
        auto settings = drop::read_drop_settings(settings_, {".xml"});
        drop::Split split = [this](drop::DropFile file) {
            const auto bytes = std::make_shared<std::string>(std::move(file.bytes));
            drop::Contents out;
            out.count = 1;
            out.message = [this, bytes](std::size_t) {
                return document_message(std::move(*bytes), settings_.name, settings_.setting("charset"), limits_, clock_.now());
            };
            return out;
        };
        co_await drop::watch(std::move(settings), std::move(split), inbox, &trouble_);
    }

    Parsed<fhir::DocumentPtr> decode(const feeds::RawMessage& message) const override {
        return read_document(message.bytes, settings_.setting("charset"), limits_);
    }
    std::string address() const override { return drop::folder_when_there(settings_); }
    Outcome trouble() const override { return trouble_.outcome(); }
    Outcome probe() const override { return drop::probe_server(settings_); }

private:
    feeds::FeedSettings settings_;
    Limits limits_;
    const Clock& clock_;
    drop::Trouble trouble_;
};

} // namespace

std::unique_ptr<feeds::Adapter> make_cda_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock) {
    return std::make_unique<CdaAdapter>(settings, limits, clock);
}

} // namespace huitong::adapters::cda
