#include "adapters/drop/sftp.hpp"

#include "adapters/drop/mark_file.hpp"
#include "adapters/drop/sftp_session.hpp"
#include "base/sha256.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace huitong::adapters::drop {
namespace {

/// Regular files of a listing: name → the line, which holds size and time. Names that could lead elsewhere are left out.
std::map<std::string, std::string> read_listing(std::string_view listing) {
    constexpr std::size_t kColumnsBeforeName = 8; // rights, links, owner, group, size, month, day, time or year
    std::map<std::string, std::string> out;
    while (!listing.empty()) {
        const auto end = std::min(listing.find('\n'), listing.size());
        auto line = listing.substr(0, end);
        listing.remove_prefix(std::min(end + 1, listing.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.starts_with('-')) continue;
        std::size_t at = 0;
        for (std::size_t column = 0; column < kColumnsBeforeName && at != line.npos; ++column) {
            at = line.find(' ', line.find_first_not_of(' ', at));
        }
        if (at == line.npos || at + 1 >= line.size()) continue;
        const auto name = line.substr(at + 1);
        const bool is_plain = !name.starts_with('.') && name.find('/') == name.npos &&
                              std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
        if (is_plain) out.emplace(name, line);
    }
    return out;
}

/// A file whose messages are durable and that the server did not let move.
struct Unmoved {
    std::string digest; ///< of its line in the listing: what changed since is another file
    std::string companion;
    bool failed = false;
};

/// What the mark of a folder says, a line each: digests of the files that are only remembered, and the files that could not be moved
/// (`unmoved`, digest, done or failed, name, companion; parted by tabs, which no name holds).
struct Mark {
    std::set<std::string> remembered;
    std::map<std::string, Unmoved> unmoved; ///< by name
};

constexpr std::string_view kUnmovedLine = "unmoved";

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        out.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

Mark read_mark(std::string_view text) {
    Mark out;
    for (auto& line : split(text, '\n')) {
        const auto cells = split(line, '\t');
        if (cells.size() >= 4 && cells[0] == kUnmovedLine)
            out.unmoved[cells[3]] = {cells[1], cells.size() > 4 ? cells[4] : std::string(), cells[2] == "failed"};
        else if (cells.size() == 1 && !line.empty()) out.remembered.insert(std::move(line));
    }
    return out;
}

std::string write_mark(const Mark& mark) {
    std::string out;
    for (const auto& digest : mark.remembered) out.append(digest).append("\n");
    for (const auto& [name, file] : mark.unmoved) {
        out.append(kUnmovedLine).append("\t").append(file.digest).append(file.failed ? "\tfailed\t" : "\tdone\t");
        out.append(name).append("\t").append(file.companion).append("\n");
    }
    return out;
}

class SftpSource final : public Source {
public:
    SftpSource(const DropSettings& settings, Split split)
        : settings_(settings), server_(*settings.server), split_(std::move(split)), session_(server_), mark_file_(server_.mark_file) {
        auto read = mark_file_.read();
        mark_ = read_mark(read.value);
        mark_issues_ = std::move(read.issues);
    }

    Result<Haul> fetch(const std::stop_token& stop) override {
        if (const auto issues = check_settings(); issues.has_errors()) return issues;
        if (ready_.empty()) {
            if (auto issues = look(stop); issues.has_errors()) return issues;
        }
        Haul haul;
        haul.contents.issues = standing_issues();
        if (ready_.empty()) return haul;
        const auto& [name, line, companion] = ready_.front();
        if (partial_line_ != line) partial_.clear();
        partial_line_ = line;
        std::string beside;
        auto issues = session_.fetch(name, settings_.file_bytes_max, partial_, stop);
        if (issues.empty() && !companion.empty()) issues = session_.fetch(companion, settings_.file_bytes_max, beside, stop);
        if (const auto* leading = issues.leading(); leading && leading->rule == "drop-file-bytes-max") {
            haul.contents.issues.add(std::move(issues)); // the file fails, those behind it go on
        } else if (leading) {
            if (leading->rule == "sftp-folder") drop_front(); // taken away by somebody else
            return issues;
        } else {
            haul.contents = split_({name, std::filesystem::path(name).stem().string(), std::move(partial_), std::move(beside)});
            haul.contents.issues.add(standing_issues());
        }
        partial_.clear();
        haul.more = ready_.size() > 1; // a new listing waits for the next round: files must stand still in between
        return haul;
    }

    Outcome keep(const Tally& tally, const std::stop_token& stop) override {
        if (ready_.empty()) return {};
        const auto taken = ready_.front();
        if (server_.after == AfterTaking::remember) {
            if (auto issues = remember(); issues.has_errors()) return issues;
            drop_front();
            return {};
        }
        drop_front();
        // Its messages are durable: a file that stays where it is holds up nothing behind it, only the move is tried again, also after a
        // restart: read once more behind a newer one it would bring an older state back.
        Outcome issues;
        if (!put_away(taken.name, taken.companion, tally.failed, stop)) {
            mark_.unmoved.insert_or_assign(taken.name, Unmoved{sha256_hex(taken.line), taken.companion, tally.failed});
            issues = mark_file_.keep(write_mark(mark_));
        }
        issues.add(standing_issues());
        return issues;
    }

private:
    struct Ready {
        std::string name, line;
        std::string companion; ///< name of what stands beside it, "" = nothing
    };

    /// What is told as long as it holds.
    Outcome standing_issues() const {
        auto out = mark_issues_;
        if (!mark_.unmoved.empty())
            out.add(warning(IssueCode::processing, "", "sftp-unmoved", {server_.url, std::to_string(mark_.unmoved.size())}));
        return out;
    }

    /// False: the file is still there. What goes with it may stay behind.
    bool put_away(const std::string& name, const std::string& companion, bool failed, const std::stop_token& stop) {
        if (put_away(name, failed, stop).has_errors()) return false;
        if (!companion.empty()) put_away(companion, failed, stop);
        if (!server_.marker.empty()) session_.remove(name + server_.marker, stop);
        return true;
    }

    Outcome put_away(const std::string& name, bool failed, const std::stop_token& stop) {
        if (failed) return session_.move(name, "failed", stop);
        return server_.after == AfterTaking::remove ? session_.remove(name, stop) : session_.move(name, "done", stop);
    }

    Outcome check_settings() const {
        const bool is_url = server_.url.starts_with("sftp://");
        const char* missing = !is_url                                                       ? "sftp"
                              : server_.host_key.empty()                                    ? "sftp_host_key"
                              : server_.key_file.empty() && server_.password_file.empty()   ? "sftp_key_file, sftp_password_file"
                              : server_.after == AfterTaking::remember && mark_is_missing() ? "mark_file"
                                                                                            : nullptr;
        if (missing == nullptr) return {};
        return error(IssueCode::invalid, "", "sftp-settings", {missing});
    }
    bool mark_is_missing() const { return server_.mark_file.empty() && !settings_.poll.once; }

    /// Tries the moves again that failed; one that fails again is enough for this look. Files that changed or went are forgotten.
    void move_the_unmoved(const std::map<std::string, std::string>& now, const std::stop_token& stop) {
        auto& unmoved = mark_.unmoved;
        const auto before = unmoved.size();
        std::erase_if(unmoved, [&](const auto& one) {
            const auto found = now.find(one.first);
            return found == now.end() || sha256_hex(found->second) != one.second.digest;
        });
        while (!unmoved.empty()) {
            const auto& [name, file] = *unmoved.begin();
            if (!put_away(name, file.companion, file.failed, stop)) break;
            unmoved.erase(unmoved.begin());
        }
        // A mark that still names what has gone is harmless: the next look forgets it.
        if (unmoved.size() != before) static_cast<void>(mark_file_.keep(write_mark(mark_)));
    }

    /// Lists the folder; finished files become `ready_`.
    Outcome look(const std::stop_token& stop) {
        auto listing = session_.list(stop);
        if (!listing) return listing.error();
        auto now = read_listing(*listing);
        move_the_unmoved(now, stop);
        listed_.clear();
        for (const auto& [name, line] : now) {
            listed_.insert(sha256_hex(line));
            if (!wants_extension(settings_, name) || mark_.remembered.contains(sha256_hex(line)) || mark_.unmoved.contains(name)) continue;
            std::string companion;
            for (const auto& ending : settings_.companions) {
                if (companion.empty() && now.contains(name + ending)) companion = name + ending;
            }
            const bool stood_still = is_as_seen(now, name) && (companion.empty() || is_as_seen(now, companion));
            const bool is_finished = server_.marker.empty() ? stood_still || settings_.poll.once : now.contains(name + server_.marker);
            if (is_finished) ready_.push_back({name, line, std::move(companion)});
        }
        seen_ = std::move(now);
        return {};
    }

    bool is_as_seen(const std::map<std::string, std::string>& now, const std::string& name) const {
        const auto before = seen_.find(name);
        return before != seen_.end() && before->second == now.at(name);
    }

    /// Files that left the folder are forgotten.
    Outcome remember() {
        auto mark = mark_;
        mark.remembered.insert(sha256_hex(ready_.front().line));
        std::erase_if(mark.remembered, [&](const std::string& digest) { return !listed_.contains(digest); });
        auto issues = mark_file_.keep(write_mark(mark));
        if (!issues.has_errors()) mark_ = std::move(mark);
        return issues;
    }

    void drop_front() {
        seen_.erase(ready_.front().name);
        ready_.erase(ready_.begin());
    }

    DropSettings settings_;
    SftpSettings server_;
    Split split_;
    SftpSession session_;
    MarkFile mark_file_;
    Mark mark_;
    Outcome mark_issues_; ///< of the mark's file
    std::map<std::string, std::string> seen_;
    std::set<std::string> listed_;       ///< digests of all lines of the last listing
    std::vector<Ready> ready_;           ///< files still to be taken
    std::string partial_, partial_line_; ///< what came of the first of them before it was cut
};

} // namespace

SftpSettings read_sftp_settings(const feeds::FeedSettings& settings) {
    SftpSettings out;
    out.url = settings.setting("sftp");
    out.host_key = settings.setting("sftp_host_key");
    out.key_file = settings.setting("sftp_key_file");
    out.password_file = settings.setting("sftp_password_file");
    out.marker = settings.setting("sftp_marker");
    const auto after = settings.setting("sftp_after", "rename");
    out.after = after == "remove" ? AfterTaking::remove : after == "remember" ? AfterTaking::remember : AfterTaking::rename;
    out.mark_file = settings.setting("mark_file");
    out.connect_timeout_ms = read_number(settings, "connect_timeout_ms", out.connect_timeout_ms, 100);
    out.stall_timeout_ms = read_number(settings, "stall_timeout_ms", out.stall_timeout_ms, 1'000);
    return out;
}

std::unique_ptr<Source> make_sftp_source(const DropSettings& settings, Split split) {
    return std::make_unique<SftpSource>(settings, std::move(split));
}

Outcome probe_server(const feeds::FeedSettings& settings) {
    if (!settings.setting("drop").empty() || settings.setting("sftp").empty()) return {};
    const auto server = read_sftp_settings(settings);
    SftpSession session(server);
    const auto listing = session.list({});
    if (!listing) return listing.error();
    return information(IssueCode::informational, "", "sftp-fine", {server.url, std::to_string(read_listing(*listing).size())});
}

} // namespace huitong::adapters::drop
