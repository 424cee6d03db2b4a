// XML signatures: what holds, and each way in which one does not.
#include "support/files.hpp"
#include "unit/signature/signers.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>

using namespace huitong;
using namespace huitong::signature;
using namespace huitong::signature::tests;

namespace {

constexpr std::uint32_t kDepth = 128;
const std::string kDocument =
    R"(<ClinicalDocument xmlns="urn:hl7-org:v3" ID="doc"><id extension="RN1"/><value ID="v">10 mg</value></ClinicalDocument>)";

std::vector<Finding> checked(const std::string& text, Instant received_at = today()) {
    return check_inside({text, text}, &Signers::instance().authorities(), received_at, kDepth);
}
/// "verified", the rule that refuses the only signature, or how many there are.
std::string verdict(const std::vector<Finding>& findings) {
    if (findings.size() != 1) return std::to_string(findings.size()) + " findings";
    return findings.front().refusal ? findings.front().refusal->rule : "verified";
}
std::string verdict_of(const XmlPlan& plan, const std::string& document = kDocument, Instant received_at = today()) {
    return verdict(checked(with_signature(document, sign_xml(document, plan)), received_at));
}
std::string replaced(std::string text, std::string_view old, std::string_view with) {
    const auto at = text.find(old);
    BOOST_REQUIRE(at != text.npos);
    return text.replace(at, old.size(), with);
}

XmlPlan by(const std::string& signer, const std::string& method, const std::string& digest) {
    XmlPlan plan;
    plan.signer = signer;
    plan.method = method;
    plan.digest = digest;
    return plan;
}
XmlPlan by(const std::string& signer) {
    XmlPlan plan;
    plan.signer = signer;
    return plan;
}
const std::string kSha256 = "http://www.w3.org/2001/04/xmlenc#sha256", kSm3 = "urn:oid:1.2.156.10197.1.401";
const std::string kMore = "http://www.w3.org/2001/04/xmldsig-more#", kInclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";

const std::string kMoreYet = "http://www.w3.org/2007/05/xmldsig-more#";

} // namespace

BOOST_AUTO_TEST_SUITE(signature_xml)

BOOST_AUTO_TEST_CASE(each_algorithm_that_is_accepted_verifies) {
    BOOST_TEST(verdict_of(by("rsa")) == "verified");
    BOOST_TEST(verdict_of(by("rsa", kMore + "rsa-sha512", "http://www.w3.org/2001/04/xmlenc#sha512")) == "verified");
    BOOST_TEST(verdict_of(by("rsa", kMoreYet + "sha256-rsa-MGF1", kSha256)) == "verified");
    BOOST_TEST(verdict_of(by("rsa", kMoreYet + "sha512-rsa-MGF1", kSha256)) == "verified");
    BOOST_TEST(verdict_of(by("ec", kMore + "ecdsa-sha256", kSha256)) == "verified");
    BOOST_TEST(verdict_of(by("sm2", "urn:oid:1.2.156.10197.1.501", kSm3)) == "verified");
    auto plan = by("rsa");
    plan.form = kInclusive;
    BOOST_TEST(verdict_of(plan) == "verified");
    plan.uri = "#doc";
    BOOST_TEST(verdict_of(plan) == "verified");
}

BOOST_AUTO_TEST_CASE(a_finding_says_who_signed_when_and_how) {
    auto plan = by("sm2", "urn:oid:1.2.156.10197.1.501", kSm3);
    plan.signing_time = instant_text(today(-1), 0).substr(0, 19) + "Z";
    const auto found = checked(with_signature(kDocument, sign_xml(kDocument, plan)), today(1));
    BOOST_TEST(found.front().signer == "Doctor sm2");
    BOOST_TEST(found.front().issuer == "Authority sm2");
    BOOST_TEST(found.front().method == "SM2-SM3");
    BOOST_TEST(found.front().format == "application/signature+xml");
    BOOST_TEST(found.front().certificate.size() == 64U);
    // The certificate began today: what claims to be of yesterday was signed before it.
    BOOST_TEST(verdict(found) == "signature-certificate-time");
    BOOST_TEST(found.front().signed_at.microseconds / kMicrosecondsPerSecond == today(-1).microseconds / kMicrosecondsPerSecond);
}

