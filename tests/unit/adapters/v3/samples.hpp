/// A V3 message and envelopes around it, for the tests of this folder.
#pragma once

#include "base/xml_text.hpp"

#include <string>

namespace huitong::adapters::v3::tests {

inline std::string message(const std::string& interaction, const std::string& control = "",
                           const std::string& id = "0f1e2d3c4b5a69788796a5b4c3d2e1f0") {
    return "<" + interaction + R"( xmlns="urn:hl7-org:v3" ITSVersion="XML_1.0"><id root="2.16.156.10011.2.5.1.1" extension=")" + id +
           R"("/><creationTime value="20261120093000"/><sender typeCode="SND"><device><id><item root="1" extension="HIS-0001"/></id></device></sender>)" +
           R"(<controlActProcess classCode="CACT" moodCode="EVN">)" + control + "</controlActProcess></" + interaction + ">";
}

inline std::string person(const std::string& name = "喆婉婷") {
    return message(
        "PRPA_IN201311UV02",
        R"(<subject><registrationRequest><subject1><patient><id><item root="2.16.156.10011.2.5.1.4" extension="P1"/></id><patientPerson><name>)" +
            name + "</name></patientPerson></patient></subject1></registrationRequest></subject>");
}

/// The operation of ?wsdl with the message as text.
inline std::string call(const std::string& action, const std::string& text) {
    return R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><HIPMessageServer xmlns="urn:hl7-org:v3"><action>)" +
           action + "</action><message>" + xml_text(text) + "</message></HIPMessageServer></s:Body></s:Envelope>";
}

} // namespace huitong::adapters::v3::tests
