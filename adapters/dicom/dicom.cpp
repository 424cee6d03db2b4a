#include "adapters/dicom/dicom.hpp"

#include "adapters/dicom/study.hpp"

namespace huitong::adapters::dicom {
namespace {

class DicomAdapter final : public feeds::Adapter {
public:
    DicomAdapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock)
        : settings_(settings), limits_(limits), clock_(clock) {}

    boost::asio::awaitable<void> run(feeds::Inbox& inbox) override {
        auto settings = drop::read_drop_settings(settings_, {".json"});
        drop::Split split = [this](drop::DropFile file) { return split_studies(std::move(file), settings_.name, limits_, clock_.now()); };
        co_await drop::watch(std::move(settings), std::move(split), inbox);
    }

    Parsed<fhir::DocumentPtr> decode(const feeds::RawMessage& message) const override { return read_study(message.bytes, limits_); }
    std::string address() const override { return drop::folder_when_there(settings_); }

private:
    feeds::FeedSettings settings_;
    Limits limits_;
    const Clock& clock_;
};

} // namespace

std::unique_ptr<feeds::Adapter> make_dicom_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock) {
    return std::make_unique<DicomAdapter>(settings, limits, clock);
}

} // namespace huitong::adapters::dicom
