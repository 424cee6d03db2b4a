/// Where a feed's writes come from: Provenance in the same commit, and which of two writes to one business key is the later truth.
/// Signatures that the adapter found on what came (`_signed` and `_signature` of its tree) are kept there too, verified or not.
/// Source: FHIR R4, Provenance, Signature; design "Precedence".
#pragma once

#include "feeds/pipeline.hpp"

namespace huitong::feeds {

/// Sets owner, message and precedence on every write of the passage and adds the Provenance that names its message and map.
/// A Provenance that the map made (what the message says of its own origin) becomes that one instead of a second.
/// Fills `passage.resources`. Issue: feed-time-future (warning): the message says that it happened later than it came; it counts as come.
void attach_provenance(const interaction::Services& services, Passage& passage);

/// Rank of a resource by its status: preliminary, final, corrected, voided. Conditions and allergies go by their time alone, also such as
/// were entered in error: they are known by what they are of, not by a number of their own, and may be there again later.
store::Rank rank_of(fhir::Element resource);

} // namespace huitong::feeds
