/// Positions in the log as a hub that pulls holds them: `seq-N-h`, N the position and h the first eight hex digits of that entry's hash.
/// The hash notices a log that was restored from an older backup and went another way since; plain `seq-N` is taken as well.
#pragma once

#include "store/store.hpp"

namespace huitong::interaction {

bool is_position(std::string_view text);
std::string position_text(store::Store& store, store::LogTime t);
/// Issues: rest-since (not of this form), rest-since-gone (beyond the newest entry, or of another log).
Result<store::LogTime> read_position(store::Store& store, store::LogTime newest, std::string_view text);

/// What one entry of the increment feed says beside FHIR: an extension of `Bundle.entry.response`.
inline constexpr std::string_view kLogEntryExtension = "https://huitong.example/fhir/StructureDefinition/log-entry";

} // namespace huitong::interaction
