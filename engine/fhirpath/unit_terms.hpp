/// Units of products and quotients. Internal to the room. Source: FHIRPath 2.0.0, §6.6.1, §6.6.2; UCUM, "Unit terms".
#pragma once

#include <string>
#include <string_view>

namespace huitong::fhirpath {

/// The UCUM unit of `a` × `b`, or of `a` / `b`, with equal terms counted together: "cm" and "cm" make "cm2", "cm2" / "cm" is "cm",
/// "mg" / "mg" is "1". Terms of other prefixes stay beside each other ("cm.m").
std::string joined_unit(std::string_view a, std::string_view b, bool divided);

} // namespace huitong::fhirpath
