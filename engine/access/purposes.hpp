/// Purposes of use, of which one may be a kind of another. Pure; thread: any.
/// Source: HL7 Terminology, v3 ActReason, PurposeOfUse and all below it (R4's and what was added to it since).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace huitong::access {

/// Whether the tree knows the code.
bool is_purpose(std::string_view code);
/// Whether `purpose`, or one that it is a kind of, is among these.
bool serves(std::string_view purpose, const std::vector<std::string>& purposes);

} // namespace huitong::access
