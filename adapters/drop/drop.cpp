#include "adapters/drop/drop.hpp"

#include "base/catalogue.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>

namespace huitong::adapters::drop {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr auto kWait = asio::as_tuple(asio::use_awaitable);
/// Messages on their way to the inbox at once: one group commit carries them all.
constexpr std::size_t kBatch = 64;

struct Seen {
    std::uintmax_t size = 0;
    fs::file_time_type time;
    bool operator==(const Seen&) const = default;
};

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

/// Files that stood still since the last look, by name. `seen` becomes this look.
std::vector<fs::path> settled_files(const DropSettings& settings, std::map<fs::path, Seen>& seen) {
    std::map<fs::path, Seen> now;
    std::vector<fs::path> out;
    std::error_code failure;
    for (fs::directory_iterator at(settings.folder, failure), end; !failure && at != end; at.increment(failure)) {
        std::error_code gone;
        if (!at->is_regular_file(gone) || at->path().filename().string().starts_with('.')) continue;
        const auto extension = lower(at->path().extension().string());
        if (std::find(settings.extensions.begin(), settings.extensions.end(), extension) == settings.extensions.end()) continue;
        const Seen look{at->file_size(gone), at->last_write_time(gone)};
        if (gone) continue;
        const auto before = seen.find(at->path());
        if (before != seen.end() && before->second == look) out.push_back(at->path());
        now.emplace(at->path(), look);
    }
    seen = std::move(now);
    std::sort(out.begin(), out.end());
    return out;
}

void move_into(const fs::path& file, const char* folder, const std::vector<std::string>& report) {
    std::error_code failure;
    const auto target_folder = file.parent_path() / folder;
    fs::create_directories(target_folder, failure);
    auto target = target_folder / file.filename();
    for (int number = 2; fs::exists(target, failure); ++number) {
        target = target_folder / (file.stem().string() + "." + std::to_string(number) + file.extension().string());
    }
    if (!report.empty()) {
        std::ofstream out(target.string() + ".issues.txt");
        for (const auto& line : report) out << line << '\n';
    }
    fs::rename(file, target, failure);
}

/// The file that stands beside `path` under one of the further endings; empty: none does.
fs::path companion_of(const fs::path& path, const std::vector<std::string>& endings) {
    for (const auto& ending : endings) {
        std::error_code failure;
        if (auto beside = fs::path(path.string() + ending); fs::is_regular_file(beside, failure)) return beside;
    }
    return {};
}

/// What became of the messages of one file.
struct Tally {
    std::size_t pending = 0;
    bool throttled = false;
    bool failed = false;
    std::vector<std::string> report;
};

void report_issues(Tally& tally, const std::string& which, const Outcome& outcome) {
    constexpr std::size_t kReportLinesMax = 1'000;
    for (const auto& issue : outcome.issues()) {
        if (issue.severity < Severity::error || tally.report.size() >= kReportLinesMax) continue;
        tally.report.push_back(which + (which.empty() ? "" : " ") + issue.where + " " + issue.rule + ": " + text_of(issue, Language::en));
    }
}

void count_receipt(Tally& tally, std::size_t number, const Outcome& front_check, const feeds::Receipt& receipt) {
    using feeds::Disposition;
    tally.throttled = tally.throttled || receipt.disposition == Disposition::throttled;
    const bool refused = receipt.disposition == Disposition::dead_letter || receipt.disposition == Disposition::refused;
    if (!refused && !front_check.has_errors()) return;
    tally.failed = true;
    const auto which = "message " + std::to_string(number + 1) + ":";
    report_issues(tally, which, front_check);
    if (!front_check.has_errors()) report_issues(tally, which, receipt.issues);
}

asio::awaitable<feeds::Receipt> store(feeds::Inbox& inbox, feeds::RawMessage message) {
    auto ticket = co_await inbox.take(std::move(message));
    co_return std::move(ticket.stored);
}

/// The watcher of one folder; lives in the frame of `watch`, all that it starts ends before.
class Watcher {
public:
    Watcher(DropSettings settings, Split split, feeds::Inbox& inbox, asio::any_io_executor executor)
        : settings_(std::move(settings)), split_(std::move(split)), inbox_(inbox), strand_(asio::make_strand(executor)), timer_(strand_) {}

    asio::awaitable<void> run() {
        for (;;) {
            for (const auto& file : settled_files(settings_, seen_)) {
                co_await take_file(file);
                if (co_await is_cancelled()) co_return;
            }
            timer_.expires_after(std::chrono::milliseconds(settings_.poll_ms));
            co_await timer_.async_wait(kWait);
            if (co_await is_cancelled()) co_return;
        }
    }

