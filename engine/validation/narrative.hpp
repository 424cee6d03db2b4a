/// Rules of Narrative.div: one XHTML div with basic formatting only, no scripts, forms or event handlers.
/// Source: FHIR R4, Narrative, txt-1 and txt-2. Thread: pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace huitong::validation {

struct NarrativeFault {
    std::string rule;
    std::vector<std::string> arguments;
};

std::vector<NarrativeFault> narrative_faults(std::string_view div);

} // namespace huitong::validation
