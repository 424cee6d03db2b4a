#include "app/hub_doors.hpp"

#include "app/backup.hpp"
#include "base/json_writer.hpp"
#include "fhir/json.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <filesystem>

namespace huitong::app {
namespace {

namespace asio = boost::asio;

constexpr int kDrainSeconds = 10;     ///< a stop waits so long for messages in hand; what is left is applied at the next start
constexpr int kFeedStartSeconds = 10; ///< a feed that does not listen after it is told as failed

bool is_loopback(const std::string& address) {
    return address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with("localhost:");
}

/// Waits for a condition that other threads bring about; false when it did not come in time.
bool wait_until(int seconds, const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

} // namespace

std::uint32_t Hub::threads_of(std::uint32_t configured) {
    return configured != 0 ? configured : std::max(1u, std::thread::hardware_concurrency());
}

Result<std::unique_ptr<Hub>> Hub::open(Configuration configuration, Outcome& warnings) {
    auto hub = std::unique_ptr<Hub>(new Hub());
    if (!is_loopback(configuration.http) && (configuration.access_mode == "open" || !configuration.tls_gateway))
        return Outcome(error(IssueCode::security, "server.http", "serve-public", {configuration.http}));
    auto core = Core::open(std::move(configuration), warnings);
    if (!core) return core.error();
    hub->core_ = std::move(*core);
    if (auto issues = hub->open_parts(warnings); issues.has_errors()) return issues;
    return hub;
}

/// What the registers hold now, and how many messages waited for an institution when they were read.
Result<std::string> Hub::reload_registers() {
    const std::lock_guard lock(reload_mutex_);
    const auto waiting = quarantine_->waiting();
    auto read = core_->reload_registers();
    if (!read) return read.error();
    if (practitioners_) {
        if (auto issues = practitioners_->reload(); issues.has_errors()) return issues;
    }
    const auto& facts = **read;
    recognition_->reload(*read);
    background_->wake(); // institutions that were known already write nothing
    JsonWriter json;
    json.object().member("register", facts.version).count("institutions", facts.institutions.size());
    json.count("certificates", facts.certificates.size()).count("items", facts.items.size());
    json.count("rule_packs", facts.packs.size()).count("messages_waiting", waiting).end_object();
    return json.take();
}

/// Backups and checks take long, so they have a thread of their own, one at a time.
void Hub::take_care(std::function<Result<std::string>()> work, std::function<void(Result<std::string>)> done) {
    if (is_caring_.exchange(true)) return done(Outcome(error(IssueCode::throttled, "", "store-busy")));
    care_thread_ = std::jthread([this, work = std::move(work), done = std::move(done)] {
        auto result = work();
        is_caring_ = false;
        done(std::move(result));
    });
}

Result<std::string> Hub::back_up(const std::string& target) {
    const std::lock_guard lock(logs_mutex_);
    const auto made = make_backup(core_->configuration.data, target, core_->clock->now());
    if (!made) return made.error();
    return write_summary(*made);
}

Result<std::string> Hub::verify() {
    auto issues = store::check_database(core_->configuration.data);
    issues.add(core_->store->verify_log());
    issues.add(access_log_->journal().verify());
    if (issues.has_errors()) return issues;
    return "{\"log_entries\":" + std::to_string(core_->store->now()) + ",\"intact\":true}";
}

/// The newest key seals from now on; what older ones sealed is sealed anew in the background.
Result<std::string> Hub::reload_keys() {
    if (!core_->keys) return Outcome(error(IssueCode::not_found, "", "keys-unsealed"));
    if (auto issues = core_->keys->reload(); issues.has_errors()) return issues;
    background_->wake();
    return "{\"current\":" + std::to_string(core_->keys->current()) + '}';
}

std::vector<std::pair<std::string, std::uint64_t>> Hub::metrics() const {
    auto out = core_->store->counters();
    out.emplace_back("http_requests", server_->requests());
    out.emplace_back("inbox_received", inbox_->received());
    out.emplace_back("inbox_duplicates", inbox_->duplicates());
    out.emplace_back("inbox_waiting", inbox_->backlog());
    out.emplace_back("inbox_quarantined", quarantine_->waiting());
    out.emplace_back("inbox_syncs", inbox_journal_->syncs());
    out.emplace_back("pipeline_applied", core_->pipeline->applied());
    out.emplace_back("pipeline_dead_letters", core_->pipeline->dead_letters());
    out.emplace_back("pipeline_put_aside", core_->pipeline->put_aside());
    out.emplace_back("access_log_syncs", access_log_->journal().syncs());
    out.emplace_back("journal_tails_cut", tails_cut_);
    out.emplace_back("break_glass_total", tokens_->emergencies());
    out.emplace_back("audit_checkpoints", checkpointer_->written());
    out.emplace_back("audit_lag_microseconds", static_cast<std::uint64_t>(deriver_->lag()));
    out.emplace_back("journal_failed", inbox_journal_->is_failed() || access_log_->journal().is_failed() ? 1 : 0);
    std::error_code unknown;
    const auto space = std::filesystem::space(core_->configuration.data, unknown);
    if (!unknown) out.emplace_back("data_free_bytes", space.available);
    const auto feeds = feed_runner_->states();
    const auto add_of_feeds = [&](std::string_view name, auto value) { // one after the other, as the format asks for
        for (const auto& feed : feeds) out.emplace_back(std::string(name) + "{feed=" + fhir::json_text(feed.name) + '}', value(feed));
    };
    add_of_feeds("feed_up", [](const auto& feed) { return std::uint64_t{feed.is_running}; });
    add_of_feeds("feed_trouble", [](const auto& feed) { return std::uint64_t{feed.has_trouble}; });
    add_of_feeds("feed_restarts", [](const auto& feed) { return feed.restarts; });
    for (const auto& [name, value] : recognition_->counters()) out.emplace_back(name, value);
    for (const auto& puller : pullers_) {
        for (auto& counter : puller->counters()) out.push_back(std::move(counter));
    }
    for (const auto& forwarder : forwarders_) {
        for (auto& counter : forwarder->counters()) out.push_back(std::move(counter));
    }
    return out;
}

/// What keeps the hub from doing its work, in names of metrics; empty while all is well.
std::vector<std::string> Hub::failures() const {
    std::vector<std::string> out;
    for (const auto& [name, value] : core_->store->counters()) {
        if (name == "store_failed" && value != 0) out.push_back(name);
    }
    if (inbox_journal_->is_failed() || access_log_->journal().is_failed()) out.emplace_back("journal_failed");
    for (const auto& feed : feed_runner_->states()) {
        if (!feed.is_running) out.push_back("feed " + feed.name);
    }
    return out;
}

Outcome Hub::start() {
    quarantine_->recover(*core_->store);
    if (auto issues = inbox_->recover(); issues.has_errors()) return issues;
    feed_runner_->start();
    server_->start();
    const auto threads = threads_of(core_->configuration.io_threads);
    for (std::uint32_t index = 0; index < threads; ++index) io_threads_.emplace_back([this] { io_->run(); });
    for (const auto& line : lines_) {
        io_threads_.emplace_back([&line = *line] {
            const auto open = asio::make_work_guard(line);
            line.run();
        });
    }
    background_->start();
    deriving_->start();
    for (auto& puller : pullers_) exchange_threads_.emplace_back([&puller](std::stop_token stop) { puller->run(stop); });
    for (auto& forwarder : forwarders_) exchange_threads_.emplace_back([&forwarder](std::stop_token stop) { forwarder->run(stop); });
    return wait_for_feeds();
}

Outcome Hub::wait_for_feeds() {
    Outcome failed;
    wait_until(kFeedStartSeconds, [&] {
        const auto listening = feed_runner_->is_listening();
        if (!listening) failed = listening.error();
        return !listening || *listening;
    });
    return failed;
}

bool Hub::stop() {
    for (auto& thread : exchange_threads_) thread.request_stop();
    exchange_threads_.clear();
    server_->stop();
    feed_runner_->stop();
    const bool drained = wait_until(kDrainSeconds, [this] { return feed_runner_->running() == 0 && inbox_->backlog() == 0; });
    if (!drained) return false;
    if (care_thread_.joinable()) care_thread_.join();
    io_->stop();
    for (const auto& line : lines_) line->stop();
    for (auto& thread : io_threads_) thread.join();
    io_threads_.clear();
    workers_->join();
    appliers_->join();
    background_->stop();
    deriving_->stop();
    return true;
}

Hub::~Hub() {
    for (auto& thread : io_threads_) {
        if (thread.joinable()) thread.detach();
    }
}

std::string Hub::ready_line() const {
    std::string out = "{\"event\":\"ready\",\"http\":\"" + server_->address() + "\",\"feeds\":{";
    std::string mllp;
    for (std::size_t index = 0; index < core_->adapters.size(); ++index) {
        const auto& feed = core_->configuration.feeds[index];
        const auto address = core_->adapters[index]->address();
        if (mllp.empty() && feed.kind == "hl7v2" && !feed.setting("listen").empty()) mllp = address;
        if (out.back() != '{') out += ',';
        fhir::write_json_string(feed.name, out);
        out += ':';
        fhir::write_json_string(address, out);
    }
    return out + "},\"mllp\":\"" + mllp + "\"}";
}

} // namespace huitong::app
