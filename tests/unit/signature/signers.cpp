#include "unit/signature/signers.hpp"

#include "base/base64.hpp"
#include "base/sha256.hpp"
#include "signature/canonical.hpp"
#include "signature/der.hpp"
#include "signature/openssl_handles.hpp"
#include "support/files.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace huitong::signature::tests {
namespace {

constexpr std::string_view kScript = R"(set -e
cd "$1"
exec 2>log
nobody="distid:1234567812345678"
key() { case $2 in
  rsa) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out $1.key ;;
  ec) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key ;;
  sm2) openssl genpkey -algorithm SM2 -out $1.key ;;
  small) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out $1.key ;;
esac; }
options() { if [ $1 = sm2 ]; then echo "-sm3 -sigopt $nobody"; else echo -sha256; fi; }
authority() {
  key ca-$1 $2
  openssl req -x509 -new -key ca-$1.key $(options $2) -days 400 -subj "/CN=Authority $1" -addext keyUsage=critical,keyCertSign,cRLSign -out ca-$1.pem
}
signer() { # name, kind of the authority, kind of the key, extensions
  key $1 $3
  if [ $3 = sm2 ]; then openssl req -new -key $1.key -sm3 -sigopt $nobody -subj "/CN=Doctor $1" -out $1.csr
  else openssl req -new -key $1.key -subj "/CN=Doctor $1" -out $1.csr; fi
  printf '%s\nbasicConstraints=CA:FALSE\n' "$4" > $1.ext
  verify=; if [ $3 = sm2 ]; then verify="-vfyopt $nobody"; fi
  openssl x509 -req -in $1.csr $verify -CA ca-$2.pem -CAkey ca-$2.key $(options $2) -days 30 -set_serial 0x$(openssl rand -hex 8) -extfile $1.ext -out $1.pem
  openssl x509 -in $1.pem -outform DER -out $1.der
}
list() {
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index-%s\ndefault_md=sha256\ndefault_crl_days=10\n' "$PWD" $1 > $1.cnf
  : > index-$1
  if [ -n "$2" ]; then openssl ca -config $1.cnf -revoke $2.pem -keyfile ca-$1.key -cert ca-$1.pem; fi
  if [ $1 = sm2 ]; then openssl ca -config $1.cnf -gencrl -keyfile ca-sm2.key -cert ca-sm2.pem -md sm3 -sigopt $nobody -out sm2.crl
  else openssl ca -config $1.cnf -gencrl -keyfile ca-$1.key -cert ca-$1.pem -out $1.crl; fi
}
for kind in rsa ec sm2; do authority $kind $kind; signer $kind $kind $kind keyUsage=digitalSignature,nonRepudiation; done
authority other rsa
signer stranger other rsa keyUsage=digitalSignature
signer taken-back rsa rsa keyUsage=digitalSignature
signer encipher rsa rsa keyUsage=keyEncipherment
signer server rsa rsa extendedKeyUsage=serverAuth
signer small rsa small keyUsage=digitalSignature
signer taken-back-sm2 sm2 sm2 keyUsage=digitalSignature
list rsa taken-back
list sm2 taken-back-sm2
mkdir trusted
cp ca-rsa.pem ca-ec.pem ca-sm2.pem rsa.crl sm2.crl trusted
)";

constexpr std::string_view kDsig = "http://www.w3.org/2000/09/xmldsig#";

std::string element(std::string_view name, std::string_view attributes, std::string_view content) {
    std::string out("<ds:");
    out.append(name).append(attributes.empty() ? "" : " ").append(attributes).append(">").append(content);
    return out.append("</ds:").append(name).append(">");
}
std::string algorithm(std::string_view name, std::string_view value) {
    return element(name, "Algorithm=\"" + std::string(value) + '"', "");
}

std::string canonical(const std::string& document, const std::string& form) {
    pugi::xml_document parsed;
    if (!read_exact(document, parsed)) throw std::runtime_error("no XML");
    return write_canonical(parsed, *canonical_form_of(form));
}

std::string reference(const XmlPlan& plan, std::string_view attributes, std::string_view text, bool is_enveloped) {
    std::string transforms;
    if (is_enveloped) transforms += algorithm("Transform", std::string(kDsig) + "enveloped-signature");
    if (!plan.further_transform.empty()) transforms += algorithm("Transform", plan.further_transform);
    transforms += algorithm("Transform", plan.form);
    return element("Reference", attributes,
                   element("Transforms", "", transforms) + algorithm("DigestMethod", plan.digest) +
                       element("DigestValue", "", encode_base64(digest_of(hash_of(plan.digest).value_or(Hash::sha256), text))));
}

std::string properties_of(const XmlPlan& plan) {
    if (plan.signing_time.empty()) return {};
    return R"(<x:SignedProperties xmlns:x="http://uri.etsi.org/01903/v1.3.2#" Id="properties"><x:SignedSignatureProperties><x:SigningTime>)" +
           plan.signing_time + "</x:SigningTime></x:SignedSignatureProperties></x:SignedProperties>";
}

/// With the value of its SignedInfo as it will stand in the signature.
std::string signature_around(const std::string& info, const XmlPlan& plan, std::string_view value) {
    const auto properties = properties_of(plan);
    const auto object =
        properties.empty()
            ? std::string()
            : element("Object", "",
                      R"(<x:QualifyingProperties xmlns:x="http://uri.etsi.org/01903/v1.3.2#">)" + properties + "</x:QualifyingProperties>");
    const auto certificate = element("X509Certificate", "", encode_base64(Signers::instance().certificate(plan.signer)));
    return element("Signature", "xmlns:ds=\"" + std::string(kDsig) + '"',
                   info + element("SignatureValue", "", value) + element("KeyInfo", "", element("X509Data", "", certificate)) + object +
                       plan.object);
}

} // namespace

