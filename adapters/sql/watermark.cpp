#include "adapters/sql/watermark.hpp"

#include "base/json_writer.hpp"
#include "fhir/json.hpp"

#include <charconv>

namespace huitong::adapters::sql {
namespace {

/// 202611280530 and 20261128053000: the digits of a time, which many a HIS keeps as text or number. Eight may as well be a number that
/// counts.
bool is_compact(std::string_view text) {
    return (text.size() == 12 || text.size() == 14) && text.find_first_not_of("0123456789") == text.npos;
}

std::string spelled_out(std::string_view text) {
    std::string out = std::string(text.substr(0, 4)) + '-' + std::string(text.substr(4, 2)) + '-' + std::string(text.substr(6, 2));
    out += 'T' + std::string(text.substr(8, 2)) + ':' + std::string(text.substr(10, 2));
    if (text.size() == 12) out += ":00";
    if (text.size() == 14) out += ':' + std::string(text.substr(12, 2));
    return out;
}

/// FHIR's spelling of a database's: T between date and time, dashes, two digits each.
std::optional<DateTime> read_time_text(std::string text) {
    if (is_compact(text)) return read_date_time(spelled_out(text));
    for (char& c : text) {
        if (c == '/') c = '-';
    }
    if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
    if (text.size() == 16) text += ":00";
    return read_date_time(text);
}

/// A number that counts up; the digits of a day of the calendar are a time.
std::optional<std::int64_t> read_integer(const std::string& text) {
    if (is_compact(text) && read_time_text(text)) return std::nullopt;
    std::int64_t out = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failure != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return out;
}

} // namespace

std::string write_watermark(std::string_view time) { return JsonWriter().object().member("time", time).end_object().take() + "\n"; }

std::string read_watermark(const std::string& text) {
    if (text.empty()) return {};
    const auto parsed = fhir::read_plain_json(text);
    return parsed.issues.has_errors() ? std::string() : std::string(parsed.value->root().text("time"));
}

bool is_later(const std::string& time, const std::string& than) {
    const auto number = read_integer(time), other = read_integer(than);
    if (number && other) return *number > *other;
    const auto read = read_time_text(time), read_other = read_time_text(than);
    if (read && read_other) return instants_of(*read, 0).first > instants_of(*read_other, 0).first;
    return time > than;
}

std::optional<std::string> earlier(const std::string& time, std::int64_t seconds) {
    if (const auto number = read_integer(time)) return std::to_string(*number - seconds);
    const auto read = read_time_text(time);
    if (!read || read->precision < Precision::day) return std::nullopt;
    const auto instant = instants_of(*read, 0).first;
    auto before = date_time_of({instant.microseconds - seconds * kMicrosecondsPerSecond}, read->offset_minutes.value_or(0));
    before.precision = read->precision;
    before.fraction_digits = read->fraction_digits;
    before.offset_minutes = read->offset_minutes;
    auto out = write_date_time(before);
    // As it was spelled: the database compares texts as texts.
    if (is_compact(time)) {
        std::erase_if(out, [](char c) { return c < '0' || c > '9'; });
        return out.substr(0, time.size());
    }
    if (time.size() > 10 && out.size() > 10) out[10] = time[10];
    if (time.size() == 16 && out.size() == 19) out.resize(16);
    if (time.find('/') != time.npos) {
        for (char& c : out) {
            if (c == '-') c = '/';
        }
    }
    return out;
}

bool lies_ahead(const std::string& time, Instant now, int offset_minutes, std::int64_t tolerance_s) {
    if (read_integer(time)) return false;
    const auto read = read_time_text(time);
    if (!read) return false;
    return instants_of(*read, offset_minutes).first.microseconds > now.microseconds + tolerance_s * kMicrosecondsPerSecond;
}

} // namespace huitong::adapters::sql
