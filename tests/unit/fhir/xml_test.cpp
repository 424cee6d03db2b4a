// FHIR R4, XML representation. The narrative is kept byte for byte, entities of foreign documents are never expanded.
#include "fhir/xml.hpp"

#include "unit/fhir/trees.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::fhir;
using huitong::fhir::tests::described;
using huitong::tests::r4_definitions;
using huitong::tests::rule_of;

namespace {

Parsed<DocumentPtr> read(std::string text) { return read_fhir_xml(std::move(text), r4_definitions()); }

std::string patient(std::string_view inside) { return "<Patient xmlns=\"http://hl7.org/fhir\">" + std::string(inside) + "</Patient>"; }

} // namespace

BOOST_AUTO_TEST_SUITE(xml)

BOOST_AUTO_TEST_CASE(values_ids_and_urls_stand_in_attributes) {
    const auto parsed = read(patient(
        R"(<id value="p"/><extension url="http://example.test/e"><valueString value="Han"/></extension><birthDate id="b" value="1980"/>)"));
    BOOST_TEST(parsed.issues.empty());
    const auto root = parsed.value->root();
    BOOST_TEST(root.type() == "Patient");
    BOOST_TEST(root.text("extension.url") == "http://example.test/e");
    BOOST_TEST(root.text("extension.valueString") == "Han");
    BOOST_TEST(root.text("birthDate") == "1980");
    BOOST_TEST(root.text("birthDate.id") == "b");
}

BOOST_AUTO_TEST_CASE(refused_documents) {
    BOOST_TEST(rule_of(read("<!DOCTYPE x [<!ENTITY a 'b'>]>" + patient("")).issues) == "xml-doctype");
    BOOST_TEST(rule_of(read("<Patient/>").issues) == "xml-namespace");
    BOOST_TEST(rule_of(read("<Patient xmlns=\"urn:hl7-org:v3\"/>").issues) == "xml-namespace");
    BOOST_TEST(rule_of(read(patient("<a:id xmlns:a=\"urn:hl7-org:v3\" value=\"x\"/>")).issues) == "xml-element-namespace");
    BOOST_TEST(rule_of(read(patient("<no:id value=\"x\"/>")).issues) == "xml-element-namespace");
    BOOST_TEST(rule_of(read(patient("<id xmlns=\"urn:hl7-org:v3\" value=\"x\"/>")).issues) == "xml-element-namespace");
    BOOST_TEST(rule_of(read(patient("<id value=\"x\">")).issues) == "xml-syntax");
    BOOST_TEST(rule_of(read("").issues) == "xml-syntax");
    BOOST_TEST(rule_of(read("<!-- nothing -->").issues) == "xml-syntax");
    // XML 1.0 §2.1, §3.1, §4.1: what pugixml would pass over.
    BOOST_TEST(rule_of(read(patient("") + patient("")).issues) == "xml-syntax");
    BOOST_TEST(rule_of(read(patient("") + "garbage").issues) == "xml-syntax");
    BOOST_TEST(read("<?xml version=\"1.0\"?>\n<!-- a -->" + patient("") + "\n<!-- b -->\n").issues.empty());
    BOOST_TEST(rule_of(read(patient("<active value=\"true\" value=\"false\"/>")).issues) == "xml-syntax");
    for (const std::string sign : {"#0", "#x0", "#xD800", "#x110000", "#99999999999", "#zz", "#"})
        BOOST_TEST(rule_of(read(patient("<id value=\"a&" + sign + ";b\"/>")).issues) == "xml-entity", sign);
    BOOST_TEST(read(patient("<gender value=\"&#10;&#x1F600;\"/>")).issues.empty());
    BOOST_TEST(rule_of(read(patient("<gender>male</gender>")).issues) == "xml-text-content");
    BOOST_TEST(rule_of(read(patient("<contained/>")).issues) == "xml-resource-type");
    BOOST_TEST(rule_of(read(patient("<id value=\"\xD1\"/>")).issues) == "xml-utf8");
}

BOOST_AUTO_TEST_CASE(depth_is_limited_before_the_parser_sees_it) {
    std::string open, close;
    for (int i = 0; i < 100'000; ++i) {
        open += "<extension>";
        close += "</extension>";
    }
    BOOST_TEST(rule_of(read(patient(open + close)).issues) == "xml-depth-max");
}

BOOST_AUTO_TEST_CASE(the_narrative_is_kept_byte_for_byte) {
    const std::string div =
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p  class='x'>a &lt; b &#160; <b>血</b><br/></p>\n <!-- note --></div>";
    const auto parsed = read(patient("<text><status value=\"generated\"/>" + div + "</text>"));
    BOOST_TEST(parsed.issues.empty());
    BOOST_TEST(parsed.value->root().text("text.div") == div);
    BOOST_TEST(write_fhir_xml(parsed.value->root(), r4_definitions()).find(div) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_narrative_of_json_makes_no_document_that_is_none) {
    const auto parsed = fhir::tests::read(
        "{\"resourceType\":\"Patient\",\"text\":{\"status\":\"generated\",\"div\":\"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">"
        "a&nbsp;b & c &le; d &#0; &bogus; &amp; &#160; \\u0001e</div>\"}}");
    const auto text = write_fhir_xml(parsed.value->root(), r4_definitions());
    BOOST_TEST(text.find("a\u00A0b &amp; c \u2264 d &amp;#0; &amp;bogus; &amp; &#160; e</div>") != text.npos, text);
    BOOST_TEST(read(text).issues.empty());
}

BOOST_AUTO_TEST_CASE(elements_are_written_in_the_order_of_the_definitions) {
    const auto parsed = fhir::tests::read(
        R"({"resourceType":"Patient","birthDate":"1980","gender":"male","id":"p","name":[{"given":["a"],"family":"b"}]})");
    const auto text = write_fhir_xml(parsed.value->root(), r4_definitions());
    const auto at = [&](std::string_view piece) { return text.find(piece); };
    BOOST_TEST(at("<id ") < at("<name>"));
    BOOST_TEST(at("<family ") < at("<given "));
    BOOST_TEST(at("<name>") < at("<gender "));
    BOOST_TEST(at("<gender ") < at("<birthDate "));
    BOOST_TEST(at("<birthDate ") != text.npos);
}

BOOST_AUTO_TEST_CASE(special_characters_survive_in_attributes) {
    const auto parsed = fhir::tests::read(R"({"resourceType":"Patient","name":[{"text":"a<b & \"c\" 'd'\n\te 血"}]})");
    const auto again = read(write_fhir_xml(parsed.value->root(), r4_definitions()));
    BOOST_TEST(again.issues.empty());
    BOOST_TEST(again.value->root().text("name.text") == "a<b & \"c\" 'd'\n\te 血");
}

