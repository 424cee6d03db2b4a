/// The narrative block of a section, as text and as the XHTML that FHIR allows in a narrative.
/// Source: HL7 CDA R2 §4.3.5 (NarrativeBlock.xsd); FHIR R4, Narrative, txt-1.
#pragma once

#include <pugixml.hpp>

#include <string>

namespace huitong::adapters::cda {

/// Words as a reader would see them: blanks collapsed, a line each for paragraphs, items and rows.
std::string plain_text(pugi::xml_node block);

/// `<div xmlns="http://www.w3.org/1999/xhtml">…</div>`; "" when there are no words. Elements without a counterpart become spans; of the
/// attributes only colspan, rowspan and links (http, https, mailto, #) stay, so nothing can run or load.
std::string narrative_html(pugi::xml_node block);

} // namespace huitong::adapters::cda
