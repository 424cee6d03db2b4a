#include "adapters/v3/soap.hpp"

#include "adapters/cda/document.hpp"
#include "base/xml_text.hpp"
#include "fhir/xml_scan.hpp"

#include <pugixml.hpp>

#include <sstream>

namespace huitong::adapters::v3 {
namespace {

constexpr std::string_view kSoap11 = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr std::string_view kSoap12 = "http://www.w3.org/2003/05/soap-envelope";

std::string_view local_name(pugi::xml_node node) {
    const std::string_view name = node.name();
    const auto colon = name.find(':');
    return colon == name.npos ? name : name.substr(colon + 1);
}

pugi::xml_node first_element(pugi::xml_node parent) {
    for (const auto child : parent.children()) {
        if (child.type() == pugi::node_element) return child;
    }
    return {};
}

pugi::xml_node child_named(pugi::xml_node parent, std::string_view name) {
    for (const auto child : parent.children()) {
        if (local_name(child) == name) return child;
    }
    return {};
}

/// The text below a node, or its one element as text.
std::string content_of(pugi::xml_node node) {
    if (const auto inner = first_element(node)) {
        std::ostringstream out;
        inner.print(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
        return out.str();
    }
    std::string out;
    for (const auto child : node.children()) out += child.value();
    return out;
}

/// V3 interactions are named like PRPA_IN201311UV02.
bool is_interaction(std::string_view name) { return name.size() > 7 && name.substr(4, 3) == "_IN"; }

std::string_view unquoted(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    const auto last = text.find_last_of("/:#");
    return last == text.npos ? text : text.substr(last + 1);
}

std::string enveloped(bool is_soap12, const std::string& body) {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"" + std::string(is_soap12 ? kSoap12 : kSoap11) +
           "\"><soap:Body>" + body + "</soap:Body></soap:Envelope>\n";
}

void read_body(pugi::xml_node body, Parsed<Call>& out) {
    const auto operation = first_element(body);
    if (!operation) {
        out.issues.add(error(IssueCode::structure, "Body", "soap-message"));
        return;
    }
    if (is_interaction(local_name(operation))) {
        out.value.message = content_of(body);
        return;
    }
    out.value.operation = std::string(local_name(operation));
    if (const auto action = child_named(operation, "action")) out.value.action = content_of(action);
    if (const auto message = child_named(operation, "message")) out.value.message = content_of(message);
    const auto begin = out.value.message.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    out.value.message.erase(0, begin);
    if (out.value.message.empty()) out.issues.add(error(IssueCode::required, "Body", "soap-message"));
}

} // namespace

Parsed<Call> read_call(std::string_view bytes, std::string_view charset, std::string_view soap_action, const Limits& limits) {
    Parsed<Call> out;
    auto text = to_utf8(bytes, cda::document_charset(bytes, charset));
    out.issues = std::move(text.issues);
    const auto scan = fhir::scan_xml(text.value);
    if (scan.has_doctype) out.issues.add(error(IssueCode::structure, "", "xml-doctype"));
    if (scan.depth > limits.xml_depth_max)
        out.issues.add(error(IssueCode::structure, "", "xml-depth-max", {std::to_string(limits.xml_depth_max)}));
    if (out.issues.has_errors()) return out;
    pugi::xml_document document;
    const auto result = document.load_buffer(text.value.data(), text.value.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!result) {
        out.issues.add(error(IssueCode::structure, "", "xml-syntax", {result.description()}));
        return out;
    }
    const auto envelope = document.document_element();
    for (const auto attribute : envelope.attributes()) out.value.is_soap12 = out.value.is_soap12 || attribute.value() == kSoap12;
    const auto body = child_named(envelope, "Body");
    if (local_name(envelope) != "Envelope" || !body) {
        out.issues.add(error(IssueCode::structure, "", "soap-envelope"));
        return out;
    }
    read_body(body, out);
    if (out.value.action.empty()) out.value.action = std::string(unquoted(soap_action));
    return out;
}

std::string write_reply(const Call& call, std::string_view message) {
    if (call.operation.empty()) {
        const auto declaration = message.starts_with("<?xml") ? message.find("?>") : message.npos;
        return enveloped(call.is_soap12, std::string(declaration == message.npos ? message : message.substr(declaration + 2)));
    }
    return enveloped(call.is_soap12, '<' + call.operation + "Response xmlns=\"urn:hl7-org:v3\"><payload>" + xml_text(message) +
                                         "</payload></" + call.operation + "Response>");
}

std::string write_fault(bool is_soap12, bool by_sender, std::string_view rule, std::string_view words) {
    const auto detail = "<rule xmlns=\"https://huitong.example/fhir\">" + xml_text(rule) + "</rule>";
    if (!is_soap12)
        return enveloped(false, std::string("<soap:Fault><faultcode>soap:") + (by_sender ? "Client" : "Server") +
                                    "</faultcode><faultstring>" + xml_text(words) + "</faultstring><detail>" + detail +
                                    "</detail></soap:Fault>");
    return enveloped(true, std::string("<soap:Fault><soap:Code><soap:Value>soap:") + (by_sender ? "Sender" : "Receiver") +
                               "</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang=\"zh\">" + xml_text(words) +
                               "</soap:Text></soap:Reason><soap:Detail>" + detail + "</soap:Detail></soap:Fault>");
}

std::string write_wsdl(std::string_view address) {
    return R"(<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:v3="urn:hl7-org:v3" targetNamespace="urn:hl7-org:v3" name="HIPMessageService">
  <wsdl:types>
    <xs:schema targetNamespace="urn:hl7-org:v3" elementFormDefault="qualified">
      <xs:element name="HIPMessageServer"><xs:complexType><xs:sequence>
        <xs:element name="action" type="xs:string"/><xs:element name="message" type="xs:string"/>
      </xs:sequence></xs:complexType></xs:element>
      <xs:element name="HIPMessageServerResponse"><xs:complexType><xs:sequence>
        <xs:element name="payload" type="xs:string"/>
      </xs:sequence></xs:complexType></xs:element>
    </xs:schema>
  </wsdl:types>
  <wsdl:message name="Request"><wsdl:part name="parameters" element="v3:HIPMessageServer"/></wsdl:message>
  <wsdl:message name="Response"><wsdl:part name="parameters" element="v3:HIPMessageServerResponse"/></wsdl:message>
  <wsdl:portType name="HIPMessagePort">
    <wsdl:operation name="HIPMessageServer"><wsdl:input message="v3:Request"/><wsdl:output message="v3:Response"/></wsdl:operation>
  </wsdl:portType>
  <wsdl:binding name="HIPMessageBinding" type="v3:HIPMessagePort">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="HIPMessageServer">
      <soap:operation soapAction="urn:hl7-org:v3/HIPMessageServer" style="document"/>
      <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation>
  </wsdl:binding>
  <wsdl:service name="HIPMessageService">
    <wsdl:port name="HIPMessagePort" binding="v3:HIPMessageBinding"><soap:address location=")" +
           xml_text(address) + R"("/></wsdl:port>
  </wsdl:service>
</wsdl:definitions>
)";
}

} // namespace huitong::adapters::v3
