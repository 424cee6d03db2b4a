#include "adapters/fhir/fhir.hpp"

#include "adapters/fhir/resource_file.hpp"
#include "fhir/json.hpp"

namespace huitong::adapters::fhir {
namespace {

class FhirAdapter final : public feeds::Adapter {
public:
    FhirAdapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock)
        : settings_(settings), limits_(limits), clock_(clock) {}

    boost::asio::awaitable<void> run(feeds::Inbox& inbox) override {
        if (is_only_pushed_to()) co_return;
        auto settings = drop::read_drop_settings(settings_, {".json", ".ndjson"});
        drop::Split split = [this](drop::DropFile file) { return split_resources(std::move(file), settings_.name, limits_, clock_.now()); };
        co_await drop::watch(std::move(settings), std::move(split), inbox, &trouble_);
    }

    Parsed<huitong::fhir::DocumentPtr> decode(const feeds::RawMessage& message) const override {
        huitong::fhir::JsonOptions options;
        options.limits = &limits_;
        return huitong::fhir::read_json(message.bytes, options);
    }

    std::string address() const override { return is_only_pushed_to() ? "push" : drop::folder_when_there(settings_); }
    Outcome trouble() const override { return trouble_.outcome(); }
    Outcome probe() const override { return drop::probe_server(settings_); }

private:
    bool is_only_pushed_to() const { return settings_.setting("drop").empty() && settings_.setting("sftp").empty(); }

    feeds::FeedSettings settings_;
    Limits limits_;
    const Clock& clock_;
    drop::Trouble trouble_;
};

} // namespace

std::unique_ptr<feeds::Adapter> make_fhir_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock) {
    return std::make_unique<FhirAdapter>(settings, limits, clock);
}

} // namespace huitong::adapters::fhir
