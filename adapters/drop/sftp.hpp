/// A drop folder on an SFTP server, over libcurl: listing, finished files fetched one by one, moved only after their messages are durable.
///
/// The server's key is pinned by its fingerprint. A transfer that was cut goes on where it stopped, if the file is still the same.
/// Issues of its source: sftp-settings, sftp-host-key, sftp-login, sftp-unreachable, sftp-timeout, sftp-cut, sftp-folder, sftp-move,
/// drop-file-bytes-max, feed-mark-unwritable.
#pragma once

#include "adapters/drop/drop.hpp"

namespace huitong::adapters::drop {

std::unique_ptr<Source> make_sftp_source(const DropSettings& settings, Split split);

} // namespace huitong::adapters::drop
