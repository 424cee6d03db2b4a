/// DICOM JSON to studies: cutting a delivery into one message a study, and one message into the source tree. Pure.
#pragma once

#include "adapters/drop/drop.hpp"

namespace huitong::adapters::dicom {

/// Messages of one file. Issues: those of the JSON reader, dicom-not-datasets, drop-file-empty.
/// Issues of a message, in its front check: dicom-study-uid-missing, dicom-patient-id-missing (warning), dicom-study-conflict.
drop::Contents split_studies(drop::DropFile file, const feeds::SourceId& source, const Limits& limits, Instant received_at);

/// The tree of a message. Data sets of another study than the first are left out with dicom-several-studies (error).
/// Spans count bytes of the message.
Parsed<fhir::DocumentPtr> read_study(std::string_view bytes, const Limits& limits);

} // namespace huitong::adapters::dicom
