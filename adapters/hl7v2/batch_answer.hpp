/// Batches over MLLP: a frame that begins with FHS or BHS is answered by one frame, a batch that holds the acknowledgement of every message
/// in order. Each message is taken by itself, so a batch that is sent again after a broken line doubles nothing.
/// Thread: any; pure. Source: HL7 v2.5.1, §2.10.3 (batch protocol), §2.10.3.3 (acknowledging batches), §2.15.2–5 (BHS, BTS, FHS, FTS).
#pragma once

#include "base/outcome.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace huitong::adapters::hl7v2 {

bool is_batch(std::string_view bytes);

/// What the answer says of itself.
struct BatchStamp {
    std::string time;       ///< BHS-7
    std::string control_id; ///< BHS-11
};

/// `acks`: in the order of the messages, as bytes. Sender and receiver of BHS (of FHS when there is no BHS) change places; its control id
/// comes back as the reference (BHS-12). An announced number that is not the found one is told in BTS-2.
std::string write_batch_answer(std::string_view batch, const std::vector<std::string>& acks, const Outcome& batch_issues,
                               const BatchStamp& stamp);

} // namespace huitong::adapters::hl7v2
