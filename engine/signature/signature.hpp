/// Electronic signatures of what comes in: found, checked against configured authorities, and told as they are.
///
/// Forms: XML signatures in the document (a child of its root that signs all of it) or beside it, with XAdES's signing time; and CMS
/// (PKCS #7, also GB/T 35275's SM2 form) beside it. Nothing is fetched, no reference is followed: a signature is of the whole document or
/// it is not verified. That a signature is not verified is a finding, never a failure: the document is kept as it is.
/// Thread: any; pure but for the authorities' files. Source: XML Signature 1.1, RFC 5652, ETSI EN 319 132-1.
#pragma once

#include "signature/authorities.hpp"

namespace huitong::signature {

struct Finding {
    std::optional<Issue> refusal; ///< why it is not verified; nullopt: it is. The rule's id stands in `signature.tsv`.
    std::string format;           ///< "application/signature+xml" or "application/pkcs7-signature"
    std::string method;           ///< "SM2-SM3"; "" when it was not read so far
    std::string signer, issuer;   ///< common names of the certificate; "" without one
    std::string certificate;      ///< its SHA-256; "" without one
    Instant signed_at{};          ///< as the signer claims under his signature; else when it came
    std::string data;             ///< the signature itself: the XML element as canonical text, or the bytes of the CMS
    bool is_verified() const { return !refusal; }
};

/// What was signed: the bytes as they came and the text that they mean (UTF-8).
struct Subject {
    std::string_view bytes, text;
};

/// Every signature inside of an XML document, in its order; empty: none. `authorities` nullptr: none is verified.
/// `depth_max`: deeper XML is not read; it has no findings (who reads documents refuses it).
std::vector<Finding> check_inside(const Subject& document, const Authorities* authorities, Instant received_at, std::uint32_t depth_max);

/// The signatures of a file that came beside the document: XML, or CMS as DER, PEM or Base64. Never empty.
std::vector<Finding> check_beside(const Subject& document, std::string_view signature, const Authorities* authorities, Instant received_at,
                                  std::uint32_t depth_max);

} // namespace huitong::signature
