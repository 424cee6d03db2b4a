/// Feeds without a map send FHIR: what such a feed may write. A map writes what it was written for; a sender of FHIR could write anything.
/// Thread: any; pure but for the store's view.
#pragma once

#include "feeds/pipeline.hpp"

namespace huitong::feeds {

/// A transaction as it is; a resource or another bundle as one.
fhir::DocumentPtr as_transaction(const fhir::DocumentPtr& sent);

/// Issues: feed-fhir-method (only PUT and POST), feed-fhir-type (registers, consents, trails and definitions are no feed's to write).
Outcome check_sent_transaction(fhir::Element transaction);

/// After the entries are resolved: what another institution's feed wrote is not written over. Issue: feed-fhir-foreign.
Outcome check_owners(const interaction::Services& services, const Passage& passage);

} // namespace huitong::feeds
