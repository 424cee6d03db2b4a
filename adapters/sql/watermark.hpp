/// How far a view has been read: the time of the newest row whose message is durable. Pure.
///
/// The time column holds a date and time as text ("2026-11-20 08:45:00.123", also with T, / or without seconds) or a number that only grows
/// (a sequence, a row version). Values stay as the database wrote them; they are read to compare them, to step back, and to see what lies
/// ahead.
#pragma once

#include "base/date_time.hpp"

namespace huitong::adapters::sql {

/// One line of JSON, and back; a text that is none gives "".
std::string write_watermark(std::string_view time);
std::string read_watermark(const std::string& text);

/// Times by their instants, numbers by their size, anything else letter by letter.
bool is_later(const std::string& time, const std::string& than);

/// The time `seconds` (or, of a number, so many) before `time`, written alike; nullopt: neither a time nor a number, so nobody can step
/// back.
std::optional<std::string> earlier(const std::string& time, std::int64_t seconds);

/// True when a row's time lies more than `tolerance_s` ahead of now, e.g. a year that was mistyped: such a row is taken, but it must not
/// carry the mark away from the rows that come in between. Numbers never do.
bool lies_ahead(const std::string& time, Instant now, int offset_minutes, std::int64_t tolerance_s);

} // namespace huitong::adapters::sql
