/// An annotated electrocardiogram (HL7 aECG, R1) as the tree that maps walk. Pure.
///
/// Root `Ecg`: `number` (id as root/extension), `fingerprint` (sha-256 of the bytes), `started`, `ended`, `patientNumber`, `patientIssuer`,
/// `patientName`, `sex`, `birthTime`, `deviceModel`, `deviceSerial`, `software`, `manufacturer`, `incrementSeconds` (of the rhythm's time
/// sequence), `Lead[]` (code, samples), `Measurement[]` (code, value, unit, place: its number), `Statement[]` (text), `original` (the
/// bytes, base64). Measurements are annotations with a physical quantity, nested ones too, of the rhythm or the representative beat; the
/// same code twice: the first stands. Statements are annotations with words.
#pragma once

#include "base/limits.hpp"
#include "feeds/adapter.hpp"

namespace huitong::adapters::ecg {

/// Issues: those of cda::read_document; ecg-not-a-recording (error).
Parsed<fhir::DocumentPtr> read_recording(std::string_view bytes, std::string_view charset, const Limits& limits);

/// The message of one file. Issues in its front check: as above; ecg-number-missing (warning; the fingerprint names it),
/// ecg-patient-missing.
feeds::RawMessage recording_message(std::string bytes, const feeds::SourceId& source, std::string_view charset, const Limits& limits,
                                    Instant received_at);

} // namespace huitong::adapters::ecg