BOOST_AUTO_TEST_CASE(without_a_signature_there_is_no_finding) { BOOST_TEST(verdict(checked(kDocument)) == "0 findings"); }

BOOST_AUTO_TEST_CASE(a_changed_document_is_not_what_was_signed) {
    const auto text = with_signature(kDocument, sign_xml(kDocument, by("rsa")));
    BOOST_TEST(verdict(checked(replaced(text, "10 mg", "100 mg"))) == "signature-other-content");
    BOOST_TEST(verdict(checked(replaced(text, "</value>", "</value> "))) == "signature-other-content");
    BOOST_TEST(verdict(checked(replaced(text, "RN1\"/>", "RN1\"></id>"))) == "verified"); // another writing of the same
    BOOST_TEST(verdict(checked(replaced(text, "10 mg", "1<!-- -->0 mg"))) == "verified"); // which the reader reads as 10 mg
}

BOOST_AUTO_TEST_CASE(a_digest_that_is_exchanged_breaks_the_signature) {
    const auto changed = replaced(kDocument, "10 mg", "100 mg");
    const auto honest = sign_xml(kDocument, by("rsa")), other = sign_xml(changed, by("rsa"));
    const auto digest = [](const std::string& text) {
        const auto begin = text.find("<ds:DigestValue>");
        return text.substr(begin, text.find("</ds:DigestValue>") - begin);
    };
    BOOST_TEST(verdict(checked(with_signature(changed, replaced(honest, digest(honest), digest(other))))) == "signature-value");
}

BOOST_AUTO_TEST_CASE(a_reference_to_a_part_is_not_one_to_the_document) {
    auto plan = by("rsa");
    plan.uri = "#v";
    plan.signed_text = R"(<value xmlns="urn:hl7-org:v3" ID="v">10 mg</value>)";
    BOOST_TEST(verdict_of(plan) == "signature-part");
    plan.uri = "#nobody";
    BOOST_TEST(verdict_of(plan) == "signature-part");
    plan.uri = "file:///etc/hostname";
    BOOST_TEST(verdict_of(plan) == "signature-part");
}

BOOST_AUTO_TEST_CASE(a_signed_document_wrapped_into_another_is_a_part_of_it) {
    auto plan = by("rsa");
    plan.uri = "#doc";
    const auto honest = with_signature(kDocument, sign_xml(kDocument, plan));
    const auto wrapped = R"(<ClinicalDocument xmlns="urn:hl7-org:v3"><id extension="RN1"/><value>100 mg</value><component>)" + honest +
                         "</component></ClinicalDocument>";
    BOOST_TEST(verdict(checked(wrapped)) == "signature-part");
    // The signature moved to the root, the document that it is of below it.
    const auto signature = sign_xml(kDocument, plan);
    const auto moved = R"(<ClinicalDocument xmlns="urn:hl7-org:v3"><value>100 mg</value><component>)" + kDocument + "</component>" +
                       signature + "</ClinicalDocument>";
    BOOST_TEST(verdict(checked(moved)) == "signature-part");
    // Both have the id.
    const auto twice = R"(<ClinicalDocument xmlns="urn:hl7-org:v3" ID="doc"><value>100 mg</value><component>)" + kDocument +
                       "</component>" + signature + "</ClinicalDocument>";
    BOOST_TEST(verdict(checked(twice)) == "signature-part");
}

BOOST_AUTO_TEST_CASE(a_second_signature_that_does_not_hold_is_a_finding_too) {
    const auto text = with_signature(kDocument, sign_xml(kDocument, by("rsa")));
    const auto found = checked(with_signature(text, sign_xml(text, by("stranger"))));
    BOOST_TEST(found.size() == 2U);
    BOOST_TEST(found[0].refusal->rule == "signature-other-content"); // a signature was added to what it is of
    BOOST_TEST(found[1].refusal->rule == "signature-unknown-authority");
}

