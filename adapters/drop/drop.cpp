#include "adapters/drop/drop.hpp"

#include "adapters/drop/sftp.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <fstream>
#include <map>

namespace huitong::adapters::drop {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr auto kWait = asio::as_tuple(asio::use_awaitable);

struct Seen {
    std::uintmax_t size = 0;
    fs::file_time_type time;
    std::uintmax_t companion_size = 0; ///< of what stands beside it; a file of the other end's that still grows is half a signature
    fs::file_time_type companion_time;
    bool operator==(const Seen&) const = default;
};

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

/// The file that stands beside `path` under one of the further endings; empty: none does.
fs::path companion_of(const fs::path& path, const std::vector<std::string>& endings) {
    for (const auto& ending : endings) {
        std::error_code failure;
        if (auto beside = fs::path(path.string() + ending); fs::is_regular_file(beside, failure)) return beside;
    }
    return {};
}

/// Files that stood still since the last look, by name. `seen` becomes this look.
std::vector<fs::path> settled_files(const DropSettings& settings, std::map<fs::path, Seen>& seen) {
    std::map<fs::path, Seen> now;
    std::vector<fs::path> out;
    std::error_code failure;
    for (fs::directory_iterator at(settings.folder, failure), end; !failure && at != end; at.increment(failure)) {
        std::error_code gone;
        if (!at->is_regular_file(gone) || at->path().filename().string().starts_with('.')) continue;
        if (!wants_extension(settings, at->path())) continue;
        Seen look{at->file_size(gone), at->last_write_time(gone), 0, {}};
        if (gone) continue;
        if (const auto beside = companion_of(at->path(), settings.companions); !beside.empty()) {
            look.companion_size = fs::file_size(beside, gone);
            look.companion_time = fs::last_write_time(beside, gone);
        }
        const auto before = seen.find(at->path());
        if (before != seen.end() && before->second == look) out.push_back(at->path());
        now.emplace(at->path(), look);
    }
    seen = std::move(now);
    std::sort(out.begin(), out.end());
    return out;
}

/// False when the folder beside the file does not let us.
bool move_into(const fs::path& file, const char* folder, const std::vector<std::string>& report) {
    std::error_code failure;
    const auto target_folder = file.parent_path() / folder;
    fs::create_directories(target_folder, failure);
    if (failure) return false;
    auto target = target_folder / file.filename();
    for (int number = 2; fs::exists(target, failure); ++number) {
        target = target_folder / (file.stem().string() + "." + std::to_string(number) + file.extension().string());
    }
    if (!report.empty()) {
        std::ofstream out(target.string() + ".issues.txt");
        for (const auto& line : report) out << line << '\n';
    }
    fs::rename(file, target, failure);
    return !failure;
}

/// A file whose messages are durable and that could not be moved: only the move is tried again, or a refused message in it would become a
/// dead letter at every look.
struct Unmoved {
    Seen look;
    Tally tally;
};

/// The watcher of one folder; lives in the frame of `watch`, all that it starts ends before.
class Watcher {
public:
    Watcher(DropSettings settings, Split split, feeds::Inbox& inbox, Trouble* trouble, asio::any_io_executor executor)
        : settings_(std::move(settings)), split_(std::move(split)), strand_(asio::make_strand(executor)), intake_(inbox, strand_),
          timer_(strand_), trouble_(trouble) {}

    asio::awaitable<void> run() {
        for (;;) {
            for (const auto& file : settled_files(settings_, seen_)) {
                co_await take_file(file);
                if (co_await is_cancelled()) co_return;
            }
            timer_.expires_after(std::chrono::milliseconds(settings_.poll.poll_ms));
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
        const auto look = seen_.at(path);
        const auto before = unmoved_.find(path);
        if (before != unmoved_.end() && before->second.look == look) {
            const auto tally = before->second.tally;
            put_away(path, look, tally);
            co_return;
        }
        Tally tally;
        Contents contents;
        if (auto file = read(path, tally)) contents = split_(std::move(*file));
        co_await intake_.take(contents, tally);
        // Unkept: the whole file is offered again; what is stored already counts as duplicate.
        if (tally.unkept) tell(tally.why_unkept);
        if (!tally.unkept && !tally.stopped) put_away(path, look, tally);
    }

    void put_away(const fs::path& path, const Seen& look, const Tally& tally) {
        const auto* const folder = tally.failed ? "failed" : "done";
        // The document goes first: after a stop in between it must not be offered again without its signature.
        const auto beside = companion_of(path, settings_.companions);
        if (move_into(path, folder, tally.report)) {
            unmoved_.erase(path);
            seen_.erase(path);
            const bool is_alone = beside.empty() || move_into(beside, folder, {});
            if (!is_alone) tell(error(IssueCode::no_store, "", "drop-unmovable", {settings_.folder.string()}));
            else if (unmoved_.empty()) tell({});
            return;
        }
        unmoved_.insert_or_assign(path, Unmoved{look, tally});
        tell(error(IssueCode::no_store, "", "drop-unmovable", {settings_.folder.string()}));
    }

    void tell(Outcome outcome) {
        if (trouble_ != nullptr) trouble_->note(std::move(outcome));
    }

    std::optional<DropFile> read(const fs::path& path, Tally& tally) const {
        const auto beside = companion_of(path, settings_.companions);
        auto bytes = read_bytes(path);
        auto companion = beside.empty() ? std::optional(std::string()) : read_bytes(beside);
        if (!bytes || !companion) {
            const auto issue = error(IssueCode::too_long, "", "drop-file-bytes-max", {std::to_string(settings_.file_bytes_max)});
            tally.failed = true;
            report_errors(tally, "", Outcome(issue));
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

    DropSettings settings_;
    Split split_;
    asio::strand<asio::any_io_executor> strand_;
    Intake intake_;
    asio::steady_timer timer_;
    std::map<fs::path, Seen> seen_;
    std::map<fs::path, Unmoved> unmoved_;
    Trouble* trouble_;
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
    out.poll = read_poll_settings(settings);
    out.poll.poll_ms = read_number(settings, "poll_ms", 1'000, 10);
    // A folder of one's own wins: rehearsals read files from there whatever server is configured.
    if (out.folder.empty() && !settings.setting("sftp").empty()) out.server = read_sftp_settings(settings);
    return out;
}

bool wants_extension(const DropSettings& settings, const fs::path& name) {
    return std::find(settings.extensions.begin(), settings.extensions.end(), lower(name.extension().string())) != settings.extensions.end();
}

std::string folder_when_there(const feeds::FeedSettings& settings) {
    std::error_code failure;
    std::string folder(settings.setting("drop"));
    if (folder.empty()) return settings.setting("sftp");
    return fs::is_directory(folder, failure) ? folder : std::string();
}

asio::awaitable<void> watch(DropSettings settings, Split split, feeds::Inbox& inbox, Trouble* trouble) {
    if (settings.server) {
        Trouble unseen;
        const auto source = make_sftp_source(settings, std::move(split));
        co_await poll(*source, settings.poll, inbox, trouble ? *trouble : unseen);
        co_return;
    }
    std::error_code failure;
    fs::create_directories(settings.folder, failure);
    if (failure) throw boost::system::system_error(boost::system::error_code(failure), settings.folder.string());
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto executor = co_await asio::this_coro::executor;
    Watcher watcher(std::move(settings), std::move(split), inbox, trouble, executor);
    co_await asio::co_spawn(watcher.strand(), run_watcher(watcher), asio::use_awaitable);
}

} // namespace huitong::adapters::drop
