/// A CDA document as the tree that maps walk.
///
/// Elements are children by their local name, in the order of the document, whatever their namespace: national extensions stand inside the
/// HL7 namespace, others in one of their own. Attributes are children too and come first; `xsi:type` is `xsiType` without its prefix.
/// Text is the element's value. What the adapter adds: a section's `text` has its plain text as value and a child `div` with the narrative
/// as XHTML; a `reference` to a piece of the narrative gives that piece as the value of the element around it; every act, observation and
/// the like has a child `_position`, its number in the document, and the root `_fingerprint`, the sha-256 of its bytes, so that what has no
/// id of its own can be named; `_person` follows from the patient's own number and name, for who has no number of an institution. XML
/// signatures are no part of the tree, and comments part nothing: neither is signed by anybody. Source: HL7 CDA R2 (narrative block:
/// §4.3.5).
#pragma once

#include "base/charset.hpp"
#include "base/limits.hpp"
#include "fhir/tree.hpp"

#include <string_view>

namespace huitong::adapters::cda {

/// The feed's charset when it names one, else the byte-order mark's, the XML declaration's, or what the bytes look like.
Charset document_charset(std::string_view bytes, std::string_view setting);

/// Spans count in the decoded text. Error issues: xml-syntax, xml-doctype, xml-depth-max, cda-references-costly; warnings:
/// charset-undecodable.
Parsed<fhir::DocumentPtr> read_document(std::string_view bytes, std::string_view charset, const Limits& limits);

} // namespace huitong::adapters::cda
