/// Texts of callers as the trail can hold them: a log that exists must never stop who reads it. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace huitong::audit {

/// Bytes that are no UTF-8, and control characters that FHIR texts do not have, become U+FFFD. Source: FHIR R4, "string".
std::string shown_text(std::string_view text);

} // namespace huitong::audit
