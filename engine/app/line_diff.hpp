/// Differences of two texts by lines, for golden files.
#pragma once

#include <string>
#include <string_view>

namespace huitong::app {

/// Changed lines marked '-' (expected) and '+' (made), with two lines around each change; "" when the texts are equal. Texts of more than
/// `lines_max` lines are compared up to there.
std::string line_diff(std::string_view expected, std::string_view made, std::size_t lines_max = 4'000);

} // namespace huitong::app
