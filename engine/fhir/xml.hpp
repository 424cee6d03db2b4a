/// FHIR XML: text to tree and back, over pugixml. A DOCTYPE is refused; depth is limited before pugixml sees the text.
/// Order of elements, arrays and `xsi`-free primitives follow the definitions. Source: FHIR R4, XML representation.
#pragma once

#include "base/limits.hpp"
#include "fhir/definitions.hpp"
#include "fhir/tree.hpp"

namespace huitong::fhir {

struct XmlOptions {
    const Limits* limits = nullptr;
};

/// Reads a FHIR resource. Narrative `div` becomes one primitive whose value is the XHTML text byte for byte.
/// Error issues: xml-syntax, xml-doctype, xml-depth-max, xml-namespace, xml-element-namespace, xml-text-content, xml-resource-type.
Parsed<DocumentPtr> read_fhir_xml(std::string text, const Definitions& definitions, const XmlOptions& options = {});

/// Writes in the order the definitions give. Elements the definitions do not know are written at their place in the tree.
std::string write_fhir_xml(Element element, const Definitions& definitions, bool pretty = false);

} // namespace huitong::fhir
