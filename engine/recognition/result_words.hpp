/// Whether the text of a result without a unit says a result at all, or why there is none.
#pragma once

#include <string_view>

namespace huitong::recognition {

/// True: negative, positive, a sign, a grade, a titre, a number, a blood group … False: words for a test that was not done, a specimen that
/// was refused, an answer that is to come, and whatever is not known to be a result: "标本不合格，请重抽" must never stand for a result
/// that makes another test needless. `is_strip`: a lone "-" means negative, as urine strips are read.
bool says_a_result(std::string_view text, bool is_strip);

} // namespace huitong::recognition
