#include "adapters/hl7v2/syntax.hpp"

#include <algorithm>
#include <unordered_map>

namespace huitong::adapters::hl7v2 {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Three characters of a segment name, then the field separator or the end of the line.
bool begins_segment(std::string_view rest, char separator) {
    if (rest.size() < 3 || !is_upper(rest[0])) return false;
    if (!(is_upper(rest[1]) || is_digit(rest[1])) || !(is_upper(rest[2]) || is_digit(rest[2]))) return false;
    return rest.size() == 3 || rest[3] == separator || rest[3] == '\r' || rest[3] == '\n';
}

/// An LF ends a segment only when the next line is one, or is empty: analysers send bare LF inside OBX-5 texts.
bool line_feed_ends(std::string_view rest, char separator) {
    return rest.empty() || rest.front() == '\r' || rest.front() == '\n' || begins_segment(rest, separator);
}

/// Reads MSH-1 and MSH-2. False: they cannot be used.
bool read_delimiters(std::string_view header, Delimiters& out) {
    if (header.size() < 5) return false;
    out.field = header[3];
    const auto end = header.find(out.field, 4);
    const auto marks = header.substr(4, end == header.npos ? header.npos : end - 4);
    if (marks.empty() || marks.size() > 5) return false;
    out.component = marks[0];
    out.repetition = marks.size() > 1 ? marks[1] : '\0';
    out.escape = marks.size() > 2 ? marks[2] : '\0';
    out.subcomponent = marks.size() > 3 ? marks[3] : '\0';
    std::string all(1, out.field);
    all += marks;
    std::sort(all.begin(), all.end());
    if (std::adjacent_find(all.begin(), all.end()) != all.end()) return false;
    return std::all_of(all.begin(), all.end(),
                       [](char c) { return c > ' ' && c < 0x7F && !is_upper(c) && !is_digit(c) && !(c >= 'a' && c <= 'z'); });
}

/// End of the line that starts at `at`; `next` becomes the start of the one behind it.
std::size_t line_end(std::string_view text, std::size_t at, char separator, std::size_t& next, bool& kept_line_feed) {
    for (auto end = text.find_first_of("\r\n", at);; end = text.find_first_of("\r\n", end + 1)) {
        if (end == text.npos) {
            next = text.size();
            return text.size();
        }
        if (text[end] == '\r') {
            next = end + 1 + (end + 1 < text.size() && text[end + 1] == '\n' ? 1 : 0);
            return end;
        }
        if (line_feed_ends(text.substr(end + 1), separator)) {
            next = end + 1;
            return end;
        }
        kept_line_feed = true;
    }
}

/// All issues of the lines are errors, so those that are left out would not have changed the answer.
void add_error(Outcome& issues, Issue issue) {
    if (issues.issues().size() < kIssuesMax) issues.add(std::move(issue));
}

void add_line(Parsed<Message>& out, std::string_view line, std::size_t begin, std::unordered_map<std::string_view, std::uint32_t>& counts) {
    Segment segment;
    segment.text = line;
    segment.begin = static_cast<std::uint32_t>(begin);
    const auto number = std::to_string(out.value.segments.size() + 1);
    if (begins_segment(line, out.value.delimiters.field)) {
        segment.id = line.substr(0, 3);
        segment.occurrence = ++counts[segment.id];
        if (segment.id == "MSH" && segment.occurrence == 2) {
            add_error(out.issues, error(IssueCode::structure, "MSH[2]", "v2-second-message", {number}));
        }
    } else {
        add_error(out.issues, error(IssueCode::structure, "line " + number, "v2-segment-name", {number}));
    }
    out.value.segments.push_back(segment);
}

} // namespace

std::string_view without_padding(std::string_view text) { return text.substr(0, text.find_last_not_of(' ') + 1); }

std::string_view next_piece(std::string_view text, char separator, std::size_t& at) {
    const auto begin = at;
    const auto end = separator == '\0' ? text.npos : text.find(separator, begin);
    at = end == text.npos ? text.npos : end + 1;
    return text.substr(begin, end == text.npos ? text.npos : end - begin);
}

std::string_view Message::field(const Segment& segment, unsigned position) const {
    const bool is_header = segment.id == "MSH" || segment.id == "BHS" || segment.id == "FHS";
    if (is_header && position == 1) return segment.text.substr(std::min<std::size_t>(3, segment.text.size()), 1);
    std::size_t at = 0;
    for (unsigned skipped = is_header ? 1 : 0; skipped < position; ++skipped) {
        next_piece(segment.text, delimiters.field, at);
        if (at == std::string_view::npos) return {};
    }
    return next_piece(segment.text, delimiters.field, at);
}

std::string_view Message::component(std::string_view field_text, unsigned position) const {
    std::size_t at = 0;
    field_text = next_piece(field_text, delimiters.repetition, at);
    at = 0;
    for (unsigned skipped = 1; skipped < position; ++skipped) {
        next_piece(field_text, delimiters.component, at);
        if (at == std::string_view::npos) return {};
    }
    return without_padding(next_piece(field_text, delimiters.component, at));
}

std::string place_of(const Segment& segment) {
    std::string out(segment.id);
    if (segment.repeated) out += "[" + std::to_string(segment.occurrence) + "]";
    return out;
}

