// A tree written as XML and read again.
#include "adapters/cda/document.hpp"
#include "adapters/cda/xml_writer.hpp"

#include <boost/test/unit_test.hpp>

namespace huitong::adapters::cda::tests {

namespace {

fhir::NodeIndex add(fhir::Document& document, fhir::NodeIndex parent, std::string_view name, std::string_view text = {}) {
    const auto child = document.add_child(parent, name, false);
    if (!text.empty()) document.set_value(child, fhir::ValueKind::text, text);
    return child;
}

/// <ClinicalDocument><id root extension/><component><observation><value xsi:type="ST">…
fhir::DocumentPtr small_document(std::string_view words) {
    auto out = std::make_shared<fhir::Document>();
    out->set_root("ClinicalDocument");
    add(*out, 0, "_fingerprint", "f00");
    const auto id = add(*out, 0, "id");
    add(*out, id, "root", "1.2.3");
    add(*out, id, "extension", "A\"1");
    const auto observation = add(*out, add(*out, 0, "component"), "observation");
    add(*out, observation, "classCode", "OBS");
    const auto value = add(*out, observation, "value", words);
    add(*out, value, "xsiType", "ST");
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(xml_writer)

BOOST_AUTO_TEST_CASE(attributes_are_told_from_elements_by_their_names) {
    const auto text = write_xml(small_document("阴性")->root(), Charset::utf8).value;
    BOOST_TEST(text.find(R"(<id root="1.2.3" extension="A&quot;1"/>)") != text.npos);
    BOOST_TEST(text.find(R"(<observation classCode="OBS">)") != text.npos);
    BOOST_TEST(text.find(R"(<value xsi:type="ST">阴性</value>)") != text.npos);
    BOOST_TEST(text.find("_fingerprint") == text.npos);
    BOOST_TEST(text.starts_with(R"(<?xml version="1.0" encoding="UTF-8"?>)"));
    BOOST_TEST(text.find(R"(<ClinicalDocument xmlns="urn:hl7-org:v3" )") != text.npos);
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
    const auto words = "a < b & c > \"d\" 䶮";
    for (const auto charset : {Charset::utf8, Charset::gb18030}) {
        const auto text = write_xml(small_document(words)->root(), charset);
        BOOST_TEST(text.issues.empty());
        const auto read = read_document(text.value, "", Limits());
        BOOST_TEST(read.issues.empty());
        const auto observation = read.value->root()["component.observation"];
        BOOST_TEST(observation.text("value") == words);
        BOOST_TEST(observation.text("value.xsiType") == "ST");
        BOOST_TEST(read.value->root().text("id.extension") == "A\"1");
    }
}

BOOST_AUTO_TEST_CASE(characters_that_xml_cannot_hold_are_left_out) {
    const auto text = write_xml(small_document(std::string_view("a\x01\x0b"
                                                                "b\tc",
                                                                6))
                                    ->root(),
                                Charset::utf8)
                          .value;
    BOOST_TEST(text.find(">ab\tc<") != text.npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::cda::tests