    const asio::strand<asio::any_io_executor>& strand() const { return strand_; }

private:
    static asio::awaitable<bool> is_cancelled() {
        const auto state = co_await asio::this_coro::cancellation_state;
        co_return state.cancelled() != asio::cancellation_type::none;
    }

    asio::awaitable<void> take_file(fs::path path) {
        Tally tally;
        Contents contents;
        if (auto file = read(path, tally)) contents = split_(std::move(*file));
        report_issues(tally, "", contents.issues);
        tally.failed = tally.failed || contents.issues.has_errors();
        for (std::size_t at = 0; at < contents.count && !tally.throttled; at += kBatch) {
            co_await take_batch(contents, at, std::min(contents.count, at + kBatch), tally);
            const bool stopping = co_await is_cancelled();
            if (stopping && at + kBatch < contents.count) co_return;
        }
        if (tally.throttled) co_return; // the whole file is offered again; what is stored already counts as duplicate
        const auto* const folder = tally.failed ? "failed" : "done";
        if (const auto beside = companion_of(path, settings_.companions); !beside.empty()) move_into(beside, folder, {});
        move_into(path, folder, tally.report);
        seen_.erase(path);
    }

    std::optional<DropFile> read(const fs::path& path, Tally& tally) const {
        const auto beside = companion_of(path, settings_.companions);
        auto bytes = read_bytes(path);
        auto companion = beside.empty() ? std::optional(std::string()) : read_bytes(beside);
        if (!bytes || !companion) {
            const auto issue = error(IssueCode::too_long, "", "drop-file-bytes-max", {std::to_string(settings_.file_bytes_max)});
            tally.failed = true;
            report_issues(tally, "", Outcome(issue));
            return std::nullopt;
        }
        DropFile out;
        out.name = path.filename().string();
        out.stem = path.stem().string();
        out.bytes = std::move(*bytes);
        out.beside = std::move(*companion);
        return out;
    }

    /// nullopt: it is too long, or cannot be read.
    std::optional<std::string> read_bytes(const fs::path& path) const {
        std::error_code failure;
        const auto size = fs::file_size(path, failure);
        std::ifstream in(path, std::ios::binary);
        if (failure || !in || size > settings_.file_bytes_max) return std::nullopt;
        std::string out(size, '\0');
        in.read(out.data(), static_cast<std::streamsize>(size));
        out.resize(static_cast<std::size_t>(in.gcount()));
        return out;
    }

    /// Starts all in order and waits for all, also when cancelled meanwhile.
    asio::awaitable<void> take_batch(const Contents& contents, std::size_t first, std::size_t last, Tally& tally) {
        tally.pending = last - first;
        for (auto number = first; number < last; ++number) {
            auto message = contents.message(number);
            auto front_check = message.front_check;
            auto done = [this, &tally, number, front_check](std::exception_ptr thrown, feeds::Receipt receipt) {
                if (thrown) receipt.disposition = feeds::Disposition::throttled; // nothing is known of it: offer it again
                count_receipt(tally, number, front_check, receipt);
                if (--tally.pending == 0) timer_.cancel();
            };
            asio::co_spawn(strand_, store(inbox_, std::move(message)), asio::bind_executor(strand_, std::move(done)));
        }
        while (tally.pending > 0) {
            timer_.expires_at(std::chrono::steady_clock::time_point::max());
            co_await timer_.async_wait(kWait);
        }
    }

    DropSettings settings_;
    Split split_;
    feeds::Inbox& inbox_;
    asio::strand<asio::any_io_executor> strand_;
    asio::steady_timer timer_;
    std::map<fs::path, Seen> seen_;
};

asio::awaitable<void> run_watcher(Watcher& watcher) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await watcher.run();
}

} // namespace

DropSettings read_drop_settings(const feeds::FeedSettings& settings, std::vector<std::string> extensions) {
    DropSettings out;
    out.folder = settings.setting("drop");
    out.extensions = std::move(extensions);
    const auto poll = settings.setting("poll_ms");
    std::from_chars(poll.data(), poll.data() + poll.size(), out.poll_ms);
    out.poll_ms = std::max(out.poll_ms, 10U);
    return out;
}

std::string folder_when_there(const feeds::FeedSettings& settings) {
    std::error_code failure;
    std::string folder(settings.setting("drop"));
    return fs::is_directory(folder, failure) ? folder : std::string();
}

asio::awaitable<void> watch(DropSettings settings, Split split, feeds::Inbox& inbox) {
    std::error_code failure;
    fs::create_directories(settings.folder, failure);
    if (failure) throw boost::system::system_error(boost::system::error_code(failure), settings.folder.string());
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto executor = co_await asio::this_coro::executor;
    Watcher watcher(std::move(settings), std::move(split), inbox, executor);
    co_await asio::co_spawn(watcher.strand(), run_watcher(watcher), asio::use_awaitable);
}

} // namespace huitong::adapters::drop
