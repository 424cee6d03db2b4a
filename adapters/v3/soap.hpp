/// SOAP as hospitals' platforms speak it: an operation with the name of a service and a V3 message as text, or the message itself in the
/// body.
///
///     <HIPMessageServer xmlns="urn:hl7-org:v3"><action>PatientInfoRegister</action><message>&lt;PRPA_IN201311UV02
///     …</message></HIPMessageServer>
///
/// Whatever the operation's element is called and whichever namespaces its writer chose: names are compared without prefixes.
/// Thread: any; pure. Source: SOAP 1.1 §4, SOAP 1.2 part 1 §5; WSDL 1.1.
#pragma once

#include "base/limits.hpp"
#include "base/outcome.hpp"

#include <string>
#include <string_view>

namespace huitong::adapters::v3 {

struct Call {
    std::string action;    ///< the service: the operation's `action`, else the header SOAPAction; "" when neither names one
    std::string message;   ///< the V3 message, UTF-8
    std::string operation; ///< local name of the element in the body; "" when that is the message itself
    bool is_soap12 = false;
};

/// `charset` "": what the XML declaration or the bytes say. Issues: xml-syntax, xml-doctype, xml-depth-max, soap-envelope, soap-message.
Parsed<Call> read_call(std::string_view bytes, std::string_view charset, std::string_view soap_action, const Limits& limits);

/// The answer in its envelope: as the operation's response with `payload`, or as it is.
std::string write_reply(const Call& call, std::string_view message);
/// `by_sender`: the request was wrong; else the hub could not.
std::string write_fault(bool is_soap12, bool by_sender, std::string_view rule, std::string_view words);
/// One port, one operation: action and message in, payload out.
std::string write_wsdl(std::string_view address);

} // namespace huitong::adapters::v3