Signers::Signers() {
    std::ofstream(folder_.file("make.sh")) << kScript;
    const auto command = "bash " + folder_.file("make.sh") + ' ' + folder_.path().string();
    if (std::system(command.c_str()) != 0) throw std::runtime_error(huitong::tests::read_file(folder_.file("log")));
    authorities_ = Authorities::load(folder_.file("trusted")).value();
}

const Signers& Signers::instance() {
    static const Signers made;
    return made;
}

std::string Signers::certificate(const std::string& name) const { return huitong::tests::read_file(folder_.file(name + ".der")); }

std::string Signers::sign(const std::string& name, Hash hash, std::string_view text, bool is_pss) const {
    const auto pem = huitong::tests::read_file(folder_.file(name + ".key"));
    const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>> key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
    const char* const names[] = {"SHA256", "SHA384", "SHA512", "SM3"};
    const KeyContext identity(EVP_PKEY_CTX_new(key.get(), nullptr));
    const HashContext context(EVP_MD_CTX_new());
    if (hash == Hash::sm3) {
        EVP_PKEY_CTX_set1_id(identity.get(), kSm2Nobody.data(), static_cast<int>(kSm2Nobody.size()));
        EVP_MD_CTX_set_pkey_ctx(context.get(), identity.get());
    }
    EVP_PKEY_CTX* parameters = nullptr;
    EVP_DigestSignInit(context.get(), &parameters, EVP_get_digestbyname(names[static_cast<std::size_t>(hash)]), nullptr, key.get());
    if (is_pss) EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
    std::size_t size = 0;
    EVP_DigestSign(context.get(), nullptr, &size, octets(text), text.size());
    std::string out(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, octets(text), text.size());
    out.resize(size);
    return out;
}

std::string sign_xml(const std::string& document, const XmlPlan& plan) {
    const auto text = plan.signed_text.empty() ? canonical(document, plan.form) : plan.signed_text;
    auto references = reference(plan, "URI=\"" + plan.uri + '"', text, plan.is_enveloped) + plan.further_reference;
    if (const auto properties = properties_of(plan); !properties.empty()) {
        XmlPlan plain = plan;
        plain.further_transform.clear();
        references += reference(plain, R"(Type="http://uri.etsi.org/01903#SignedProperties" URI="#properties")",
                                canonical(properties, plan.form), false);
    }
    const auto info =
        element("SignedInfo", "", algorithm("CanonicalizationMethod", plan.form) + algorithm("SignatureMethod", plan.method) + references);
    pugi::xml_document parsed;
    if (!read_exact(with_signature(document, signature_around(info, plan, "")), parsed)) throw std::runtime_error("no XML");
    const auto node = plan.is_enveloped ? parsed.document_element().last_child().child("ds:SignedInfo") : pugi::xml_node();
    pugi::xml_document alone;
    if (!read_exact(signature_around(info, plan, ""), alone)) throw std::runtime_error("no XML");
    const auto signed_info = node ? node : alone.document_element().child("ds:SignedInfo");
    const auto method = method_of(plan.method).value_or(Method{Scheme::rsa, Hash::sha256});
    const auto form = canonical_form_of(plan.form).value_or(CanonicalForm{});
    const auto value =
        Signers::instance().sign(plan.signer, *method.hash, write_canonical(signed_info, form), method.scheme == Scheme::rsa_pss);
    return signature_around(info, plan, encode_base64(value));
}

std::string with_signature(const std::string& document, const std::string& signature) {
    auto out = document;
    return out.insert(out.rfind("</"), signature);
}

std::string sign_cms_sm2(std::string_view document) {
    const auto object = [](std::string_view content) { return write_der(kDerObject, content); };
    const auto certificate = Signers::instance().certificate("sm2");
    const auto* at = octets(certificate);
    const std::unique_ptr<X509, Freed<X509_free>> read(d2i_X509(nullptr, &at, static_cast<long>(certificate.size())));
    const std::string_view kSignedData("\x2A\x81\x1C\xCF\x55\x06\x01\x04\x02\x02", 10),
        kData("\x2A\x81\x1C\xCF\x55\x06\x01\x04\x02\x01", 10);
    const auto sm3 = write_der(kDerSequence, object(std::string_view("\x2A\x81\x1C\xCF\x55\x01\x83\x11", 8)));
    const auto sm2 = write_der(kDerSequence, object(std::string_view("\x2A\x81\x1C\xCF\x55\x01\x82\x2D\x01", 9)));
    const auto one = write_der(kDerInteger, "\x01");
    const auto signer_name = write_der(kDerSequence, der_of(X509_get_issuer_name(read.get()), i2d_X509_NAME) +
                                                         der_of(X509_get0_serialNumber(read.get()), i2d_ASN1_INTEGER));
    const auto value = write_der(kDerOctets, Signers::instance().sign("sm2", Hash::sm3, document));
    const auto signer = write_der(kDerSequence, one + signer_name + sm3 + sm2 + value);
    const auto data = write_der(kDerSequence, one + write_der(kDerSet, sm3) + write_der(kDerSequence, object(kData)) +
                                                  write_der(kDerContext0, certificate) + write_der(kDerSet, signer));
    return write_der(kDerSequence, object(kSignedData) + write_der(kDerContext0, data));
}

Instant today(int days_later) {
    static const auto now = SystemClock().now();
    return {now.microseconds + days_later * kMicrosecondsPerDay};
}

} // namespace huitong::signature::tests
