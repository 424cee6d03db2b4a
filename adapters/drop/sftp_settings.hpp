/// How a feed reaches a folder on an SFTP server. They are explained in docs/guides/feeds-sftp.md.
#pragma once

#include "adapters/drop/poll.hpp"

#include <filesystem>

namespace huitong::adapters::drop {

/// What becomes of a file whose messages are durable. `remember`: it stays (an account that may only read) and is known by its line in the
/// listing.
enum class AfterTaking : std::uint8_t { rename, remove, remember };

struct SftpSettings {
    std::string url;      ///< "sftp://user@host:22/absolute/folder/"
    std::string host_key; ///< SHA-256 of the server's key, base64, as `ssh-keygen -l` prints it; no other key is ever accepted
    std::string key_file, password_file; ///< one of both
    std::string marker;                  ///< ".ok": a file is finished when <name>.ok stands beside it; "": when two looks find it the same
    AfterTaking after = AfterTaking::rename;
    std::filesystem::path mark_file; ///< of `remember`
    std::uint32_t connect_timeout_ms = 10'000, stall_timeout_ms = 30'000;
};
/// Settings `sftp`, `sftp_host_key`, `sftp_key_file`, `sftp_password_file`, `sftp_marker`, `sftp_after` = rename | remove | remember,
/// `mark_file`.
SftpSettings read_sftp_settings(const feeds::FeedSettings& settings);

} // namespace huitong::adapters::drop
