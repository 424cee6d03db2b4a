/// Care of a data directory beside its daily work: copies, checks, formats. None of these need the Store object: copies and checks read the
/// database beside whoever writes it. Thread: any; each call blocks and may take as long as the data is large.
#pragma once

#include "base/outcome.hpp"
#include "store/store.hpp"

namespace huitong::store {

/// The newest entry of a transaction log.
struct LogHead {
    LogTime t = 0;
    std::string hash; ///< lower-case hex, "" when the log is empty
};

/// Copies the database of a directory, as its newest commit left it, into a new file, while others read and write. Durable on return.
/// Issues: store-file-exists, store-directory, store-failed, store-full.
Result<LogHead> copy_database(const std::string& directory, const std::string& file);

/// Reads every page and index of the database, and looks whether each version is found from its resource. (The chain of hashes is
/// Store::verify_log's.) Issues: store-inconsistent (with what SQLite or the store says of it), store-failed.
Outcome check_database(const std::string& directory);

/// Brings a database of an older program to the present format, all or nothing, and gives the format found. Takes the directory's lock.
/// Issues: store-locked, store-directory, store-version (nobody knows how), store-damaged, store-full.
Result<int> upgrade_database(const std::string& directory);

/// Takes the text index out: its words stand in the database as they are. Nothing happens where there is none. Takes the directory's lock.
/// Issues: store-locked, store-failed, store-full.
Outcome drop_text_index(const std::string& directory);

/// How many bodies of versions are sealed with which key (0: not sealed). Walks all versions.
Result<std::vector<std::pair<KeyNumber, std::uint64_t>>> count_keys(const std::string& directory);

/// Keeps other processes out of a data directory while it lives. Issues: store-locked, store-directory.
Result<std::shared_ptr<void>> hold_directory(const std::string& directory);

/// What a format's number is called in files: the one this program writes.
int database_format();

} // namespace huitong::store
