#include "adapters/tabular/tabular.hpp"

#include "adapters/tabular/table_file.hpp"

namespace huitong::adapters::tabular {
namespace {

class TabularAdapter final : public feeds::Adapter {
public:
    TabularAdapter(const feeds::FeedSettings& settings, const Clock& clock)
        : settings_(settings), rules_(read_table_rules(settings)), clock_(clock) {}

    boost::asio::awaitable<void> run(feeds::Inbox& inbox) override {
        auto settings = drop::read_drop_settings(settings_, {".csv", ".tsv", ".txt", ".xlsx"});
        drop::Split split = [this](drop::DropFile file) { return split_table(std::move(file), rules_, clock_.now()); };
        co_await drop::watch(std::move(settings), std::move(split), inbox, &trouble_);
    }

    Parsed<fhir::DocumentPtr> decode(const feeds::RawMessage& message) const override { return read_row(message, rules_); }
    std::string address() const override { return drop::folder_when_there(settings_); }
    Outcome trouble() const override { return trouble_.outcome(); }
    Outcome probe() const override { return drop::probe_server(settings_); }

private:
    feeds::FeedSettings settings_;
    TableRules rules_;
    const Clock& clock_;
    drop::Trouble trouble_;
};

} // namespace

std::unique_ptr<feeds::Adapter> make_tabular_adapter(const feeds::FeedSettings& settings, const Limits&, const Clock& clock) {
    return std::make_unique<TabularAdapter>(settings, clock);
}

} // namespace huitong::adapters::tabular
