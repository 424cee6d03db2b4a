#include "adapters/sql/sql.hpp"

#include "adapters/sql/view_source.hpp"
#include "adapters/tabular/table_file.hpp"

namespace huitong::adapters::sql {
namespace {

class SqlAdapter final : public feeds::Adapter {
public:
    SqlAdapter(const feeds::FeedSettings& settings, const Clock& clock)
        : settings_(settings), rules_(tabular::read_table_rules(settings)), clock_(clock) {}

    boost::asio::awaitable<void> run(feeds::Inbox& inbox) override {
        if (!settings_.setting("drop").empty()) {
            auto settings = drop::read_drop_settings(settings_, {".csv", ".tsv", ".txt", ".xlsx"});
            drop::Split split = [this](drop::DropFile file) { return tabular::split_table(std::move(file), rules_, clock_.now()); };
            co_await drop::watch(std::move(settings), std::move(split), inbox);
            co_return;
        }
        const auto source = make_view_source(read_view_settings(settings_), clock_);
        const auto polling = drop::read_poll_settings(settings_);
        co_await drop::poll(*source, polling, inbox, trouble_);
    }

    Parsed<fhir::DocumentPtr> decode(const feeds::RawMessage& message) const override { return tabular::read_row(message, rules_); }
    std::string address() const override { return "view " + settings_.setting("view"); }
    Outcome trouble() const override { return trouble_.outcome(); }
    Outcome probe() const override { return probe_view(read_view_settings(settings_)); }

private:
    feeds::FeedSettings settings_;
    tabular::TableRules rules_;
    const Clock& clock_;
    drop::Trouble trouble_;
};

} // namespace

std::unique_ptr<feeds::Adapter> make_sql_adapter(const feeds::FeedSettings& settings, const Limits&, const Clock& clock) {
    return std::make_unique<SqlAdapter>(settings, clock);
}

} // namespace huitong::adapters::sql
