/// The transaction log read back: entries for those who follow it, and the verification of the chain.
#pragma once

#include "store/sqlite/writer.hpp"

namespace huitong::store {

/// Entries after `since` in order, with what each wrote.
std::vector<LogEntry> read_log(Connection& connection, const Shared& shared, LogTime since, std::size_t count);

/// Recomputes every hash from the entries and the bodies they wrote. The first entry that does not fit is named (audit-chain-broken with
/// its position); versions that no entry covers count as the entry after the last.
Outcome check_log(Connection& connection, const Shared& shared);

} // namespace huitong::store
