// A tree as ER7: what is read back is the same message.
#include "adapters/hl7v2/er7.hpp"
#include "adapters/hl7v2/tree.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::adapters::hl7v2;

namespace {

std::string round_trip(const std::string& text) {
    const auto tree = read_tree(text, Charset::utf8);
    const auto out = write_er7(tree.value->root(), Charset::utf8);
    BOOST_TEST(out.issues.empty());
    return out.value;
}

} // namespace

BOOST_AUTO_TEST_SUITE(er7)

BOOST_AUTO_TEST_CASE(a_message_that_was_read_is_written_as_it_was) {
    const std::string header = "MSH|^~\\&|LIS|A|HIP|CITY|20261120||ORU^R01^ORU_R01|C1|P|2.5.1\r";
    for (const std::string segments : {"PID|1||1^^^A&1.2.3&ISO^PI~2^^^B^NI||张^三||19800101|F\r", "PID|||1||\"\"||\"\"|F\r",
                                       "PID|||1||A\\T\\B\\S\\C\\F\\D\\R\\E\\E\\F\r",
                                       "PID|||1\rOBR|1|||X\rOBX|1|NM|WBC^^L||6.5|10*9/L|||||F\rOBX|2|TX|N||a\\.br\\b||||||F\rSPM|1\r"})
        BOOST_TEST(round_trip(header + segments) == header + segments);
}

BOOST_AUTO_TEST_CASE(other_delimiters_become_the_usual_ones) {
    BOOST_TEST(round_trip("MSH#*~\\%#LIS\rPID###1*2|3\r") == "MSH|^~\\&|LIS\rPID|||1^2\\F\\3\r");
}

BOOST_AUTO_TEST_CASE(the_header_names_the_charset_that_the_bytes_are_in) {
    const std::string header = "MSH|^~\\&|LIS|A|HIP|CITY|20261120||ORU^R01^ORU_R01|C1|P|2.5.1||||||";
    const auto tree = read_tree(header + "UNICODE UTF-8\rPID|||1||张三\r", Charset::utf8);
    BOOST_TEST(write_er7(tree.value->root(), Charset::gb18030).value == header + "GB 18030-2000\rPID|||1||\xD5\xC5\xC8\xFD\r");
    BOOST_TEST(write_er7(tree.value->root(), Charset::utf8).value == header + "UNICODE UTF-8\rPID|||1||张三\r");
}

BOOST_AUTO_TEST_CASE(a_tree_without_a_header_is_an_error) {
    fhir::Document document;
    document.set_root("V2Message");
    const auto pid = document.add_child(0, "PID", false);
    document.set_value(document.add_child(pid, "PID-3", false), fhir::ValueKind::text, "1");
    const auto out = write_er7(document.root(), Charset::utf8);
    BOOST_REQUIRE(out.issues.leading());
    BOOST_TEST(out.issues.leading()->rule == "v2-write-no-header");
}

BOOST_AUTO_TEST_CASE(characters_that_the_charset_lacks_are_told) {
    const auto tree = read_tree("MSH|^~\\&|LIS\rPID|||1||张\r", Charset::utf8);
    const auto out = write_er7(tree.value->root(), Charset::latin1);
    BOOST_REQUIRE(out.issues.leading());
    BOOST_TEST(out.issues.leading()->rule == "charset-unencodable");
    BOOST_TEST(out.value == "MSH|^~\\&|LIS|||||||||||||||8859/1\rPID|||1||?\r");
}

BOOST_AUTO_TEST_SUITE_END()
