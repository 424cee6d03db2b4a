/// A tree of HL7 V3 written as XML: what maps make of CDA documents and V3 messages, in the shape that read_document gives.
///
/// A child without children of its own whose name is one of V3's attributes (root, extension, code, value, unit, typeCode …) becomes an
/// attribute, `xsiType` the attribute xsi:type; every other child is an element in the order of the tree. So an element `value` or `code`
/// needs something below it, its type at least. Children that the reader added (`_position`, `_fingerprint`) are left out.
/// Thread: any; pure. Source: HL7 V3 XML ITS, "attributes of data types"; HL7 CDA R2.
#pragma once

#include "base/charset.hpp"
#include "fhir/tree.hpp"

#include <string>
#include <string_view>

namespace huitong::adapters::cda {

/// With declaration, in that charset, the root in the namespace urn:hl7-org:v3. Characters that XML cannot hold are left out.
/// Issue: charset-unencodable (warning).
Parsed<std::string> write_xml(fhir::Element root, Charset charset);

} // namespace huitong::adapters::cda
