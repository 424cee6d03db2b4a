/// A v2 source tree as ER7 text: the way back of tree.hpp, for messages that the hub writes.
///
/// Children of the root and of groups that have a field of their own name (`PID` with `PID-3`) are segments, in the order of the tree;
/// others are groups. Where a field has components they are written, else its value. Delimiters are the usual ones; MSH-1 and MSH-2 need
/// not be in the tree. Thread: any; pure. Source: HL7 v2.5.1, §2.6 and §2.7.
#pragma once

#include "base/charset.hpp"
#include "fhir/tree.hpp"

namespace huitong::adapters::hl7v2 {

/// MSH-18 names the charset that the bytes are in, unless that is UTF-8 and the message has no MSH-18.
/// Issues: v2-write-no-header; charset-unencodable (warning).
Parsed<std::string> write_er7(huitong::fhir::Element message, Charset charset);

} // namespace huitong::adapters::hl7v2
