/// The small syntax inside search values. Source: FHIR R4, Search, "Escaping Search Parameters", "prefixes".
#pragma once

#include "store/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace huitong::search {

/// Conditions and result parameters of one query, tests of one `_filter`.
constexpr std::size_t kParametersMax = 1'000;

/// Pieces between unescaped separators, escapes still in; "" has none.
std::vector<std::string> split_unescaped(std::string_view text, char separator);
/// `\,` `\|` `\$` `\\` to what they mean.
std::string unescape(std::string_view text);
/// Criteria as If-None-Exist writes them, "a=b&c=d" percent-encoded, decoded into pairs.
std::vector<std::pair<std::string, std::string>> read_criteria(std::string_view text);
/// Takes a prefix (eq ne gt lt ge le sa eb ap) off a number or date.
store::Compare take_prefix(std::string_view& text);

/// A date as it was meant: the '+' of a zone that nobody encoded arrives as a blank.
std::string with_zone_sign(std::string_view date);

} // namespace huitong::search
