/// The front check: what is known about a message before it is stored, from its bytes alone. It decides between AA, AE and AR.
///
/// Pure: same bytes and rules, same envelope. Conditions and their codes are data: `tests/vectors/hl7v2/ack.tsv`.
/// Thread: any. Source: HL7 v2.5.1, §2.9.2 (response to messages), table 0357 (error codes).
#pragma once

#include "adapters/hl7v2/fragments.hpp"
#include "feeds/adapter.hpp"

namespace huitong::adapters::hl7v2 {

/// What a feed accepts; from its settings `charset`, `types` ("ADT^A01,ORU^*"), `versions`, `processing`, `tolerate`, `refuse`,
/// `institutions`, `tls_senders`, `table.<number>`.
struct FrontRules {
    std::string charset = "auto";
    std::vector<std::string> types, versions, processing;
    std::vector<std::string> tolerate;     ///< rule or rule@FIELD: its errors become warnings, e.g. "v2-required@OBX-11"
    std::vector<std::string> refuse;       ///< rule or rule@FIELD: its warnings become errors, e.g. "v2-number"
    std::vector<std::string> institutions; ///< values of MSH-4 that the feed may speak for; empty: any
    std::vector<std::string> senders;      ///< "certificate name=MSH-4": who may send for whom; empty: everybody whom TLS lets in
    std::vector<std::pair<std::string, std::vector<std::string>>> tables; ///< local tables by number, "0001": they replace ours
};
FrontRules read_front_rules(const feeds::FeedSettings& settings);

/// What a message says about itself, and what is wrong with it.
struct Envelope {
    Charset charset = Charset::utf8; ///< as used for decoding
    bool has_header = false;         ///< MSH and its delimiters are readable
    Delimiters delimiters;
    std::vector<std::string> header; ///< raw fields of MSH as UTF-8: header[3] is MSH-3; escapes as sent
    std::string type, event, version, control_id;
    std::vector<std::string> order_keys; ///< identifiers of PID-2, PID-3, PID-4 and MRG-1; parts of one message share the sender's
    Pointers pointers;                   ///< of a part of a message: only its header is checked, the rest when it is whole
    Outcome issues;

    std::string header_field(unsigned position) const { return position < header.size() ? header[position] : std::string(); }
    /// Enhanced acknowledgement mode: MSH-15 or MSH-16 is valued.
    bool is_enhanced() const { return !header_field(15).empty() || !header_field(16).empty(); }
};

Envelope front_check(std::string_view bytes, const FrontRules& rules);
/// The same of text that is decoded already.
Envelope front_check_text(std::string_view text, const FrontRules& rules);

/// Adds v2-sender when the rules name senders and the peer's certificate is not that of MSH-4.
void check_sender(const std::string& peer_name, const FrontRules& rules, Envelope& envelope);

/// The message that goes to the inbox.
feeds::RawMessage raw_message(const feeds::SourceId& source, std::string bytes, Envelope& envelope, Instant received_at);

/// HL7 DTM with its calendar checked.
enum class DateForm : std::uint8_t { hl7, iso, bad };
DateForm date_form(std::string_view text);

} // namespace huitong::adapters::hl7v2
