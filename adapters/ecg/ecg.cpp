#include "adapters/ecg/ecg.hpp"

#include "adapters/drop/drop.hpp"
#include "adapters/ecg/recording.hpp"

namespace huitong::adapters::ecg {
namespace {

constexpr std::size_t kFileBytesMax = 32 * 1024 * 1024; ///< a day of one lead, or ten minutes of twelve

class EcgAdapter final : public feeds::Adapter {
public:
    EcgAdapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock)
        : settings_(settings), limits_(limits), clock_(clock) {}

    boost::asio::awaitable<void> run(feeds::Inbox& inbox) override {
        auto settings = drop::read_drop_settings(settings_, {".xml"});
        settings.file_bytes_max = kFileBytesMax;
        drop::Split split = [this](drop::DropFile file) {
            const auto bytes = std::make_shared<std::string>(std::move(file.bytes));
            drop::Contents out;
            out.count = 1;
            out.message = [this, bytes](std::size_t) {
                return recording_message(std::move(*bytes), settings_.name, settings_.setting("charset"), limits_, clock_.now());
            };
            return out;
        };
        co_await drop::watch(std::move(settings), std::move(split), inbox, &trouble_);
    }

    Parsed<fhir::DocumentPtr> decode(const feeds::RawMessage& message) const override {
        return read_recording(message.bytes, settings_.setting("charset"), limits_);
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

std::unique_ptr<feeds::Adapter> make_ecg_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock) {
    return std::make_unique<EcgAdapter>(settings, limits, clock);
}

} // namespace huitong::adapters::ecg