BOOST_AUTO_TEST_CASE(resources_inside_resources_keep_their_type) {
    const std::string text =
        R"({"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o"}],"id":"p"}}]})";
    const auto parsed = fhir::tests::read(text);
    const auto again = read(write_fhir_xml(parsed.value->root(), r4_definitions()));
    BOOST_TEST(again.issues.empty());
    BOOST_TEST(again.value->root()["entry.resource"].type() == "Patient");
    BOOST_TEST(again.value->root()["entry.resource.contained"].type() == "Organization");
}

namespace {

/// Random Patients in the order of the definitions, so that nothing but the formats can differ.
std::string random_patient(std::mt19937_64& engine) {
    const auto below = [&](int limit) { return static_cast<int>(engine() % static_cast<unsigned>(limit)); };
    const auto word = [&] {
        static const char* kPieces[] = {"a", "血", "<", "&", "\\\"", "\\n", " b", "'", "]]>", "𠀀", "{", "\\\\"};
        std::string out = "w";
        for (int i = below(6); i > 0; --i) out += kPieces[below(12)];
        return "\"" + out + "e\"";
    };
    std::string out = R"({"resourceType":"Patient","id":"p")";
    if (below(2)) out += R"(,"extension":[{"url":"http://example.test/n","valueDecimal":)" + std::to_string(below(100)) + ".50}]";
    if (below(2)) out += std::string(",\"active\":") + (below(2) ? "true" : "false");
    out += ",\"name\":[";
    for (int i = 0, count = 1 + below(3); i < count; ++i) {
        out += (i ? "," : "") + std::string("{\"family\":") + word() + ",\"given\":[" + word() + "," +
               (below(3) ? word() + "]" : "null],\"_given\":[null,{\"id\":" + word() + "}]") + "}";
    }
    out += "]";
    if (below(2)) out += ",\"birthDate\":\"1980-02\"";
    if (below(2)) out += R"(,"_birthDate":{"id":"b","extension":[{"url":"http://example.test/u","valueCode":"x"}]})";
    if (below(2)) out += ",\"multipleBirthInteger\":" + std::to_string(below(5));
    return out + "}";
}

} // namespace

BOOST_AUTO_TEST_CASE(property_json_to_xml_and_back_is_the_same_text) {
    std::mt19937_64 engine(4711);
    for (int i = 0; i < 500; ++i) {
        const auto text = random_patient(engine);
        const auto parsed = fhir::tests::read(text);
        BOOST_TEST_REQUIRE(parsed.issues.empty(), text);
        const auto xml = write_fhir_xml(parsed.value->root(), r4_definitions(), i % 2 == 0);
        const auto again = read(xml);
        BOOST_TEST_REQUIRE(again.issues.empty(), xml);
        BOOST_TEST_REQUIRE(write_json(again.value->root()) == text);
        BOOST_TEST_REQUIRE(described(again.value->root()) == described(parsed.value->root()));
    }
}

BOOST_AUTO_TEST_SUITE_END()
