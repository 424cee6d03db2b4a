/// Pinyin (拼音) of Han text without tones, as it is typed: for finding names by their initials ("gxy" → 高血压) or by full spelling.
/// One reading a character (Unihan kMandarin), so a character with several may be spelt another way in a word; surnames are set right.
/// Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace huitong::terminology {

/// "gaoxueya" of 高血压; ASCII letters and digits stay in lower case, everything else is left out.
std::string pinyin_of(std::string_view text);
/// "gxy" of 高血压; of other text its letters and digits.
std::string initials_of(std::string_view text);
/// The same for a person's name: the first character (or two) is read as a surname (单 shan, 曾 zeng, 尉迟 yuchi).
std::string pinyin_of_name(std::string_view name);

} // namespace huitong::terminology
