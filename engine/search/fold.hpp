/// Text as searches compare it. Source: FHIR R4, Search, "string" (case, accents and width do not count; white space is one blank).
#pragma once

#include <string>
#include <string_view>

namespace huitong::search {

/// NFKD without combining marks, case folded, runs of white space as one blank; Han characters stay as they are.
std::string fold(std::string_view text);

} // namespace huitong::search
