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
        if (settings_.setting("drop").empty()) co_return; // a feed that is only pushed to
        auto settings = drop::read_drop_settings(settings_, {".json", ".ndjson"});
        drop::Split split = [this](drop::DropFile file) { return split_resources(std::move(file), settings_.name, limits_, clock_.now()); };
        co_await drop::watch(std::move(settings), std::move(split), inbox);
    }

    Parsed<huitong::fhir::DocumentPtr> decode(const feeds::RawMessage& message) const override {
        huitong::fhir::JsonOptions options;
        options.limits = &limits_;
        return huitong::fhir::read_json(message.bytes, options);
    }

    std::string address() const override { return drop::folder_when_there(settings_); }

private:
    feeds::FeedSettings settings_;
    Limits limits_;
    const Clock& clock_;
};

} // namespace

std::unique_ptr<feeds::Adapter> make_fhir_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock) {
    return std::make_unique<FhirAdapter>(settings, limits, clock);
}

} // namespace huitong::adapters::fhir
