/// Text that a browser might take for HTML, and links of a narrative that lead nowhere.
/// Source: FHIR R4, Security, "Narrative" and string ("strings should not contain HTML"); Narrative, "Hyperlinks".
#pragma once

#include "validation/checks.hpp"

namespace huitong::validation {

/// True when the text holds something like "<b>" or "</a". "a < b" and "<5" are no tags.
bool looks_like_html(std::string_view text);
/// The div has parts for several languages (divs with lang).
bool has_language_sections(std::string_view div);
/// A part of the div does not say by its class whether it is boilerplate, generated or original.
/// Source: FHIR extensions narrative-language-control and narrative-source-control.
bool has_part_without_source(std::string_view div);
/// "#x" links of a div whose target is neither in the div nor an id in the resource.
std::vector<std::string> dangling_links(std::string_view div, fhir::Element resource);

} // namespace huitong::validation
