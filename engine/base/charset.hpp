/// Bytes to UTF-8. "GBK" and "GB2312" mean GB18030 (glibc's GBK refuses e.g. FE 9F, 䶮); one decoder for the whole hub (iconv).
/// Decode before splitting: the second byte of a double-byte character can be | ^ \ or ~.
/// Thread: any; each call opens its own converter or reuses one of the calling thread.
#pragma once

#include "base/outcome.hpp"

namespace huitong {

enum class Charset : std::uint8_t { utf8, gb18030, big5, latin1, utf16le, utf16be, ascii };

/// Names as configuration, MSH-18 and CSV settings write them ("GBK", "GB 18030-2000", "UNICODE UTF-8", "8859/1", "CHN|Unicode" …).
std::optional<Charset> read_charset(std::string_view name);
std::string_view charset_text(Charset charset);

/// Undecodable bytes become U+FFFD, one issue `charset-undecodable` (warning) with their number; a byte-order mark is dropped.
Parsed<std::string> to_utf8(std::string_view bytes, Charset from);
/// Characters the target lacks become '?', with an issue `charset-unencodable`.
Parsed<std::string> from_utf8(std::string_view text, Charset to);

/// Valid UTF-8 without surrogates, overlong forms; NUL counts as valid here.
bool is_utf8(std::string_view text);
/// What the bytes look like: UTF-8 when they are valid UTF-8 with a non-ASCII character, ASCII when plain, else GB18030.
Charset guess_charset(std::string_view bytes);

} // namespace huitong
