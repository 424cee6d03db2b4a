/// Business versions of code systems and value sets: their order and their patterns. Source: FHIR R4, "Canonical URLs" (versions are
/// opaque; ordered here as semver and dates are); the wildcards are those of R5 version-algorithm "1.0.x".
#pragma once

#include <string>
#include <string_view>

namespace huitong::terminology {

/// The canonical without "|version"; what is behind the bar, "" when there is none.
std::string_view without_version(std::string_view canonical);
std::string_view version_of(std::string_view canonical);
/// "url|version", or the url alone.
std::string versioned(std::string_view url, std::string_view version);

/// < 0, 0, > 0; numbers by value, the rest as text, missing parts first.
int compare_versions(std::string_view a, std::string_view b);
/// A part is 'x', 'X' or '*': it stands for any one part, at the end for all that follow.
bool is_version_pattern(std::string_view pattern);
/// "" fits every version.
bool fits_version(std::string_view version, std::string_view pattern);

} // namespace huitong::terminology
