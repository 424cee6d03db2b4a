// Envelopes as different programs write them, and what is none.
#include "adapters/v3/soap.hpp"
#include "base/charset.hpp"
#include "unit/adapters/v3/samples.hpp"

#include <boost/test/unit_test.hpp>

namespace huitong::adapters::v3::tests {

namespace {

std::string rule_of(const Outcome& issues) { return issues.leading() ? issues.leading()->rule : std::string(); }
Parsed<Call> read(const std::string& bytes, const std::string& action = "") { return read_call(bytes, "", action, Limits()); }

} // namespace

BOOST_AUTO_TEST_SUITE(soap)

BOOST_AUTO_TEST_CASE(the_message_is_text_a_cdata_section_or_an_element) {
    const auto text = read(call("PatientInfoRegister", person()));
    BOOST_TEST(rule_of(text.issues) == "");
    BOOST_TEST(text.value.action == "PatientInfoRegister");
    BOOST_TEST(text.value.message == person());
    const std::string head =
        R"(<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><x:anything xmlns:x="urn:x"><x:action>A</x:action><x:message>)";
    const std::string tail = "</x:message></x:anything></e:Body></e:Envelope>";
    const auto cdata = read(head + "<![CDATA[ \n<?xml version=\"1.0\" encoding=\"GB18030\"?>" + person() + "]]>" + tail);
    BOOST_TEST(cdata.value.is_soap12);
    BOOST_TEST(cdata.value.message.starts_with("<?xml"));
    const auto element = read(head + person() + tail);
    BOOST_TEST(element.value.message.starts_with("<PRPA_IN201311UV02"));
    BOOST_TEST(element.value.operation == "anything");
}

BOOST_AUTO_TEST_CASE(the_message_may_stand_in_the_body_and_the_service_in_the_header) {
    const auto read_bare = read("<Envelope><Body>" + person() + "</Body></Envelope>", "\"urn:hl7-org:v3/PatientInfoRegister\"");
    BOOST_TEST(rule_of(read_bare.issues) == "");
    BOOST_TEST(read_bare.value.action == "PatientInfoRegister");
    BOOST_TEST(read_bare.value.operation == "");
    const auto reply = write_reply(read_bare.value, "<?xml version=\"1.0\"?><MCCI_IN000002UV01/>");
    BOOST_TEST(reply.find("<soap:Body><MCCI_IN000002UV01/></soap:Body>") != reply.npos);
}

BOOST_AUTO_TEST_CASE(chinese_in_gb18030_is_read_whatever_the_declaration_says) {
    const auto utf8 = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + call("PatientInfoRegister", person("喆䶮"));
    const auto text = read(from_utf8(utf8, Charset::gb18030).value);
    BOOST_TEST(text.value.message == person("喆䶮"));
}

BOOST_AUTO_TEST_CASE(what_is_no_envelope_is_refused_with_its_reason) {
    BOOST_TEST(rule_of(read("{}").issues) == "xml-syntax");
    BOOST_TEST(rule_of(read("<a/>").issues) == "soap-envelope");
    BOOST_TEST(rule_of(read("<Envelope><Header/></Envelope>").issues) == "soap-envelope");
    BOOST_TEST(rule_of(read("<Envelope><Body/></Envelope>").issues) == "soap-message");
    BOOST_TEST(rule_of(read(call("PatientInfoRegister", " \n")).issues) == "soap-message");
    BOOST_TEST(rule_of(read("<!DOCTYPE a [<!ENTITY b \"bb\">]><Envelope><Body>&b;</Body></Envelope>").issues) == "xml-doctype");
    std::string deep;
    for (int i = 0; i < 200; ++i) deep += "<a>";
    BOOST_TEST(rule_of(read(deep).issues) == "xml-depth-max");
}

BOOST_AUTO_TEST_CASE(a_fault_has_the_form_of_its_version) {
    const auto old = write_fault(false, true, "xml-doctype", "a < b");
    BOOST_TEST(old.find("<faultcode>soap:Client</faultcode><faultstring>a &lt; b</faultstring>") != old.npos);
    const auto newer = write_fault(true, false, "v3-not-stored", "x");
    BOOST_TEST(newer.find("<soap:Value>soap:Receiver</soap:Value>") != newer.npos);
    BOOST_TEST(newer.find("http://www.w3.org/2003/05/soap-envelope") != newer.npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::v3::tests
