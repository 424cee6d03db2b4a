/// A V3 message of one of the services: its tree, what its head says, and whether it may be taken.
///
/// The tree is that of a CDA document (adapters/cda/document.hpp) with the root `V3Message`; the adapter adds `_service` (the action's
/// name),
/// `_interaction` (the name of the XML root) and, for a document that is registered, `_document`: the CDA document that the message holds
/// in Base64, with its own root `ClinicalDocument`. Thread: any; pure. Source: HL7 V3, transmission wrapper (MCCI); WS/T 447.
#pragma once

#include "adapters/v3/services.hpp"
#include "adapters/v3/soap.hpp"
#include "feeds/adapter.hpp"
#include "signature/signature.hpp"

namespace huitong::adapters::v3 {

struct Received {
    const Service* service = nullptr; ///< nullptr: unknown
    huitong::fhir::DocumentPtr tree;  ///< nullptr: the message is no XML
    std::string id;                   ///< of the message, id/@extension
    std::string sender;               ///< its device
    Outcome issues;
};

/// Issues: v3-service-unknown, v3-interaction (the root is another than the service's), v3-id-missing, v3-patient-missing,
/// v3-document-missing, v3-institution-registered, those of read_document.
Received read_message(const Call& call, const Limits& limits);

/// Adds what is found of signatures to the tree (cda/signed_tree.hpp): of the document that the message registers, else of the message
/// itself.
Outcome check_signatures(const Call& call, const Received& received, const signature::Authorities* authorities, Instant received_at,
                         const Limits& limits);

/// The whole HTTP body goes to the inbox; the service, which a header alone may have named, as a parameter of the media type.
/// `order_keys`: the patients' numbers; what is about no patient has one key.
huitong::feeds::RawMessage raw_message(const Received& received, std::string body, std::string charset,
                                       const huitong::feeds::SourceId& source, Instant received_at);
/// The service that `raw_message` wrote into the media type; "" = none.
std::string_view action_of(std::string_view media_type);

} // namespace huitong::adapters::v3
