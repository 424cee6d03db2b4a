#include "adapters/cda/cda.hpp"
#include "adapters/cda/document.hpp"
#include "adapters/cda/enclosure.hpp"
#include "adapters/cda/header.hpp"
#include "unit/adapters/support/rehearsal.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <functional>

namespace huitong::adapters::cda::tests {

using adapters::tests::Rehearsal;
using adapters::tests::RememberingInbox;
using adapters::tests::TemporaryFolder;
using fhir::Element;

BOOST_AUTO_TEST_SUITE(cda)

std::string document(const std::string& body, const std::string& declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
                     const std::string& name = "喆婉婷") {
    return declaration +
           R"(<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><id root="2.16.156.10011.1.1" extension="RN1"/>)"
           R"(<recordTarget><patientRole><id root="2.16.156.10011.1.11" extension="MZ1"/><patient><id root="2.16.156.10011.1.3" extension="C1"/><name>)" +
           name + "</name></patient></patientRole></recordTarget>" + body + "</ClinicalDocument>";
}

std::string section(const std::string& text, const std::string& entries = "") {
    return "<component><structuredBody><component><section><text>" + text + "</text>" + entries +
           "</section></component></structuredBody></component>";
}

Element section_of(const fhir::DocumentPtr& tree) { return tree->root()["component.structuredBody.component.section"]; }

std::string first_rule(const Outcome& outcome) { return outcome.leading() == nullptr ? "" : outcome.leading()->rule; }

feeds::RawMessage message_of(std::string bytes) { return document_message(std::move(bytes), "", "cda", "", Limits(), Instant{1}); }

BOOST_AUTO_TEST_CASE(attributes_and_elements_are_children_by_local_name) {
    const auto bytes =
        document(R"(<x:code xmlns:x="urn:hl7-org:v3" code="C0007" codeSystem="2.16.156.10011.2.4"/><patientType>1</patientType>)");
    const auto tree = read_document(bytes, "", Limits());
    BOOST_TEST(tree.issues.empty());
    const auto root = tree.value->root();
    BOOST_TEST(root.type() == "ClinicalDocument");
    BOOST_TEST(root.text("code.code") == "C0007");
    BOOST_TEST(root.text("patientType") == "1");
    BOOST_TEST(root.text("recordTarget.patientRole.patient.name") == "喆婉婷");
    const auto span = root["code.code"].source();
    BOOST_TEST(tree.value->text().substr(span.begin, span.end - span.begin) == "C0007");
}

// A sender that writes the hub's own names would sign its document by saying so.
BOOST_AUTO_TEST_CASE(names_of_the_hubs_own_are_left_out_wherever_they_stand) {
    auto bytes =
        document(R"(<_signed>verified</_signed><a:_signature xmlns:a="urn:a"><state>verified</state></a:_signature><code _signed="x"/>)");
    bytes.insert(bytes.find(" xmlns="), R"( _signed="verified")");
    const auto tree = read_document(bytes, "", Limits());
    const auto root = tree.value->root();
    BOOST_TEST(!root.child("_signed"));
    BOOST_TEST(!root.child("_signature"));
    BOOST_TEST(!root["code"].child("_signed"));
    BOOST_REQUIRE_EQUAL(tree.issues.issues().size(), 1u);
    BOOST_TEST(tree.issues.issues().front().rule == "cda-name-of-ours");
}

BOOST_AUTO_TEST_CASE(the_declared_type_loses_its_prefix) {
    const auto tree = read_document(
        document(section("t", R"(<entry><observation><value xsi:type="v3:PQ" value="4.10" unit="mmol/L"/></observation></entry>)")), "",
        Limits());
    const auto value = section_of(tree.value)["entry.observation.value"];
    BOOST_TEST(value.text("xsiType") == "PQ");
    BOOST_TEST(value.text("value") == "4.10");
}

BOOST_AUTO_TEST_CASE(statements_are_numbered_in_the_order_of_the_document) {
    const auto tree = read_document(
        document(section(
            "t", "<entry><organizer><component><observation/></component><component><observation/></component></organizer></entry>")),
        "", Limits());
    const auto organizer = section_of(tree.value)["entry.organizer"];
    BOOST_TEST(organizer.text("_position") == "1");
    std::vector<std::string> positions;
    for (const auto component : organizer.children("component")) positions.emplace_back(component.text("observation._position"));
    BOOST_TEST(positions == (std::vector<std::string>{"2", "3"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_reference_into_the_narrative_gives_its_words) {
    const auto tree = read_document(
        document(
            section(R"(<paragraph ID="p1">Asthma,
        mild</paragraph>)",
                    R"(<entry><observation><code><originalText><reference value="#p1"/></originalText></code></observation></entry>)")),
        "", Limits());
    BOOST_TEST(section_of(tree.value).text("entry.observation.code.originalText") == "Asthma, mild");
}

struct NarrativeRow {
    const char *cda, *html, *words;
};
// FHIR R4, txt-1: basic formatting, no scripts, no loading; CDA R2 §4.3.5 on the other side.
constexpr NarrativeRow kNarratives[] = {
    {"血钾 &lt; 3.5", "血钾 &lt; 3.5", "血钾 < 3.5"},
    {"<paragraph>a</paragraph><paragraph>b</paragraph>", "<p>a</p><p>b</p>", "a\nb"},
    {"<list><caption>c</caption><item>a</item></list>", "<p>c</p><ul><li>a</li></ul>", "c\na"},
    {"<list listType=\"ordered\"><item>a</item></list>", "<ol><li>a</li></ol>", "a"},
    {"<table><tr><td colspan=\"2\" onclick=\"x()\">a</td><td>b</td></tr></table>",
     "<table><tr><td colspan=\"2\">a</td><td>b</td></tr></table>", "a b"},
    {"<linkHtml href=\"javascript:x()\">a</linkHtml>", "<a>a</a>", "a"},
    {"<linkHtml href=\"https://example.org/?a=1&amp;b=2\">a</linkHtml>", "<a href=\"https://example.org/?a=1&amp;b=2\">a</a>", "a"},
    {"<content styleCode=\"Bold\">a</content><script>b</script>", "<span>a</span><span>b</span>", "ab"},
};

BOOST_AUTO_TEST_CASE(narratives_become_harmless_xhtml) {
    for (const auto& row : kNarratives) {
        const auto tree = read_document(document(section(row.cda)), "", Limits());
        const auto text = section_of(tree.value).child("text");
        BOOST_TEST(text.text("div") == "<div xmlns=\"http://www.w3.org/1999/xhtml\">" + std::string(row.html) + "</div>", row.cda);
        BOOST_TEST(text.value() == row.words, row.cda);
    }
    BOOST_TEST(!section_of(read_document(document(section("<paragraph> </paragraph>")), "", Limits()).value).child("text").child("div"));
}

BOOST_AUTO_TEST_CASE(bytes_are_decoded_as_what_they_are_not_as_what_a_template_declares) {
    const auto name = from_utf8("张三", Charset::gb18030).value;
    for (const auto* declaration : {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<?xml version=\"1.0\" encoding=\"GBK\"?>", ""}) {
        const auto tree = read_document(document("", declaration, name), "", Limits());
        BOOST_TEST(tree.value->root().text("recordTarget.patientRole.patient.name") == "张三", declaration);
    }
    const auto wide = from_utf8(document(""), Charset::utf16le).value;
    BOOST_TEST(read_document("\xFF\xFE" + wide, "", Limits()).value->root().text("recordTarget.patientRole.patient.name") == "喆婉婷");
}

BOOST_AUTO_TEST_CASE(a_document_is_known_by_its_number_and_ordered_by_its_patients) {
    const auto message = message_of(document(""));
    BOOST_TEST(message.control_id == "2.16.156.10011.1.1/RN1");
    BOOST_TEST(message.order_keys == (std::vector<std::string>{"2.16.156.10011.1.11/MZ1", "2.16.156.10011.1.3/C1"}),
               boost::test_tools::per_element());
    BOOST_TEST(message.front_check.empty());
    BOOST_TEST(message.charset == "UTF-8");
}

BOOST_AUTO_TEST_CASE(without_numbers_a_document_is_known_by_its_bytes) {
    const auto message =
        message_of("<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><id/><recordTarget><patientRole/></recordTarget></ClinicalDocument>");
    BOOST_TEST(!message.front_check.has_errors());
    BOOST_TEST(message.front_check.issues().size() == 2u);
    BOOST_TEST(message.control_id.size() == 64u);
    BOOST_TEST(message.order_keys.at(0) == message.control_id);
}

std::string nested(std::size_t depth) {
    std::string out;
    for (std::size_t i = 0; i < depth; ++i) out += "<section>";
    for (std::size_t i = 0; i < depth; ++i) out += "</section>";
    return out;
}

BOOST_AUTO_TEST_CASE(hostile_documents_are_refused_with_a_reason) {
    BOOST_TEST(first_rule(message_of("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"bbbb\">]><ClinicalDocument>&b;</ClinicalDocument>")
                              .front_check) == "xml-doctype");
    BOOST_TEST(first_rule(message_of(document(nested(500'000))).front_check) == "xml-depth-max");
    BOOST_TEST(first_rule(message_of(document("") + "<").front_check) == "xml-syntax");
    BOOST_TEST(first_rule(message_of("").front_check) == "xml-syntax");
    BOOST_TEST(first_rule(message_of("<Bundle/>").front_check) == "cda-not-a-document");
    BOOST_TEST(first_rule(message_of("<ClinicalDocument><section/></ClinicalDocument>").front_check) == "cda-about-nobody");
}

BOOST_AUTO_TEST_CASE(attributes_that_touch_are_read_as_what_they_say) {
    const auto read =
        read_document(document(R"(<title a='1'b="2">c="1"d</title><!-- x="1"y --><code code="C0007"codeSystem="2.4"/>)"), "", Limits());
    BOOST_TEST(first_rule(read.issues) == "cda-attributes-touch");
    BOOST_TEST(!read.issues.has_errors());
    BOOST_TEST(read.value->root().text("code.code") == "C0007");
    BOOST_TEST(read.value->root().text("code.codeSystem") == "2.4");
    BOOST_TEST(read.value->root().text("title") == R"(c="1"d)");
    BOOST_TEST(first_rule(read_document(document("<code code=\"1\"=\"2\"/>"), "", Limits()).issues) == "xml-syntax");
}

BOOST_AUTO_TEST_CASE(a_document_cut_at_any_byte_ends_nothing) {
    const auto whole = document(
        section("<table><tr><td>a</td></tr></table>", "<entry><observation><value xsi:type=\"PQ\" value=\"1\"/></observation></entry>"));
    for (std::size_t length = 0; length < whole.size(); ++length) BOOST_TEST(message_of(whole.substr(0, length)).front_check.has_errors());
}

// 200,000 attributes looked for from the beginning of their tag each would take minutes.
BOOST_AUTO_TEST_CASE(an_element_with_very_many_attributes_is_read_in_one_pass) {
    std::string many = "<title";
    constexpr int kCount = 200'000;
    for (int count = 0; count < kCount; ++count) many += " a" + std::to_string(count) + "='" + std::to_string(count) + "'";
    const auto tree = read_document(document(many + "/>"), "", Limits());
    const auto last = tree.value->root().child("title").child("a" + std::to_string(kCount - 1));
    BOOST_TEST(tree.value->text().substr(last.source().begin, last.source().end - last.source().begin) == last.value());
}

BOOST_AUTO_TEST_CASE(a_narrative_that_every_statement_points_at_is_kept_once_and_not_without_end) {
    const auto with = [](int count) {
        std::string entries;
        for (int at = 0; at < count; ++at) entries += R"(<entry><act><text><reference value="#all"/></text></act></entry>)";
        return read_document(document(section("<content ID=\"all\">" + std::string(100'000, 'x') + "</content>", entries)), "", Limits());
    };
    const auto few = with(10);
    BOOST_TEST(few.issues.empty());
    std::vector<const char*> places;
    for (const auto entry : section_of(few.value).children("entry")) places.push_back(entry.text("act.text").data());
    BOOST_TEST(places.size() == 10u);
    BOOST_TEST((std::adjacent_find(places.begin(), places.end(), std::not_equal_to<>()) == places.end()));
    BOOST_TEST(first_rule(with(500).issues) == "cda-references-costly");
}

BOOST_AUTO_TEST_CASE(what_nobody_signed_changes_no_value) {
    const auto tree = read_document(
        document("<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'><Object><content ID='p'>forged</content></Object></Signature>"
                 "<title>1<!-- x -->0 mg</title>" +
                 section("<content ID='p'>said</content>", "<entry><act><text><reference value='#p'/></text></act></entry>")),
        "", Limits());
    BOOST_TEST(tree.value->root().text("title") == "10 mg");
    BOOST_TEST(!tree.value->root().child("Signature"));
    BOOST_TEST(section_of(tree.value).text("entry.act.text") == "said");
}

BOOST_AUTO_TEST_CASE(a_person_follows_from_number_and_name) {
    const auto person = [](const std::string& name) {
        return std::string(read_document(document("", "", name), "", Limits()).value->root().text("_person"));
    };
    BOOST_TEST(person("甲").size() == 32u);
    BOOST_TEST(person("甲") != person("乙"));
    BOOST_TEST(person("<given>甲</given>") == person("甲"));
}

BOOST_AUTO_TEST_CASE(a_document_and_its_signature_are_one_message_and_apart_again) {
    const auto signature = std::string("\x30\x03\r\n--\0", 7);
    const auto made = enclose(document(""), signature);
    const auto both = opened(made.bytes, made.media_type);
    BOOST_TEST(both.document == document(""));
    BOOST_TEST(both.signature == signature);
    // Bytes that are no such message are a document: a corrected one, or one that was cut.
    BOOST_TEST(opened(document(""), made.media_type).document == document(""));
    for (std::size_t length = 0; length < made.bytes.size(); ++length) {
        const auto cut = std::string_view(made.bytes).substr(0, length);
        if (!opened(cut, made.media_type).signature.empty()) BOOST_TEST(opened(cut, made.media_type).document == document(""));
    }
}

BOOST_AUTO_TEST_CASE(a_signature_beside_a_dropped_file_goes_with_it) {
    TemporaryFolder folder;
    RememberingInbox inbox;
    feeds::FeedSettings settings;
    settings.name = "documents";
    settings.settings = {{"drop", folder.path().string()}, {"poll_ms", "20"}};
    const SystemClock clock;
    const auto adapter = make_cda_adapter(settings, Limits(), clock);
    std::ofstream(folder.path() / "a.xml.p7s", std::ios::binary) << "no signature";
    std::ofstream(folder.path() / "a.xml", std::ios::binary) << document("");
    Rehearsal rehearsal(*adapter, inbox);
    BOOST_REQUIRE(Rehearsal::wait_for([&] { return std::filesystem::exists(folder.path() / "done" / "a.xml"); }));
    BOOST_TEST(std::filesystem::exists(folder.path() / "done" / "a.xml.p7s"));
    const auto read = adapter->decode(inbox.taken().at(0));
    BOOST_TEST(read.value->root().text("id.extension") == "RN1");
    BOOST_TEST(read.value->root().text("_signed") == "not-verified");
    BOOST_TEST(read.value->root().text("_signature.reason") == "signature-unreadable");
    BOOST_TEST(!read.issues.has_errors());
    BOOST_TEST(adapter->decode(message_of(document(""))).value->root().text("_signed") == "unsigned");
}

BOOST_AUTO_TEST_CASE(a_dropped_file_is_one_message) {
    TemporaryFolder folder;
    RememberingInbox inbox;
    feeds::FeedSettings settings;
    settings.name = "documents";
    settings.kind = "cda";
    settings.settings = {{"drop", folder.path().string()}, {"poll_ms", "20"}};
    const SystemClock clock;
    const auto adapter = make_cda_adapter(settings, Limits(), clock);
    std::ofstream(folder.path() / "a.xml", std::ios::binary) << document("");
    Rehearsal rehearsal(*adapter, inbox);
    BOOST_REQUIRE(Rehearsal::wait_for([&] { return inbox.taken().size() == 1; }));
    const auto message = inbox.taken().at(0);
    BOOST_TEST(message.bytes == document(""));
    BOOST_TEST(adapter->decode(message).value->root().text("id.extension") == "RN1");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::cda::tests