Parsed<Message> read_message(std::string_view text) {
    Parsed<Message> out;
    out.value.text = text;
    const auto start = text.find_first_not_of("\r\n \t");
    if (start == text.npos || text.substr(start, 3) != "MSH") {
        out.issues.add(error(IssueCode::structure, "MSH", "v2-no-message"));
        return out;
    }
    if (!read_delimiters(text.substr(start, text.find_first_of("\r\n", start) - start), out.value.delimiters)) {
        out.issues.add(error(IssueCode::structure, "MSH-2", "v2-separators"));
        return out;
    }
    constexpr std::string_view kForbidden("\0\x0B\x1C", 3);
    if (text.find_first_of(kForbidden) != text.npos) out.issues.add(error(IssueCode::structure, "", "v2-control-character"));
    std::unordered_map<std::string_view, std::uint32_t> counts;
    bool kept_line_feed = false;
    for (std::size_t at = start; at < text.size();) {
        if (out.value.segments.size() == kSegmentsMax) {
            out.issues.add(error(IssueCode::too_long, "", "v2-segments-max", {std::to_string(kSegmentsMax)}));
            break;
        }
        std::size_t next = 0;
        const auto end = line_end(text, at, out.value.delimiters.field, next, kept_line_feed);
        const auto line = text.substr(at, end - at);
        if (line.find_first_not_of(" \t") != line.npos) add_line(out, line, at, counts);
        at = next;
    }
    for (auto& segment : out.value.segments) segment.repeated = !segment.id.empty() && counts[segment.id] > 1;
    if (kept_line_feed) out.issues.add(warning(IssueCode::structure, "", "v2-line-break"));
    return out;
}

namespace {

std::optional<std::string> hex_bytes(std::string_view sequence) {
    if (sequence.size() < 3 || sequence.size() % 2 == 0 || sequence[0] != 'X') return std::nullopt;
    const auto digit = [](char c) {
        return is_digit(c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    };
    std::string out;
    for (std::size_t at = 1; at < sequence.size(); at += 2) {
        const int high = digit(sequence[at]);
        const int low = digit(sequence[at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
    }
    return out;
}

/// Formatting commands of FT texts: line breaks and spaces are content, indents and highlighting are not.
std::optional<std::string> formatted(std::string_view sequence) {
    if (sequence == "H" || sequence == "N") return "";
    if (sequence.size() < 3 || sequence[0] != '.') return std::nullopt;
    const auto command = sequence.substr(1, 2);
    const auto tail = sequence.substr(3);
    std::size_t amount = 0;
    for (const char c : tail) {
        if (c == '+' || c == '-' || c == ' ') continue;
        if (!is_digit(c)) return std::nullopt;
        amount = std::min<std::size_t>(amount * 10 + static_cast<std::size_t>(c - '0'), 80);
    }
    if (command == "br" || command == "ce") return "\n";
    if (command == "sp") return std::string(std::max<std::size_t>(amount, 1), '\n');
    if (command == "sk") return std::string(amount, ' ');
    if (command == "in" || command == "ti" || command == "fi" || command == "nf") return "";
    return std::nullopt;
}

std::optional<char> delimiter_for(std::string_view sequence, const Delimiters& delimiters) {
    if (sequence.size() != 1) return std::nullopt;
    switch (sequence[0]) {
    case 'F': return delimiters.field;
    case 'S': return delimiters.component;
    case 'R': return delimiters.repetition;
    case 'E': return delimiters.escape;
    case 'P': return '#';
    case 'T': return delimiters.subcomponent == '\0' ? '&' : delimiters.subcomponent;
    default: return std::nullopt;
    }
}

} // namespace

Parsed<std::string> unescape(std::string_view text, const Delimiters& delimiters, Charset charset, std::string_view where) {
    Parsed<std::string> out;
    out.value.reserve(text.size());
    const auto warn = [&](Issue issue) {
        if (out.issues.issues().size() < kIssuesMax) out.issues.add(std::move(issue));
    };
    std::size_t at = 0;
    while (at < text.size()) {
        const auto open = delimiters.escape == '\0' ? text.npos : text.find(delimiters.escape, at);
        out.value += text.substr(at, open - at);
        if (open == text.npos) break;
        const auto close = text.find(delimiters.escape, open + 1);
        if (close == text.npos) {
            warn(warning(IssueCode::structure, std::string(where), "v2-escape-unclosed"));
            out.value += text.substr(open);
            break;
        }
        const auto sequence = text.substr(open + 1, close - open - 1);
        if (const auto delimiter = delimiter_for(sequence, delimiters)) {
            out.value += *delimiter;
        } else if (const auto bytes = hex_bytes(sequence)) {
            auto decoded = to_utf8(*bytes, charset);
            for (auto& issue : decoded.issues.issues()) {
                issue.where = where;
                warn(std::move(issue));
            }
            out.value += decoded.value;
        } else if (const auto layout = formatted(sequence)) {
            out.value += *layout;
        } else {
            warn(warning(IssueCode::not_supported, std::string(where), "v2-escape-unknown"));
            out.value += text.substr(open, close - open); // the closing mark may open the next sequence: "C:\dir\T\x"
            at = close;
            continue;
        }
        at = close + 1;
    }
    return out;
}

std::string escape(std::string_view text, const Delimiters& delimiters) {
    std::string out;
    if (delimiters.escape == '\0') return std::string(text);
    const auto sequence = [&](std::string_view name) { (out += delimiters.escape).append(name) += delimiters.escape; };
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == delimiters.escape) sequence("E");
        else if (c == delimiters.field) sequence("F");
        else if (c == delimiters.component) sequence("S");
        else if (c == delimiters.subcomponent) sequence("T");
        else if (c == delimiters.repetition) sequence("R");
        else if (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n') continue;
        else if (c == '\r' || c == '\n') sequence(".br");
        else out += c;
    }
    return out;
}

} // namespace huitong::adapters::hl7v2
