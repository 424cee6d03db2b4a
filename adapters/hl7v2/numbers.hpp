/// Fields whose first component is the number by which something is known, and the words that senders write there for "has none".
///
/// Such a word is nobody's number: read as one it would be everybody's, and two people or two orders would be one. Thread: any; pure.
#pragma once

#include <string_view>

namespace huitong::adapters::hl7v2 {

/// PID-3, ORC-2, PV1-19 and the like. `position` as HL7 counts.
bool holds_number(std::string_view segment, unsigned position);

/// `""`, `-`, `/`, `.`, `0`, `NULL`, `N/A` and the Chinese words; false for "", which is a field that says nothing at all.
bool is_nobodys(std::string_view number);

} // namespace huitong::adapters::hl7v2
