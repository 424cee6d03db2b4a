/// A folder that files are dropped into: the one mechanism of every file feed. It is on this machine, or on an SFTP server.
///
/// A file is taken when its size and time did not change between two looks, split into messages, and moved to `done/` once all of them are
/// durable, or to `failed/` when one was refused; beside a failed file stands `<name>.issues.txt` with rules and places, never values.
/// What stands beside a file under its name with a further ending (a signature) goes with it; it is put there before the file.
/// A stop between storing and moving is harmless: the inbox recognises the messages as duplicates.
/// Thread: one coroutine; file reads block its thread, so a file is bounded.
#pragma once

#include "adapters/drop/sftp_settings.hpp"
#include "base/limits.hpp"

#include <filesystem>
#include <functional>

namespace huitong::adapters::drop {

/// One file, read.
struct DropFile {
    std::string name; ///< "results.csv"
    std::string stem; ///< "results"
    std::string bytes;
    std::string beside; ///< bytes of its companion, "" = none
};

using Split = std::function<Contents(DropFile)>;

struct DropSettings {
    std::filesystem::path folder;
    std::vector<std::string> extensions; ///< ".hl7"; compared without case
    std::vector<std::string> companions; ///< ".p7s": beside report.xml stands report.xml.p7s; the first that is there counts
    PollSettings poll;
    std::size_t file_bytes_max = 256 * 1024 * 1024;
    std::optional<SftpSettings> server; ///< the folder is on a server instead
};

/// Settings `drop` or `sftp…` (sftp_settings.hpp) and `poll_ms` of a feed.
DropSettings read_drop_settings(const feeds::FeedSettings& settings, std::vector<std::string> extensions);

/// Compared without case.
bool wants_extension(const DropSettings& settings, const std::filesystem::path& name);

/// Setting `drop` of a feed once that folder is there, "" before; setting `sftp` of a feed without one: what a feed that is ready to take
/// files gives as its address.
std::string folder_when_there(const feeds::FeedSettings& settings);

/// Watches until cancelled; a message that is being stored is finished first. `inbox` and `trouble` outlive the call.
/// Throws boost::system::system_error when the folder cannot be made.
boost::asio::awaitable<void> watch(DropSettings settings, Split split, feeds::Inbox& inbox, Trouble* trouble = nullptr);

/// A look at the server of a feed without a folder of its own, for `doctor`; see feeds::Adapter::probe.
Outcome probe_server(const feeds::FeedSettings& settings);

} // namespace huitong::adapters::drop
