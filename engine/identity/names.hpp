/// Names as identity compares them. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace huitong::identity {

/// Width, case, accents, blanks, and the dots in names of minorities (买买提·吐尔逊) do not count. Placeholders (无名氏, 不详 …) are "".
std::string plain_name(std::string_view text);
/// Tones and separators do not count; ü is v, as is the yu of passports (LYU): "Lǚ Mín" and "LV MIN" are "lvmin".
std::string plain_pinyin(std::string_view text);
/// Letters, but none beyond a to z: a name that could be pinyin.
bool is_latin(std::string_view plain);
/// A question mark, a replacement or a private-use character stands where a rare character was.
bool has_lost_character(std::string_view text);
/// 之子, 之长女, 之婴 2, 女婴, 李敏毛毛 …: what a newborn is called after its mother until it has a name.
bool is_temporary_newborn(std::string_view plain);

} // namespace huitong::identity
