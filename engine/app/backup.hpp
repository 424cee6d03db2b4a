/// Backups of a data directory: a folder with the database as one commit left it, the journals and kept contents, and a manifest with the
/// SHA-256 of every file (docs/formats/backup.md). A backup may be made while the hub writes; it is whole at the entry of the transaction
/// log that its manifest names, and messages that came in later are in the inbox and are applied after a restore.
/// Thread: any; each call blocks.
#pragma once

#include "base/instant.hpp"
#include "base/outcome.hpp"
#include "store/maintenance.hpp"

namespace huitong::app {

struct BackupSummary {
    store::LogHead head;
    std::uint64_t files = 0, bytes = 0;
};

/// Copies `data` into the folder `target`, which must not exist. Nothing may tie the two logs to each other meanwhile (audit::Deriver).
/// Issues: those of copy_database, backup-file.
Result<BackupSummary> make_backup(const std::string& data, const std::string& target, Instant now);

/// Compares every file with the manifest. Issues: backup-manifest, backup-file (missing, changed or unknown).
Result<BackupSummary> check_backup(const std::string& folder);

/// Checks the backup and copies it into `data`, which must not exist or be empty; a copy that cannot be finished leaves nothing behind.
/// Issues: those of check_backup, store-file-exists.
Result<BackupSummary> restore_backup(const std::string& folder, const std::string& data);

/// {"log_entries":…,"log_hash":…,"files":…,"bytes":…}, what the control socket answers.
std::string write_summary(const BackupSummary& summary);

} // namespace huitong::app
