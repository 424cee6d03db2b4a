/// An image archive (PACS) that is asked for new studies: metadata over DICOMweb, never pixels.
///
/// Two ways to learn what is new. Orthanc numbers its changes: what follows the last number is asked for, and a study is fetched once it is
/// stable. Any other DICOMweb service is asked for the studies of the last days, and those whose row changed are fetched.
/// A study is one haul; its number or row is kept only after its message is durable. A study that the archive does not give is set aside,
/// told, and asked for again ten minutes later, also over a restart.
/// Source: DICOM PS3.18 §10.4 (metadata), §10.6 (QIDO-RS); Orthanc Book, "Changes".
#pragma once

#include "adapters/drop/poll.hpp"
#include "base/limits.hpp"

#include <filesystem>

namespace huitong::adapters::dicom {

struct WebAnswer {
    int status = 0;
    std::string body;
};
using WebHeaders = std::vector<std::pair<std::string, std::string>>;
/// One GET, bounded in time and bytes. Wired in app; issues are its own.
using AskWeb = std::function<Result<WebAnswer>(const std::string& url, const WebHeaders& headers, const std::stop_token& stop)>;

struct ArchiveSettings {
    feeds::SourceId source;
    std::string dicomweb; ///< "https://pacs.example/dicom-web"
    std::string orthanc;  ///< "https://pacs.example": base of Orthanc's own interface; "": QIDO alone
    std::string user, password_file;
    int days = 3; ///< of QIDO: studies dated within so many days are looked at
    int offset_minutes = 480;
    std::filesystem::path mark_file;
};
/// Settings `dicomweb`, `orthanc`, `user`, `password_file`, `days`, `mark_file`.
ArchiveSettings read_archive_settings(const feeds::FeedSettings& settings);

/// `clock` outlives the source. Issues of `fetch`: those of `ask`; dicom-archive-login, dicom-archive-path, dicom-archive-status,
/// dicom-archive-answer, feed-mark-unwritable.
std::unique_ptr<drop::Source> make_archive_source(ArchiveSettings settings, AskWeb ask, const Limits& limits, const Clock& clock);

/// Asks both interfaces; see feeds::Adapter::probe.
Outcome probe_archive(const ArchiveSettings& settings, const AskWeb& ask);

} // namespace huitong::adapters::dicom
