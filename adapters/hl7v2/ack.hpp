/// Acknowledgements: the one place where issues and receipts become AA, AE, AR (CA, CE, CR) and ERR segments.
/// Thread: any; pure. Source: HL7 v2.5.1, §2.9.2–2.9.3 (original and enhanced mode), §2.15.5 (ERR), §2.15.8 (MSA), tables 0008, 0357, 0516.
#pragma once

#include "adapters/hl7v2/front_check.hpp"
#include "base/catalogue.hpp"

namespace huitong::adapters::hl7v2 {

enum class AckKind : std::uint8_t { accept, error, reject };
/// original: AA AE AR. commit: the accept acknowledgement CA CE CR. application: AA AE AR after the commit.
enum class AckMode : std::uint8_t { original, commit, application };

/// One ERR segment.
struct AckError {
    int code = 207;      ///< table 0357
    char severity = 'E'; ///< table 0516: E, W, I
    Issue issue;         ///< where and in which words
};

struct Answer {
    AckKind kind = AckKind::accept;
    std::vector<AckError> errors;
};

/// From the front check: AR when a rule refuses the message as such (type, version, processing id, no MSH), AE for bad content, else AA.
Answer answer_of(const Outcome& front_check);
/// From the inbox or the pipeline: throttled is AR 207, a dead letter AE with its reason; pending is AA with the warning "stored, not yet
/// applied".
Answer answer_of(const feeds::Receipt& receipt);

/// Whether MSH-15 or MSH-16 (AL, NE, ER, SU; table 0155) wants this answer. "" counts as NE.
bool is_wanted(std::string_view condition, AckKind kind);

/// What an ACK says besides the answer.
struct AckStamp {
    Instant now;
    int offset_minutes = 480;
    std::string control_id; ///< MSH-10 of the ACK itself
    Language language = Language::en;
};

/// As MSH-7 writes it.
std::string ack_time(const AckStamp& stamp);

/// The ACK in the charset and with the delimiters of the message: MSH-3/4 and MSH-5/6 swapped, MSH-10 in MSA-2.
/// ERR as of v2.5 (one segment an error), before v2.5 as ERR-1 with repetitions.
std::string write_ack(const Envelope& envelope, const Answer& answer, AckMode mode, const AckStamp& stamp);

/// MSA-1 and MSA-2 of an ACK that a peer sent.
struct PeerAnswer {
    std::string code, control_id;
    std::vector<int> error_codes;
};
/// nullopt: no MSH or no MSA.
std::optional<PeerAnswer> read_ack(std::string_view bytes);

} // namespace huitong::adapters::hl7v2
