/// The generated readings of Han characters; private to pinyin.cpp.
#pragma once

#include <string_view>

namespace huitong::terminology {

/// Syllables without tones, blanks between, the first one empty.
extern const std::string_view kSyllables;
/// Two digits of base 62 for each character from U+4E00 to U+9FFF: the number of its syllable.
extern const std::string_view kReadings;

} // namespace huitong::terminology
