/// DICOM metadata feeds: DICOM JSON of QIDO-RS or WADO-RS (arrays of studies, series or instances), dropped as *.json files or asked of an
/// archive. No pixels.
///
/// Settings: `drop` or `sftp…`, or `dicomweb` (archive.hpp); `poll_ms`. A file is cut into one message a study.
/// Tree: root `DicomStudy` with attributes by keyword, `Series[]` with theirs, `Instance[]` below. Unknown tags are `Tag` and eight hex
/// digits. A person name has its alphabetic form as value and the children Alphabetic, Ideographic, Phonetic. Source: DICOM PS3.18, annex F
/// (DICOM JSON model); PS3.6 (keywords).
#pragma once

#include "adapters/dicom/archive.hpp"

namespace huitong::adapters::dicom {

/// `ask`: how an archive is called.
std::unique_ptr<feeds::Adapter> make_dicom_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock,
                                                   AskWeb ask);

} // namespace huitong::adapters::dicom
