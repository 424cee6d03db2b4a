/// An SQLite VFS in front of the real one, made the default for the whole test program: it counts who writes what, fails when told to,
/// and keeps beside each file the content that was synced last, which is what a power cut leaves. Quiet until a test asks.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <set>
#include <string>

namespace huitong::tests::fault_vfs {

/// Installs the VFS; once a program, before any database is opened.
void install();

/// From now on every write beyond so many bytes fails, with SQLITE_FULL or another code; -1 = never.
void fail_writes_after(long long bytes, int code = SQLITE_FULL);
/// From now on every sync of a write-ahead log fails with SQLITE_IOERR_FSYNC, or none does.
void fail_syncs(bool fail);

/// Starts to keep synced contents; `power_cut` writes those of the files of one folder into another.
void watch(bool on);
void power_cut(const std::filesystem::path& from, const std::filesystem::path& into);

/// How many different open database files (not logs) were written to since the last call of `forget`.
std::size_t writers_of_database();
void forget();

} // namespace huitong::tests::fault_vfs
