/// CMS SignedData beside a document. Internal to the room. Source: RFC 5652 §5; GB/T 35275 (SM2: object identifiers of its own, else
/// alike).
#pragma once

#include "signature/signature.hpp"

namespace huitong::signature {

/// One finding a signer; one that says why when nothing of it could be read. `der`: definite lengths.
std::vector<Finding> check_cms(std::string_view document, std::string_view der, const Authorities* authorities, Instant received_at);

} // namespace huitong::signature
