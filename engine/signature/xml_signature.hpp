/// XML signatures in a document or beside it. Internal to the room. Source: XML Signature 1.1; ETSI EN 319 132-1 §5.2.1 (signing time).
///
/// What is accepted is narrow, against wrapping and substitution: references to the whole document (URI "" or the id of its root, an id
/// that stands once), or to the signature's own signed properties; the transforms enveloped-signature and canonicalisation; a certificate
/// in KeyInfo. Comments are signed by nobody and read by nobody.
#pragma once

#include "signature/canonical.hpp"
#include "signature/signature.hpp"

namespace huitong::signature {

/// `signature`: the element. `is_inside`: it stands in the document it signs, which is that of the element.
Finding check_element(pugi::xml_node signature, bool is_inside, const Subject& document, const Authorities* authorities,
                      Instant received_at);

} // namespace huitong::signature
