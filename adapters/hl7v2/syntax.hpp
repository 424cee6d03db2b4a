/// The letters of HL7 v2: delimiters, segments, fields and escape sequences of one message, as views of its decoded text.
/// Knows nothing of message types. Thread: any; everything is pure.
/// Source: HL7 v2.5.1, chapter 2, §2.5.4 (message delimiters), §2.7 (escape sequences), §2.6.1 (sender's rules for segments).
#pragma once

#include "base/charset.hpp"
#include "base/outcome.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace huitong::adapters::hl7v2 {

/// So many issues of a kind are told of one message: more say nothing new, and a message of errors must not become gigabytes of them.
constexpr std::size_t kIssuesMax = 50;
/// Longer messages are refused; a day's worth of one monitor has some ten thousand.
constexpr std::size_t kSegmentsMax = 200'000;

/// '\0' stands for "the message has none". They come from MSH-1 and MSH-2, never from habit.
struct Delimiters {
    char field = '|';
    char component = '^';
    char repetition = '~';
    char escape = '\\';
    char subcomponent = '&';
};

/// One segment without its terminator; `id` is "" when the line does not begin with a segment name.
struct Segment {
    std::string_view id;
    std::string_view text;
    std::uint32_t begin = 0;      ///< byte of the message text
    std::uint32_t occurrence = 1; ///< first, second … of its name
    bool repeated = false;        ///< its name occurs more than once
};

/// A message split into segments. Views point into the text given to `read_message`.
struct Message {
    std::string_view text;
    Delimiters delimiters;
    std::vector<Segment> segments;

    /// The MSH, or nullptr.
    const Segment* header() const { return !segments.empty() && segments.front().id == "MSH" ? &segments.front() : nullptr; }
    /// Raw text of a field by its HL7 position (MSH-1 is the separator itself); "" when absent.
    std::string_view field(const Segment& segment, unsigned position) const;
    /// First repetition's component without padding, escapes as sent; "" when absent.
    std::string_view component(std::string_view field_text, unsigned position) const;
};

/// "OBX[2]" when the name occurs more than once, else "OBX".
std::string place_of(const Segment& segment);

/// Splits at CR, CRLF, and at LF when a segment name or nothing follows (an LF inside text stays text, with a warning).
/// Reading ends behind kSegmentsMax segments. Issues (kIssuesMax at most): v2-no-message, v2-separators, v2-segment-name,
/// v2-second-message, v2-segments-max, v2-line-break (warning), v2-control-character.
Parsed<Message> read_message(std::string_view text);

/// Without the blanks behind: columns of fixed width send them, and they say nothing (v2.5.1 §2.A.75).
std::string_view without_padding(std::string_view text);

/// The piece of `text` before `separator` from `at` on; moves `at` behind it, or to npos after the last piece.
std::string_view next_piece(std::string_view text, char separator, std::size_t& at);

/// Decodes the escape sequences of one text. Unknown ones stay as sent, with a warning: a reader must see what the sender wrote.
///
/// `charset` is that of the wire, because \Xhh..\ names bytes there; `where` is used only in issues.
/// Issues (kIssuesMax at most): v2-escape-unclosed, v2-escape-unknown, charset-undecodable (warnings).
Parsed<std::string> unescape(std::string_view text, const Delimiters& delimiters, Charset charset, std::string_view where);

/// Writes text so that `unescape` gives it back; line breaks become \.br\.
std::string escape(std::string_view text, const Delimiters& delimiters);

} // namespace huitong::adapters::hl7v2
