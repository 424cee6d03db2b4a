/// Rules of Narrative.div: one XHTML div with basic formatting only, no scripts, forms or event handlers.
/// Source: FHIR R4, Narrative, txt-1 and txt-2. Thread: pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pugi {
class xml_document;
}

namespace huitong::validation {

struct NarrativeFault {
    std::string rule;
    std::vector<std::string> arguments;
};

/// A narrative is a text for the reader of the resource, whose limit of depth does not see it: so it has the same limit here. False: it is
/// deeper, or not well-formed.
bool load_narrative(std::string_view div, pugi::xml_document& document);

std::vector<NarrativeFault> narrative_faults(std::string_view div);

} // namespace huitong::validation
