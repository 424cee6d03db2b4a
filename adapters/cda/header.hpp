/// What the inbox must know of a document before any map runs: its identity, whose it is, and whether it can be taken at all.
#pragma once

#include "base/limits.hpp"
#include "feeds/adapter.hpp"

namespace huitong::adapters::cda {

/// Whether a map can make anything of it. Issues: cda-not-a-document, cda-about-nobody (no recordTarget: nothing would be stored).
Outcome check_document(fhir::Element root);

/// `signature` came beside the document, "" = none did: both become one message (enclosure.hpp).
/// `control_id` is the document's id ("root/extension"; without one the sha-256 of its bytes), `sender` the custodian's, `order_keys` every
/// number of the patient. Front check: the issues of read_document and check_document; cda-id-missing, cda-patient-missing
/// (warnings: such a document is kept, its patient is joined to nobody).
feeds::RawMessage document_message(std::string bytes, std::string_view signature, const feeds::SourceId& source, std::string_view charset,
                                   const Limits& limits, Instant received_at);

} // namespace huitong::adapters::cda
