/// A v2 message as a source tree, the shape that the maps read.
///
/// Root `V2Message`; its groups (ORU_R01, ORM_O01) and segments in order; fields `PID-3` with repetitions as siblings; components `c1`,
/// `c2` …; sub-components `s1`, `s2` …. A field and a component carry their whole text too; a field of one component has it as value and as
/// `c1`. Empty fields are absent, `""` stays `""`, escapes are decoded.
/// Blanks at the end of a field or component are none of its text, and a number that is nobody's (numbers.hpp) is absent. Spans count bytes
/// of the document's text: the message decoded to UTF-8. A line that is no segment is kept as `_line`. Thread: any; pure.
#pragma once

#include "base/charset.hpp"
#include "fhir/tree.hpp"

namespace huitong::adapters::hl7v2 {

/// Issues: those of read_message, arrange and unescape. Never fails: without an MSH the root is empty.
Parsed<fhir::DocumentPtr> read_tree(std::string text, Charset charset);

} // namespace huitong::adapters::hl7v2
