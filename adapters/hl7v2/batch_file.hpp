/// Files of v2 messages: one or many, bare, in MLLP frames, or in batches (FHS, BHS … BTS, FTS).
/// Thread: any; pure. Source: HL7 v2.5.1, §2.10.3 (batch protocol).
#pragma once

#include "base/outcome.hpp"

#include <string_view>
#include <vector>

namespace huitong::adapters::hl7v2 {

/// Messages in order, as views of `bytes`. Text that belongs to no message is a piece of its own, so that it is refused aloud and not
/// dropped. Issues: drop-file-empty, drop-batch-count (BTS-1 differs from what stands in the batch).
Parsed<std::vector<std::string_view>> split_messages(std::string_view bytes);

} // namespace huitong::adapters::hl7v2
