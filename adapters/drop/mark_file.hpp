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
    /// "" when there is none. Issue: `unreadable`, and "" then: the feed begins at its start, where the inbox knows what came already.
    Parsed<std::string> read() const;
    /// feed-mark-unreadable, a warning that is told until the next start: also for whoever cannot make sense of what was read.
    Outcome unreadable() const;
    /// Issue: feed-mark-unwritable; the old text is then still there.
    Outcome keep(std::string_view text) const;

private:
    std::filesystem::path file_;
};

} // namespace huitong::adapters::drop
