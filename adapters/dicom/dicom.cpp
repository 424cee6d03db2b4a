#include "adapters/dicom/dicom.hpp"

#include "adapters/dicom/study.hpp"

namespace huitong::adapters::dicom {
namespace {

class DicomAdapter final : public feeds::Adapter {
public:
    DicomAdapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock, AskWeb ask)
        : settings_(settings), limits_(limits), clock_(clock), ask_(std::move(ask)) {}

    boost::asio::awaitable<void> run(feeds::Inbox& inbox) override {
        if (is_fetched()) {
            const auto source = make_archive_source(read_archive_settings(settings_), ask_, limits_, clock_);
            const auto polling = drop::read_poll_settings(settings_);
            co_await drop::poll(*source, polling, inbox, trouble_);
            co_return;
        }
        auto settings = drop::read_drop_settings(settings_, {".json"});
        drop::Split split = [this](drop::DropFile file) { return split_studies(std::move(file), settings_.name, limits_, clock_.now()); };
        co_await drop::watch(std::move(settings), std::move(split), inbox, &trouble_);
    }

    Parsed<fhir::DocumentPtr> decode(const feeds::RawMessage& message) const override { return read_study(message.bytes, limits_); }
    std::string address() const override { return is_fetched() ? settings_.setting("dicomweb") : drop::folder_when_there(settings_); }
    Outcome trouble() const override { return trouble_.outcome(); }
    Outcome probe() const override {
        return is_fetched() ? probe_archive(read_archive_settings(settings_), ask_) : drop::probe_server(settings_);
    }

private:
    /// A folder of one's own wins: rehearsals read files from there whatever archive is configured.
    bool is_fetched() const { return settings_.setting("drop").empty() && !settings_.setting("dicomweb").empty(); }

    feeds::FeedSettings settings_;
    Limits limits_;
    const Clock& clock_;
    AskWeb ask_;
    drop::Trouble trouble_;
};

} // namespace

std::unique_ptr<feeds::Adapter> make_dicom_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock,
                                                   AskWeb ask) {
    return std::make_unique<DicomAdapter>(settings, limits, clock, std::move(ask));
}

} // namespace huitong::adapters::dicom
