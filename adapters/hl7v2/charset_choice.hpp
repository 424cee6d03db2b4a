/// Which charset a v2 message is in: what MSH-18 declares, what the feed says, and what the bytes look like; in that order of trust,
/// unless the bytes disprove it. Decoding comes before splitting, because the second byte of a GB18030 character can be | ^ \ or ~.
/// Thread: any; pure. Source: HL7 v2.5.1, §2.15.9.18 (MSH-18), table 0211.
#pragma once

#include "base/charset.hpp"

namespace huitong::adapters::hl7v2 {

/// Decoded text with the charset that was used.
struct Decoded {
    Charset charset = Charset::utf8;
    std::string text;
    std::string declared; ///< MSH-18, first repetition, as sent
    Outcome issues;
};

/// `setting` is the feed's charset ("auto" or "": none). Bytes outside the charset become U+FFFD.
///
/// Issues: v2-charset-mismatch (declared or set is not what was found; the found one is used), v2-charset-guessed (information),
/// v2-charset-unknown (error when the text depends on it, else warning), charset-undecodable.
Decoded decode_bytes(std::string_view bytes, std::string_view setting);

/// Decodes with a charset that was chosen before (RawMessage::charset).
Decoded decode_bytes_as(std::string_view bytes, Charset charset);

} // namespace huitong::adapters::hl7v2
