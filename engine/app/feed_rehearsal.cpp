#include "app/feed_rehearsal.hpp"

#include "app/adapters.hpp"
#include "app/core.hpp"
#include "app/print.hpp"
#include "base/catalogue.hpp"
#include "fhir/json.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <filesystem>
#include <functional>
#include <iostream>

namespace huitong::app {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

/// A folder that goes when we go.
class TemporaryFolder {
public:
    TemporaryFolder() {
        auto pattern = (fs::temp_directory_path() / "huitong-XXXXXX").string();
        if (mkdtemp(pattern.data())) path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

/// Takes messages as an inbox does and keeps them in memory.
class Collector final : public feeds::Inbox {
public:
    asio::awaitable<feeds::Ticket> take(feeds::RawMessage message) override {
        feeds::Receipt receipt;
        receipt.id = feeds::message_id(messages_.size() + 1);
        messages_.push_back(std::move(message));
        co_return feeds::Ticket(receipt, applied(receipt));
    }
    std::vector<feeds::RawMessage>& messages() { return messages_; }

private:
    static asio::awaitable<feeds::Receipt> applied(feeds::Receipt receipt) { co_return receipt; }
    std::vector<feeds::RawMessage> messages_;
};

/// An adapter that runs on this thread until it ended or `is_done`, at most half a minute.
void run_adapter(feeds::Adapter& adapter, Collector& collector, const std::function<bool()>& is_done) {
    asio::io_context io;
    asio::cancellation_signal stop;
    bool ended = false;
    asio::co_spawn(io, adapter.run(collector), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr) { ended = true; }));
    for (int round = 0; round < 3'000 && !ended && !is_done(); ++round) io.run_for(std::chrono::milliseconds(10));
    stop.emit(asio::cancellation_type::terminal);
    io.run_for(std::chrono::seconds(2));
}

/// Lets the feed's adapter read the files out of a drop folder.
std::vector<feeds::RawMessage> collect(const feeds::FeedSettings& settings, const std::vector<std::string>& files, const Core& core,
                                       const fs::path& folder) {
    auto local = settings;
    std::erase_if(local.settings, [](const auto& one) { return one.first == "listen" || one.first == "drop" || one.first == "poll_ms"; });
    local.settings.emplace_back("drop", folder.string());
    local.settings.emplace_back("poll_ms", "10");
    fs::create_directories(folder);
    for (const auto& file : files) fs::copy_file(file, folder / fs::path(file).filename());
    const auto adapter = make_adapter(local, core.configuration.limits, *core.clock);
    Collector collector;
    // The adapter is done when every file has left for done/ or failed/.
    run_adapter(**adapter, collector, [&] {
        return std::none_of(fs::directory_iterator(folder), fs::directory_iterator(),
                            [](const auto& entry) { return entry.is_regular_file(); });
    });
    return std::move(collector.messages());
}

/// What the peer has next behind the mark of the feed in `data`: one haul, and the mark stays where it is.
Result<std::vector<feeds::RawMessage>> fetch(const feeds::FeedSettings& settings, const Core& core, const std::string& data) {
    auto local = with_mark_file(settings, data);
    std::erase_if(local.settings, [](const auto& one) { return one.first == "sweep_hours"; });
    local.settings.emplace_back("sweep_hours", "0"); // the newest rows, not those of a week
    local.settings.emplace_back("once", "true");
    const auto adapter = make_adapter(local, core.configuration.limits, *core.clock);
    auto looked = (*adapter)->probe();
    if (looked.empty()) return Outcome(error(IssueCode::required, "feed " + settings.name, "feed-test-files", {settings.kind}));
    if (looked.has_errors()) return looked;
    Collector collector;
    run_adapter(**adapter, collector, [] { return false; });
    if (auto trouble = (*adapter)->trouble(); trouble.has_errors()) return trouble;
    return std::move(collector.messages());
}

void print_text(const feeds::Passage& passage) {
    const auto& message = passage.message.message;
    std::cout << passage.message.id << "  control id " << (message.control_id.empty() ? "-" : message.control_id) << "  charset "
              << (message.charset.empty() ? "-" : message.charset) << "  "
              << (passage.stopped_at.empty() ? "would be applied" : "DEAD LETTER at " + std::string(passage.stopped_at)) << "\n";
    const auto language = language_of_environment();
    for (const auto& issue : passage.issues.issues()) {
        if (issue.severity == Severity::information) continue;
        std::cout << "  " << severity_text(issue.severity) << "  " << issue.where << "  " << text_of(issue, language) << "\n";
    }
    for (const auto& gap : passage.mapped.gaps)
        std::cout << "  gap      " << gap.where << "  " << gap.system << " " << gap.code << "  " << gap.display << "\n";
    if (!passage.prepared) return;
    for (const auto& entry : passage.prepared->entries) {
        std::cout << "  " << entry.method << " " << (entry.url.empty() ? entry.type : entry.url)
                  << (entry.if_none_exist.empty() ? "" : "  if none: " + entry.if_none_exist) << (entry.existing ? "  (is there)" : "")
                  << "\n";
        if (entry.resource) std::cout << "    " << fhir::write_json(entry.resource) << "\n";
    }
}

void print_json(const feeds::Passage& passage) {
    std::string out = "{\"message\":\"" + passage.message.id + "\",\"applied\":" + (passage.stopped_at.empty() ? "true" : "false") +
                      ",\"stopped_at\":\"" + std::string(passage.stopped_at) +
                      "\",\"outcome\":" + interaction::operation_outcome(passage.issues);
    if (passage.mapped.output) out += ",\"bundle\":" + fhir::write_json(passage.mapped.output->root());
    std::cout << out << "}\n";
}

} // namespace

int rehearse_files(Configuration configuration, const std::string& feed, const std::vector<std::string>& files, bool as_json) {
    TemporaryFolder folder;
    const auto data = configuration.data;
    configuration.data = (folder.path() / "data").string();
    Outcome warnings;
    auto core = Core::open(std::move(configuration), warnings);
    print_issues(warnings);
    if (!core) {
        print_issues(core.error());
        return exit_code_of(core.error());
    }
    const auto* connected = (*core)->pipeline->find_feed(feed);
    if (!connected) {
        print_issues(error(IssueCode::not_found, feed, "feed-unknown", {feed}));
        return kUsage;
    }
    auto messages = files.empty()
                        ? fetch(connected->settings, **core, data)
                        : Result<std::vector<feeds::RawMessage>>(collect(connected->settings, files, **core, folder.path() / "drop"));
    if (!messages) {
        print_issues(messages.error());
        return kFindings;
    }
    bool all_applied = true;
    std::uint64_t number = 0;
    for (auto& message : *messages) {
        feeds::StoredMessage stored;
        stored.id = feeds::message_id(++number);
        stored.message = std::move(message);
        const auto passage = (*core)->pipeline->rehearse(std::move(stored));
        all_applied = all_applied && passage.stopped_at.empty();
        if (as_json) print_json(passage);
        else print_text(passage);
    }
    return all_applied ? kOk : kFindings;
}

} // namespace huitong::app
