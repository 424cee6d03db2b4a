/// What a peer is answered: the acknowledgement of a message that was taken or refused, and what a query found.
/// Thread: any; pure. Source: HL7 V3, MCCI_IN000002UV01 (accept acknowledgement), QUQI (query acknowledgement).
#pragma once

#include "adapters/v3/message.hpp"
#include "base/catalogue.hpp"

namespace huitong::adapters::v3 {

/// When and by whom an answer is written.
struct Stamp {
    Instant now{};
    int offset_minutes = 480;
    std::string device = "HUITONG"; ///< our end, as peers know it
    Language language = Language::zh;
};

/// AA: stored. AE: the message is kept and wrong. AR: it is not taken; sent again as it is, it will be refused again.
enum class Verdict : std::uint8_t { accepted, in_error, rejected };
Verdict verdict_of(const huitong::feeds::Receipt& receipt);
Verdict verdict_of(const Outcome& issues);

/// The service's answer with an acknowledgement and the words of what is wrong. UTF-8.
std::string write_acknowledgement(const Received& request, Verdict verdict, const Outcome& issues, const Stamp& stamp);

/// `found`: root with `total` and a `message` whose children are the answer's subjects (feeds::Answers). Errors become a refusal; nothing
/// found is NF, no error.
std::string write_findings(const Received& request, const Parsed<huitong::fhir::DocumentPtr>& found, const Stamp& stamp);

} // namespace huitong::adapters::v3
