/// A small durable text that says how far a feed has come with its peer: replaced as a whole, on the disk before `keep` returns.
/// It lies in the data directory and is no part of a backup: after a restore the feed starts at its beginning, and the inbox and the
/// numbers of the results recognise what is there already. Thread: one at a time.
#pragma once

#include "base/outcome.hpp"

#include <filesystem>

namespace huitong::adapters::drop {

class MarkFile {
public:
    /// "" keeps nothing (rehearsals).
    explicit MarkFile(std::filesystem::path file) : file_(std::move(file)) {}
    /// "" when there is none.
    std::string read() const;
    /// Issue: feed-mark-unwritable; the old text is then still there.
    Outcome keep(std::string_view text) const;

private:
    std::filesystem::path file_;
};

} // namespace huitong::adapters::drop