BOOST_AUTO_TEST_CASE(algorithms_and_transforms_outside_of_the_list_are_not_accepted) {
    auto plan = by("rsa");
    plan.further_transform = "http://www.w3.org/TR/1999/REC-xslt-19991116";
    BOOST_TEST(verdict_of(plan) == "signature-algorithm");
    plan = by("rsa");
    plan.digest = "http://www.w3.org/2000/09/xmldsig#sha1";
    BOOST_TEST(verdict_of(plan) == "signature-algorithm");
    const auto text = with_signature(kDocument, sign_xml(kDocument, by("rsa")));
    for (const auto* method : {"http://www.w3.org/2000/09/xmldsig#hmac-sha1", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", ""})
        BOOST_TEST(verdict(checked(replaced(text, kMore + "rsa-sha256", method))) == "signature-algorithm");
    BOOST_TEST(verdict(checked(replaced(text, kMore + "rsa-sha256", kMore + "ecdsa-sha256"))) == "signature-value");
    BOOST_TEST(verdict(checked(replaced(text, kMore + "rsa-sha256", kMoreYet + "sha256-rsa-MGF1"))) == "signature-value");
    plan = by("rsa");
    plan.is_enveloped = false; // a signature that is signed along has no end
    plan.signed_text = "x";
    const auto inside = with_signature(kDocument, sign_xml(kDocument, plan));
    BOOST_TEST(verdict(checked(inside)) == "signature-part");
}

BOOST_AUTO_TEST_CASE(a_signer_whom_no_configured_authority_knows_is_not_verified) {
    BOOST_TEST(verdict_of(by("stranger")) == "signature-unknown-authority");
    const auto text = with_signature(kDocument, sign_xml(kDocument, by("rsa")));
    BOOST_TEST(verdict(check_inside({text, text}, nullptr, today(), kDepth)) == "signature-no-authorities");
    const auto begin = text.find("<ds:KeyInfo>");
    auto bare = text;
    bare.erase(begin, text.find("</ds:KeyInfo>") + 13 - begin);
    BOOST_TEST(verdict(checked(bare)) == "signature-no-certificate");
}

BOOST_AUTO_TEST_CASE(keys_that_are_for_something_else_or_weak_do_not_count) {
    BOOST_TEST(verdict_of(by("encipher")) == "signature-key-usage");
    BOOST_TEST(verdict_of(by("server")) == "signature-key-usage");
    BOOST_TEST(verdict_of(by("small")) == "signature-key-weak");
}

BOOST_AUTO_TEST_CASE(certificates_count_as_long_as_they_hold_and_are_not_taken_back) {
    BOOST_TEST(verdict_of(by("taken-back")) == "signature-revoked");
    BOOST_TEST(verdict_of(by("taken-back-sm2", "urn:oid:1.2.156.10197.1.501", kSm3)) == "signature-revoked");
    BOOST_TEST(verdict_of(by("rsa"), kDocument, today(20)) == "signature-list");                           // the list ran out
    BOOST_TEST(verdict_of(by("ec", kMore + "ecdsa-sha256", kSha256), kDocument, today(20)) == "verified"); // this authority has none
    BOOST_TEST(verdict_of(by("ec", kMore + "ecdsa-sha256", kSha256), kDocument, today(40)) == "signature-certificate-time");
    auto plan = by("ec", kMore + "ecdsa-sha256", kSha256);
    plan.signing_time = instant_text(today(10), 0).substr(0, 19) + "Z"; // while it held
    BOOST_TEST(verdict_of(plan, kDocument, today(40)) == "verified");
    BOOST_TEST(verdict_of(plan, kDocument, today(5)) == "signature-time");
}

BOOST_AUTO_TEST_CASE(a_signing_time_that_nobody_signed_is_not_believed) {
    auto plan = by("ec", kMore + "ecdsa-sha256", kSha256);
    plan.signing_time = instant_text(today(10), 0).substr(0, 19) + "Z";
    const auto text = with_signature(kDocument, sign_xml(kDocument, plan));
    BOOST_TEST(verdict(checked(replaced(text, plan.signing_time, instant_text(today(20), 0).substr(0, 19) + "Z"), today(40))) ==
               "signature-other-content");
    plan.signing_time.clear();
    plan.object =
        R"(<ds:Object><x:QualifyingProperties xmlns:x="http://uri.etsi.org/01903/v1.3.2#"><x:SignedProperties Id="p"><x:SignedSignatureProperties>)"
        R"(<x:SigningTime>2026-01-01T00:00:00Z</x:SigningTime></x:SignedSignatureProperties></x:SignedProperties></x:QualifyingProperties></ds:Object>)";
    const auto found = checked(with_signature(kDocument, sign_xml(kDocument, plan)), today(1));
    BOOST_TEST(verdict(found) == "verified");
    BOOST_TEST(found.front().signed_at.microseconds == today(1).microseconds);
}

BOOST_AUTO_TEST_CASE(a_signature_beside_the_document_is_of_its_bytes) {
    auto plan = by("rsa");
    plan.is_enveloped = false;
    plan.uri = "report.xml";
    const auto signature = sign_xml(kDocument, plan);
    const auto beside = [&](const std::string& document) {
        return verdict(check_beside({document, document}, signature, &Signers::instance().authorities(), today(), kDepth));
    };
    BOOST_TEST(beside(kDocument) == "verified");
    BOOST_TEST(beside(replaced(kDocument, "10 mg", "100 mg")) == "signature-other-content");
}

BOOST_AUTO_TEST_CASE(hostile_signatures_end_in_a_finding) {
    const std::string open = R"(<ClinicalDocument xmlns="urn:hl7-org:v3">)", close = "</ClinicalDocument>";
    const std::string empty = R"(<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>)";
    BOOST_TEST(verdict(checked(open + empty + close)) == "signature-unreadable");
    std::string many = open;
    for (int count = 0; count < 1000; ++count) many += empty;
    const auto found = checked(many + close);
    BOOST_TEST(found.size() == 4U);
    BOOST_TEST(verdict(checked(open + empty + "<a b='1' b='2'/>" + close)) == "signature-unreadable");
    std::string deep = open + empty;
    for (int count = 0; count < 100'000; ++count) deep += "<a>";
    BOOST_TEST(verdict(checked(deep)) == "0 findings"); // the reader of documents refuses it
    std::string declared = open + empty + "<a";
    for (int count = 0; count < 100'000; ++count) declared += " xmlns:p" + std::to_string(count) + "='u'";
    declared += ">";
    for (int count = 0; count < 100'000; ++count) declared += "<b/>";
    BOOST_TEST(verdict(checked(declared + "</a>" + close)) == "signature-unreadable");
    const auto& authorities = Signers::instance().authorities();
    for (const auto* junk :
         {"", "<", "<a/>", "\x30", "\x30\x80", "MIIB", "-----BEGIN PKCS7-----", "-----BEGIN X-----\nMA==\n-----END X-----"})
        BOOST_TEST(verdict(check_beside({kDocument, kDocument}, junk, &authorities, today(), kDepth)) == "signature-unreadable", junk);
}

// What another program signed.
BOOST_AUTO_TEST_CASE(signatures_of_xmlsec1_verify) {
    if (std::system("command -v xmlsec1 >/dev/null") != 0) {
        BOOST_TEST_MESSAGE("skipped: no xmlsec1 here");
        return;
    }
    const auto& folder = Signers::instance().folder();
    for (const auto& [signer, method] : {std::pair{"rsa", "rsa-sha256"}, {"ec", "ecdsa-sha256"}, {"rsa", "rsa-sha512"}}) {
        for (const auto* form : {"http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"}) {
            const auto blank =
                R"(<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod Algorithm=")" +
                std::string(form) + R"("/><SignatureMethod Algorithm=")" + kMore + method + R"("/><Reference URI=""><Transforms>)" +
                R"(<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><Transform Algorithm=")" + form +
                R"("/></Transforms><DigestMethod Algorithm=")" + kSha256 + R"("/><DigestValue/></Reference></SignedInfo>)" +
                "<SignatureValue/><KeyInfo><X509Data/></KeyInfo></Signature>";
            const auto file = folder.file("unsigned.xml"), out = folder.file("signed.xml");
            std::ofstream(file, std::ios::binary) << "<?xml version=\"1.0\"?>\n<!-- x --><?y z?>\n"
                                                  << with_signature(kDocument, "\n  <a xmlns='urn:x'>&#13;</a>" + blank);
            const auto command = "xmlsec1 --sign --privkey-pem " + folder.file(std::string(signer) + ".key") + ',' +
                                 folder.file(std::string(signer) + ".pem") + " --output " + out + ' ' + file;
            BOOST_REQUIRE(std::system(command.c_str()) == 0);
            const auto text = huitong::tests::read_file(out);
            BOOST_TEST(verdict(checked(text)) == "verified", method << ' ' << form);
            BOOST_TEST(verdict(checked(replaced(text, "10 mg", "11 mg"))) == "signature-other-content");
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
