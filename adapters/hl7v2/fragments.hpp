/// One message over several frames: the sender breaks it with DSC (and, inside of a segment, with ADD) and goes on under the pointer in
/// MSH-14. Thread: any; pure. Source: HL7 v2.5.1, §2.10.2 (continuation messages and segments), §2.14.1 (ADD), §2.14.4 (DSC).
#pragma once

#include "adapters/hl7v2/syntax.hpp"

namespace huitong::adapters::hl7v2 {

/// Which message a fragment goes on from, and under which pointer it is gone on with; "" = neither.
struct Pointers {
    std::string continues, continued_by;
    bool is_fragment() const { return !continues.empty() || !continued_by.empty(); }
};

/// A message that names a pointer in MSH-14 and does not begin by itself (no EVN, no PID) goes on from an earlier one; one that ends with
/// DSC is gone on with. Queries use the same fields for pages of their answer: they are no fragments.
Pointers read_pointers(const Message& message);

/// The whole of decoded fragments, in their order: the first one's MSH, then all segments; what follows ADD goes on with the segment before
/// it.
std::string join_fragments(const std::vector<std::string>& texts);

} // namespace huitong::adapters::hl7v2
