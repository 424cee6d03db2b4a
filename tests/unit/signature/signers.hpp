/// Authorities, signers and signatures for tests, made by the openssl command when the program starts: nothing of them is kept.
#pragma once

#include "signature/signature.hpp"
#include "support/folder.hpp"

#include <string>

namespace huitong::signature::tests {

/// The keys of one folder. Below each of the authorities rsa, ec and sm2 stands a signer of the same name; `other` is an authority that
/// nobody configured, with the signer `stranger`; of rsa there are also `taken-back` (revoked), `encipher` (a key that is not for
/// signatures), `server` (a server's certificate) and `small` (RSA with 1,024 bits).
class Signers {
public:
    static const Signers& instance();

    const huitong::tests::Folder& folder() const { return folder_; }
    /// Certificates of rsa, ec and sm2, and rsa's and sm2's revocation lists.
    const Authorities& authorities() const { return *authorities_; }
    std::string certificate(const std::string& name) const; ///< DER
    std::string sign(const std::string& name, Hash hash, std::string_view text, bool is_pss = false) const;

private:
    Signers();
    huitong::tests::Folder folder_;
    std::shared_ptr<const Authorities> authorities_;
};

/// How a test signs XML: what an honest signer does, or one thing else.
struct XmlPlan {
    std::string signer = "rsa";
    std::string method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    std::string digest = "http://www.w3.org/2001/04/xmlenc#sha256";
    std::string form = "http://www.w3.org/2001/10/xml-exc-c14n#";
    std::string uri;               ///< of the reference
    bool is_enveloped = true;      ///< the transform
    std::string further_transform; ///< an algorithm
    std::string signed_text;       ///< "" = the canonical form of the document
    std::string signing_time;      ///< XAdES
    std::string further_reference; ///< XML put behind the first one
    std::string object;            ///< XML put into the signature, unsigned
};
/// The Signature element for `document`; standing in it when `is_enveloped`.
std::string sign_xml(const std::string& document, const XmlPlan& plan);
/// `document` with the element put before the end of its root.
std::string with_signature(const std::string& document, const std::string& signature);
/// SignedData beside the document with SM2, in the form of GB/T 35275.
std::string sign_cms_sm2(std::string_view document);

/// When the certificates are valid: now; and the instant some days later.
Instant today(int days_later = 0);

} // namespace huitong::signature::tests
