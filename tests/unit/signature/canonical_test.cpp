// The canonical form, by rows that the recommendations explain and against another program.
#include "signature/canonical.hpp"
#include "support/files.hpp"
#include "support/folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>

using namespace huitong::signature;

namespace {

std::string canonical(std::string_view text, bool is_exclusive = true) {
    pugi::xml_document parsed;
    if (!read_exact(text, parsed)) return "unreadable";
    CanonicalForm form;
    form.is_exclusive = is_exclusive;
    return write_canonical(parsed, form);
}

} // namespace

BOOST_AUTO_TEST_SUITE(signature_canonical)

BOOST_AUTO_TEST_CASE(white_space_references_and_empty_elements_have_one_writing) {
    BOOST_TEST(canonical("<?xml version='1.0'?>\n<a  b = 'x\ty' >\r\n&#x41;&#10;<![CDATA[<&>]]><c/></a>\n") ==
               "<a b=\"x y\">\nA\n&lt;&amp;&gt;<c></c></a>");
    BOOST_TEST(canonical("<a b='&#9;&#10;&#13;&quot;&lt;&amp;&gt;'>&#13;\"'</a>") ==
               "<a b=\"&#x9;&#xA;&#xD;&quot;&lt;&amp;>\">&#xD;\"'</a>");
}

BOOST_AUTO_TEST_CASE(comments_go_and_instructions_stay) {
    BOOST_TEST(canonical("<!-- x --><?before it?><a>1<!-- x -->0<?in?></a><?after?>") == "<?before it?>\n<a>10<?in?></a>\n<?after?>");
}

BOOST_AUTO_TEST_CASE(attributes_stand_by_namespace_and_name) {
    BOOST_TEST(canonical("<a xmlns:y='urn:1' xmlns:x='urn:2' x:b='1' y:c='2' z='3' b='4'/>", false) ==
               "<a xmlns:x=\"urn:2\" xmlns:y=\"urn:1\" b=\"4\" z=\"3\" y:c=\"2\" x:b=\"1\"></a>");
}

BOOST_AUTO_TEST_CASE(the_exclusive_form_declares_where_a_prefix_is_used_and_the_other_where_it_stands) {
    constexpr std::string_view kText = "<a xmlns='urn:1' xmlns:x='urn:2'><x:b><c xmlns=''/></x:b></a>";
    BOOST_TEST(canonical(kText) == "<a xmlns=\"urn:1\"><x:b xmlns:x=\"urn:2\"><c xmlns=\"\"></c></x:b></a>");
    BOOST_TEST(canonical(kText, false) == "<a xmlns=\"urn:1\" xmlns:x=\"urn:2\"><x:b><c xmlns=\"\"></c></x:b></a>");
}

BOOST_AUTO_TEST_CASE(a_part_takes_along_what_is_declared_around_it) {
    pugi::xml_document parsed;
    BOOST_TEST(read_exact("<a xmlns='urn:1' xmlns:x='urn:2' xml:lang='zh'><b x:c='1'/></a>", parsed));
    const auto part = parsed.document_element().first_child();
    CanonicalForm form;
    BOOST_TEST(write_canonical(part, form) == "<b xmlns=\"urn:1\" xmlns:x=\"urn:2\" x:c=\"1\"></b>");
    form.is_exclusive = false;
    BOOST_TEST(write_canonical(part, form) == "<b xmlns=\"urn:1\" xmlns:x=\"urn:2\" xml:lang=\"zh\" x:c=\"1\"></b>");
}

BOOST_AUTO_TEST_CASE(what_is_left_out_leaves_no_trace) {
    pugi::xml_document parsed;
    BOOST_TEST(read_exact("<a>1<s><t/></s>2</a>", parsed));
    BOOST_TEST(write_canonical(parsed, {}, parsed.document_element().child("s")) == "<a>12</a>");
}

BOOST_AUTO_TEST_CASE(what_is_no_exact_xml_is_not_read) {
    for (const auto* text : {"<a b='1' b='2'/>", "<x:a/>", "<a x:b='1'/>", "<a xmlns:x='u' xmlns:y='u' x:b='1' y:b='2'/>", "<a>", ""})
        BOOST_TEST(canonical(text) == "unreadable", text);
}

// libxml2 writes both forms; its command keeps comments, so none stands here.
BOOST_AUTO_TEST_CASE(another_program_writes_the_same_bytes) {
    if (std::system("command -v xmllint >/dev/null") != 0) {
        BOOST_TEST_MESSAGE("skipped: no xmllint here");
        return;
    }
    const huitong::tests::Folder folder;
    const auto source = huitong::tests::source_folder() / "tests/golden/cda-document";
    std::vector<std::string> texts = {"<a xmlns='urn:1' xmlns:x='urn:2' z='&#10;1' x:y='2'><x:b xmlns:x='urn:3'>t &gt; &amp; <c "
                                      "xmlns=''/><x:c xmlns:x='urn:2'/></x:b></a>"};
    for (const auto* name : {"cancelled_result", "history_with_family", "nothing_but_words"}) {
        auto text = huitong::tests::read_file(source / name / "in.xml");
        for (auto at = text.find("<!--"); at != text.npos; at = text.find("<!--")) text.erase(at, text.find("-->", at) + 3 - at);
        texts.push_back(text);
    }
    for (const auto& text : texts) {
        std::ofstream(folder.file("in.xml"), std::ios::binary) << text;
        for (const bool is_exclusive : {true, false}) {
            const auto command =
                std::string("xmllint --") + (is_exclusive ? "exc-c14n " : "c14n ") + folder.file("in.xml") + " > " + folder.file("out.xml");
            BOOST_TEST(std::system(command.c_str()) == 0);
            BOOST_TEST(canonical(text, is_exclusive) == huitong::tests::read_file(folder.file("out.xml")));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
