// CMS beside a document: what the openssl command signs, and SM2 in the form of GB/T 35275.
#include "base/base64.hpp"
#include "support/files.hpp"
#include "unit/signature/signers.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>

using namespace huitong;
using namespace huitong::signature;
using namespace huitong::signature::tests;

namespace {

const std::string kDocument = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>\n";

std::string signed_by(const std::string& signer, const std::string& options) {
    const auto& folder = Signers::instance().folder();
    std::ofstream(folder.file("document.xml"), std::ios::binary) << kDocument;
    const auto command = "openssl cms -sign -binary -in " + folder.file("document.xml") + " -signer " + folder.file(signer + ".pem") +
                         " -inkey " + folder.file(signer + ".key") + " -outform DER -out " + folder.file("out.p7s") + ' ' + options;
    BOOST_REQUIRE(std::system(command.c_str()) == 0);
    return huitong::tests::read_file(folder.file("out.p7s"));
}

Finding only(const std::string& signature, const std::string& document = kDocument, Instant received_at = today()) {
    auto found = check_beside({document, document}, signature, &Signers::instance().authorities(), received_at, 128);
    BOOST_REQUIRE(found.size() == 1U);
    return found.front();
}
std::string verdict(const Finding& finding) { return finding.refusal ? finding.refusal->rule : "verified"; }

} // namespace

BOOST_AUTO_TEST_SUITE(signature_cms)

BOOST_AUTO_TEST_CASE(what_the_openssl_command_signed_verifies) {
    for (const auto& [signer, options] : {std::pair<std::string, std::string>{"rsa", ""},
                                          {"rsa", "-noattr"},
                                          {"rsa", "-keyid -md sha512"},
                                          {"ec", "-md sha256"},
                                          {"rsa", "-keyopt rsa_padding_mode:pss"},
                                          {"rsa", "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:20 -md sha384"},
                                          {"ec", "-nodetach"}}) {
        const auto found = only(signed_by(signer, options));
        BOOST_TEST(verdict(found) == "verified", signer << ' ' << options);
        BOOST_TEST(found.signer == "Doctor " + signer);
        BOOST_TEST(found.format == "application/pkcs7-signature");
    }
}

BOOST_AUTO_TEST_CASE(pem_and_base64_are_read_too) {
    const auto der = signed_by("rsa", "");
    BOOST_TEST(verdict(only(encode_base64(der))) == "verified");
    BOOST_TEST(verdict(only("-----BEGIN CMS-----\n" + encode_base64(der) + "\n-----END CMS-----\n")) == "verified");
}

BOOST_AUTO_TEST_CASE(sm2_in_the_national_form_verifies) {
    const auto found = only(sign_cms_sm2(kDocument));
    BOOST_TEST(verdict(found) == "verified");
    BOOST_TEST(found.method == "SM2-SM3");
    BOOST_TEST(verdict(only(sign_cms_sm2(kDocument), kDocument + ' ')) == "signature-value");
}

BOOST_AUTO_TEST_CASE(another_document_is_not_what_was_signed) {
    BOOST_TEST(verdict(only(signed_by("rsa", ""), kDocument + ' ')) == "signature-other-content");
    BOOST_TEST(verdict(only(signed_by("rsa", "-noattr"), kDocument + ' ')) == "signature-value");
    BOOST_TEST(verdict(only(signed_by("rsa", "-nodetach"), kDocument + ' ')) == "signature-other-content");
}

BOOST_AUTO_TEST_CASE(strangers_and_keys_for_something_else_do_not_count) {
    BOOST_TEST(verdict(only(signed_by("stranger", ""))) == "signature-unknown-authority");
    BOOST_TEST(verdict(only(signed_by("taken-back", ""))) == "signature-revoked");
    BOOST_TEST(verdict(only(signed_by("rsa", "-nocerts"))) == "signature-no-certificate");
    BOOST_TEST(verdict(only(signed_by("rsa", "-md sha1"))) == "signature-algorithm");
    BOOST_TEST(verdict(only(signed_by("ec", ""), kDocument, today(400))) == "verified"); // it says that it was signed today
}

BOOST_AUTO_TEST_CASE(every_byte_that_is_cut_or_changed_is_found) {
    const auto der = signed_by("rsa", "");
    for (std::size_t size = 0; size < der.size(); size += 7) BOOST_TEST(verdict(only(der.substr(0, size))) != "verified");
    std::size_t verified = 0;
    for (std::size_t at = 0; at < der.size(); at += 3) {
        auto changed = der;
        changed[at] = static_cast<char>(changed[at] ^ 0x41);
        for (const auto& one : check_beside({kDocument, kDocument}, changed, &Signers::instance().authorities(), today(), 128)) {
            if (one.is_verified()) ++verified;
        }
    }
    // The few that are under no signature: version numbers, the list of digests, and the S/MIME capabilities' frame are read by nobody.
    BOOST_TEST(verified < der.size() / 100);
}

BOOST_AUTO_TEST_SUITE_END()
