/// Narratives as parts of an XML document. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace huitong::fhir {

/// Adds a narrative that may have come as JSON, where nobody's parser looked into it: what is no XML in it would make the whole document
/// none. HTML's names become their characters, a bare '&' is escaped, characters that XML does not have are left out; a narrative that is
/// XML goes out byte by byte. Source: FHIR R4, Narrative; XML 1.0 §2.2, §4.1.
void add_well_formed(std::string_view div, std::string& out);

} // namespace huitong::fhir
