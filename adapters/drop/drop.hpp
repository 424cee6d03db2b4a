/// A folder that files are dropped into: the one mechanism of every file feed.
///
/// A file is taken when its size and time did not change between two looks, split into messages, and moved to `done/` once all of them are
/// durable, or to `failed/` when one was refused; beside a failed file stands `<name>.issues.txt` with rules and places, never values.
/// What stands beside a file under its name with a further ending (a signature) goes with it; it is put there before the file.
/// A stop between storing and moving is harmless: the inbox recognises the messages as duplicates.
/// Thread: one coroutine; file reads block its thread, so a file is bounded.
#pragma once

#include "base/limits.hpp"
#include "feeds/adapter.hpp"

#include <cstdint>
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

/// What a file holds. `message` is called once for each index from 0, in order, so that a large table is never held twice.
struct Contents {
    std::size_t count = 0;
    std::function<feeds::RawMessage(std::size_t)> message;
    Outcome issues; ///< of the file as a whole; with an error the file fails, what it holds is still stored
};
using Split = std::function<Contents(DropFile)>;

struct DropSettings {
    std::filesystem::path folder;
    std::vector<std::string> extensions; ///< ".hl7"; compared without case
    std::vector<std::string> companions; ///< ".p7s": beside report.xml stands report.xml.p7s; the first that is there counts
    std::uint32_t poll_ms = 1'000;
    std::size_t file_bytes_max = 256 * 1024 * 1024;
};

/// Settings `drop` and `poll_ms` of a feed.
DropSettings read_drop_settings(const feeds::FeedSettings& settings, std::vector<std::string> extensions);

/// Setting `drop` of a feed once that folder is there, "" before: what a feed that is ready to take files gives as its address.
std::string folder_when_there(const feeds::FeedSettings& settings);

/// Watches until cancelled; a message that is being stored is finished first. `inbox` outlives the call.
/// Throws boost::system::system_error when the folder cannot be made.
boost::asio::awaitable<void> watch(DropSettings settings, Split split, feeds::Inbox& inbox);

} // namespace huitong::adapters::drop
