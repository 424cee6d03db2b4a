#include "adapters/hl7v2/front_check.hpp"
#include "adapters/hl7v2/tree.hpp"
#include "unit/adapters/hl7v2/samples.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace huitong::adapters::hl7v2::tests {

BOOST_AUTO_TEST_SUITE(hl7v2_decode)

fhir::DocumentPtr tree_of(std::string_view bytes, std::string_view charset = "auto") {
    auto decoded = decode_bytes(bytes, charset);
    return read_tree(decoded.text, decoded.charset).value;
}

bool has_rule(const Outcome& outcome, std::string_view rule) {
    return std::any_of(outcome.issues().begin(), outcome.issues().end(), [&](const Issue& issue) { return issue.rule == rule; });
}

std::vector<std::string> names_of(fhir::Element element) {
    std::vector<std::string> out;
    for (const auto child : element.children()) out.emplace_back(child.name());
    return out;
}

void check_names(fhir::Element element, const std::vector<std::string>& expected) {
    const auto names = names_of(element);
    BOOST_CHECK_EQUAL_COLLECTIONS(names.begin(), names.end(), expected.begin(), expected.end());
}

BOOST_AUTO_TEST_CASE(an_observation_report_is_grouped_as_in_7_3_1) {
    const auto document = tree_of(result_message());
    const auto root = document->root();
    BOOST_TEST(root.name() == "V2Message");
    check_names(root, {"MSH", "PATIENT_RESULT"});
    const auto patient = root.child("PATIENT_RESULT");
    check_names(patient, {"PID", "PV1", "NTE", "ORDER_OBSERVATION", "ORDER_OBSERVATION"});
    const auto order = patient.child("ORDER_OBSERVATION");
    check_names(order, {"ORC", "OBR", "NTE", "OBSERVATION", "OBSERVATION", "SPM"});
    check_names(order.child("OBSERVATION"), {"OBX", "NTE"});
    check_names(order.child("OBSERVATION").next_sibling(), {"OBX", "ZRS"});
    check_names(order.next_sibling(), {"OBR", "OBSERVATION"});
    BOOST_TEST(order["OBSERVATION.OBX.OBX-5"].path() == "V2Message.PATIENT_RESULT[0].ORDER_OBSERVATION[0].OBSERVATION[0].OBX.OBX-5");
}

BOOST_AUTO_TEST_CASE(an_order_message_is_grouped_as_in_4_4_1) {
    const auto document = tree_of("MSH|^~\\&|HIS|H|HIP|C|20261120||ORM^O01|C3|P|2.4\rPID|1||A1\rPV1|1|O\r"
                                  "ORC|NW|P1\rOBR|1|P1||CBC\rOBX|1|NM|W||5\rORC|NW|P2\rOBR|2|P2||CRP\r");
    check_names(document->root(), {"MSH", "PATIENT", "ORDER", "ORDER"});
    check_names(document->root().child("PATIENT"), {"PID", "PV1"});
    check_names(document->root().child("ORDER"), {"ORC", "OBR", "OBSERVATION"});
}

BOOST_AUTO_TEST_CASE(an_admission_stays_flat) {
    const auto document =
        tree_of("MSH|^~\\&|HIS|H|HIP|C|20261120||ADT^A01|C2|P|2.4\rEVN|A01|20261120\rPID|1||A1\rPV1|1|I\rNK1|1|LI\rDG1|1\rZXX|1\r");
    check_names(document->root(), {"MSH", "EVN", "PID", "PV1", "NK1", "DG1", "ZXX"});
}

BOOST_AUTO_TEST_CASE(fields_repeat_as_siblings_and_have_components_and_sub_components) {
    const auto document = tree_of(result_message());
    const auto pid = document->root()["PATIENT_RESULT.PID"];
    BOOST_TEST(std::distance(pid.children("PID-3").begin(), pid.children("PID-3").end()) == 2);
    const auto first = pid.child("PID-3");
    BOOST_TEST(first.value() == "A1^^^990102H0001&1.2.3&ISO^PI");
    check_names(first, {"c1", "c4", "c5"});
    check_names(first.child("c4"), {"s1", "s2", "s3"});
    BOOST_TEST(first.text("c4.s2") == "1.2.3");
    BOOST_TEST(first.next_sibling().text("c1") == "990102198001010011");
    BOOST_TEST(pid.text("PID-8") == "F");
    BOOST_TEST(pid.text("PID-8.c1") == "F");
    BOOST_TEST(pid.text("PID-5.c2") == "张三");
    BOOST_TEST(!pid.child("PID-2"));
    BOOST_TEST(document->root().text("MSH.MSH-1") == "|");
    BOOST_TEST(document->root().text("MSH.MSH-2") == "^~\\&");
    BOOST_TEST(document->root().text("MSH.MSH-9.c2") == "R01");
}

BOOST_AUTO_TEST_CASE(null_is_not_absent) {
    const auto document = tree_of(result_message());
    const auto second = document->root()["PATIENT_RESULT.ORDER_OBSERVATION.OBSERVATION"].next_sibling();
    BOOST_TEST(second.text("OBX.OBX-6") == "\"\"");
    BOOST_TEST(!second["OBX.OBX-7"]);
}

BOOST_AUTO_TEST_CASE(blanks_behind_a_value_say_nothing) {
    const std::string header = "MSH|^~\\&|LIS|A|HIP|CITY|20261120||ORU^R01^ORU_R01|C1|P|2.5.1\r";
    const std::string padded = "PID|||TS1   ^^^A^PI  ~TS2 ||  ||19800101  |F  \rOBR|1||TR1   |CBC ^Blood  \r"
                               "OBX|1|ST  |HB ^Hb||  ||||||F \rOBX|2|TX|N||  first ~second||||||F\r";
    const auto document = tree_of(header + padded);
    const auto result = document->root().child("PATIENT_RESULT");
    BOOST_TEST(result.text("PID.PID-3.c1") == "TS1");
    BOOST_TEST(result.text("PID.PID-3.c5") == "PI");
    BOOST_TEST(result["PID.PID-3"].next_sibling().value() == "TS2");
    BOOST_TEST(!result["PID.PID-5"]);
    BOOST_TEST(result.text("ORDER_OBSERVATION.OBR.OBR-3") == "TR1");
    BOOST_TEST(result.text("ORDER_OBSERVATION.OBR.OBR-4.c1") == "CBC");
    const auto observation = result["ORDER_OBSERVATION.OBSERVATION"];
    BOOST_TEST(observation.text("OBX.OBX-3.c1") == "HB");
    BOOST_TEST(!observation["OBX.OBX-5"]);
    BOOST_TEST(observation.next_sibling().text("OBX.OBX-5") == "  first");
    const auto seen = front_check_text(header + padded, read_front_rules(feeds::FeedSettings()));
    const std::vector<std::string> keys{"TS1", "TS2"};
    BOOST_CHECK_EQUAL_COLLECTIONS(seen.order_keys.begin(), seen.order_keys.end(), keys.begin(), keys.end());
    BOOST_TEST(!seen.issues.has_errors());
}

BOOST_AUTO_TEST_CASE(a_word_for_none_is_nobodys_number) {
    const std::string header = "MSH|^~\\&|LIS|A|HIP|CITY|20261120||ORU^R01^ORU_R01|C1|P|2.5.1\r";
    for (const std::string word : {"\"\"", "-", "--", "/", ".", "0", "000", "NULL", "null", "N/A", "无", "不详", "未知", "无  "}) {
        BOOST_TEST_CONTEXT(word) {
            const auto text = header + "PID|||" + word + "^^^A^PI~P1||" + word + "\rORC|RE|" + word + "\rOBR|1|" + word + "^HIS|R1|X\r";
            const auto document = tree_of(text);
            const auto result = document->root().child("PATIENT_RESULT");
            BOOST_TEST(result.text("PID.PID-3.c1") == "P1");
            BOOST_TEST(bool(result["PID.PID-5"])); // no number: what stands there is the map's to judge
            BOOST_TEST(!result["ORDER_OBSERVATION.ORC.ORC-2"]);
            BOOST_TEST(!result["ORDER_OBSERVATION.OBR.OBR-2"]);
            BOOST_TEST(result.text("ORDER_OBSERVATION.OBR.OBR-3.c1") == "R1");
            const auto rules = read_front_rules(feeds::FeedSettings());
            BOOST_TEST(!has_rule(front_check_text(text, rules).issues, "v2-required"));
            const auto nobody = front_check_text(header + "PID|||" + word + "^^^A^PI||A\rOBR|1||R1|X\r", rules);
            BOOST_TEST(has_rule(nobody.issues, "v2-required"));
            BOOST_TEST(nobody.order_keys.empty());
        }
    }
    const auto numbers = tree_of(header + "PID|||0-1~10\rOBR|1||R1|X\r");
    BOOST_TEST(numbers->root()["PATIENT_RESULT.PID.PID-3"].value() == "0-1");
}

BOOST_AUTO_TEST_CASE(spans_are_bytes_of_the_decoded_text) {
    const auto document = tree_of(gb18030(result_message("C1", "GBK")));
    const auto name = document->root()["PATIENT_RESULT.PID.PID-5.c2"];
    const auto span = name.source();
    BOOST_TEST(document->text().substr(span.begin, span.end - span.begin) == "张三");
    const auto escaped = document->root()["PATIENT_RESULT.ORDER_OBSERVATION.OBSERVATION"].next_sibling()["OBX.OBX-5"];
    BOOST_TEST(escaped.value() == "a&b\nc");
    BOOST_TEST(document->text().substr(escaped.source().begin, escaped.source().end - escaped.source().begin) == "a\\T\\b\\.br\\c");
}

BOOST_AUTO_TEST_CASE(escapes_follow_2_7) {
    const Delimiters usual;
    const auto text = [&](std::string_view in, Charset charset = Charset::utf8) { return unescape(in, usual, charset, "OBX-5").value; };
    BOOST_TEST(text("\\F\\\\S\\\\T\\\\R\\\\E\\") == "|^&~\\");
    BOOST_TEST(text("\\E\\T\\E\\") == "\\T\\");
    BOOST_TEST(text("a\\X0D0a\\b") == "a\r\nb");
    BOOST_TEST(text("\\XB3C2\\", Charset::gb18030) == "陈");
    BOOST_TEST(text("\\H\\loud\\N\\") == "loud");
    BOOST_TEST(text("a\\.sp2\\b\\.sk3\\c") == "a\n\nb   c");
    BOOST_TEST(text("\\Zx\\") == "\\Zx\\");
    BOOST_TEST(text("C:\\data\\T\\x") == "C:\\data&x");
    BOOST_TEST(text("100\\") == "100\\");
    BOOST_TEST(has_rule(unescape("\\Zx\\", usual, Charset::utf8, "").issues, "v2-escape-unknown"));
    BOOST_TEST(has_rule(unescape("100\\", usual, Charset::utf8, "").issues, "v2-escape-unclosed"));
    for (const std::string sample : {"|^&~\\", "a\nb", "\\T\\", "王秀英|\\.br\\"}) {
        BOOST_TEST(text(escape(sample, usual)) == sample);
    }
}

BOOST_AUTO_TEST_CASE(the_message_names_its_own_delimiters) {
    const auto document = tree_of("MSH!@#$%!LIS!H!HIP!C!20261120!!ORU@R01!C1!P!2.4\rPID!1!!A1@@@N%1.2@PI#B2!!a$T$b|c\rOBR!1!!!X\r");
    const auto pid = document->root()["PATIENT_RESULT.PID"];
    BOOST_TEST(pid.text("PID-3.c4.s2") == "1.2");
    BOOST_TEST(pid.child("PID-3").next_sibling().value() == "B2");
    BOOST_TEST(pid.text("PID-5") == "a%b|c");
}

BOOST_AUTO_TEST_CASE(segments_may_end_in_lf_or_crlf) {
    const auto expected = tree_of(result_message())->size();
    BOOST_TEST(tree_of(replaced(result_message(), "\r", "\n"))->size() == expected);
    BOOST_TEST(tree_of(replaced(result_message(), "\r", "\r\n"))->size() == expected);
    BOOST_TEST(tree_of("\xEF\xBB\xBF" + result_message())->size() == expected);
    BOOST_TEST(tree_of("\r\n" + result_message() + "\r\n\r\n")->size() == expected);
}

BOOST_AUTO_TEST_CASE(a_bare_line_feed_inside_a_text_loses_nothing) {
    const auto bytes = replaced(result_message(), "of the result", "first line\nsecond line");
    const auto decoded = decode_bytes(bytes, "auto");
    const auto tree = read_tree(decoded.text, decoded.charset);
    BOOST_TEST(tree.value->root().text("PATIENT_RESULT.ORDER_OBSERVATION.OBSERVATION.NTE.NTE-3") == "first line\nsecond line");
    BOOST_TEST(has_rule(tree.issues, "v2-line-break"));
    BOOST_TEST(!tree.issues.has_errors());
}

BOOST_AUTO_TEST_CASE(a_line_that_is_no_segment_is_kept) {
    const auto document = tree_of("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.4\rlost words\rPID|1||A1\r");
    BOOST_TEST(document->root().text("_line") == "lost words");
}

BOOST_AUTO_TEST_CASE(second_bytes_that_look_like_delimiters_split_nothing) {
    // The second byte of each: 8F7C 弢, 815E 乛, 8C5C 孿, D65C 謀, 817E 亊.
    const std::string name = "陈弢乛孿謀亊";
    const auto bytes = gb18030(replaced(result_message("C1", "GB18030"), "张三", name));
    BOOST_TEST(bytes.find("\x8F\x7C") != bytes.npos);
    BOOST_TEST(bytes.find("\x81\x5E") != bytes.npos);
    BOOST_TEST(bytes.find("\xD6\x5C") != bytes.npos);
    BOOST_TEST(bytes.find("\x81\x7E") != bytes.npos);
    for (const auto* charset : {"auto", "GBK", "UTF-8"}) {
        const auto pid = tree_of(bytes, charset)->root()["PATIENT_RESULT.PID"];
        BOOST_TEST(pid.text("PID-5.c2") == name);
        BOOST_TEST(pid.text("PID-7") == "19800101");
    }
}

BOOST_AUTO_TEST_CASE(such_bytes_before_msh_18_do_not_hide_the_declared_charset) {
    const auto bytes = gb18030(replaced(result_message("C1", "GB18030"), "|LIS|", "|弢弢|"));
    const auto decoded = decode_bytes(bytes, "auto");
    BOOST_TEST(decoded.declared == "GB18030");
    BOOST_TEST((decoded.charset == Charset::gb18030));
    BOOST_TEST(decoded.issues.empty());
}

BOOST_AUTO_TEST_CASE(a_name_of_two_or_three_characters_is_right_whatever_is_declared) {
    const auto message = [](const std::string& name, const std::string& declared) {
        return "MSH|^~\\&|HIS|A|HIP|CITY|20261120093512||ADT^A04|C1|P|2.4||||||" + declared + "\rPID|1||A1||" + name + "||19800101|F\r";
    };
    for (const auto* name : {"张三", "李敏", "王小明", "欧阳娜娜", "龙"}) {
        for (const auto* declared : {"GB 18030-2000", "GBK", "8859/1", "ASCII", "UNICODE UTF-8", ""}) {
            for (const bool is_utf8 : {true, false}) {
                const auto text = message(name, declared);
                const auto decoded = decode_bytes(is_utf8 ? text : gb18030(text), "auto");
                BOOST_TEST(decoded.text == text, name << " declared " << declared << (is_utf8 ? " in UTF-8" : " in GB18030"));
            }
        }
    }
    BOOST_TEST(decode_bytes(message("M\xDCLLER", "8859/1"), "auto").text == message("MÜLLER", "8859/1"));
    BOOST_TEST(decode_bytes(message("张三", "8859/1"), "auto").issues.issues().front().rule == "v2-charset-mismatch");
    BOOST_TEST(decode_bytes(message("李敏", ""), "GBK").text == message("李敏", ""));
}

BOOST_AUTO_TEST_CASE(the_charset_is_what_is_declared_unless_the_bytes_disprove_it) {
    const auto charset_and_rule = [](const std::string& bytes, std::string_view setting) {
        const auto decoded = decode_bytes(bytes, setting);
        return std::pair(decoded.charset, decoded.issues.empty() ? std::string() : decoded.issues.issues().front().rule);
    };
    const auto utf8 = result_message();
    const auto gb = gb18030(utf8);
    BOOST_TEST((charset_and_rule(gb, "GBK") == std::pair(Charset::gb18030, std::string())));
    BOOST_TEST((charset_and_rule(gb, "auto") == std::pair(Charset::gb18030, std::string("v2-charset-guessed"))));
    BOOST_TEST((charset_and_rule(utf8, "UTF-8") == std::pair(Charset::utf8, std::string())));
    BOOST_TEST((charset_and_rule(utf8, "GBK") == std::pair(Charset::utf8, std::string("v2-charset-mismatch"))));
    BOOST_TEST((charset_and_rule(gb, "UTF-8") == std::pair(Charset::gb18030, std::string("v2-charset-mismatch"))));
    BOOST_TEST((charset_and_rule(gb18030(result_message("C1", "GB18030")), "UTF-8") == std::pair(Charset::gb18030, std::string())));
    BOOST_TEST((charset_and_rule(gb18030(result_message("C1", "UNICODE UTF-8")), "auto") ==
                std::pair(Charset::gb18030, std::string("v2-charset-mismatch"))));
    BOOST_TEST((charset_and_rule(result_message("C1", "KLINGON"), "auto").second == "v2-charset-unknown"));
}

BOOST_AUTO_TEST_CASE(utf_16_is_recognised) {
    const auto wide = "\xFF\xFE" + from_utf8(result_message(), Charset::utf16le).value;
    BOOST_TEST(tree_of(wide)->root().text("PATIENT_RESULT.PID.PID-5.c2") == "张三");
}

BOOST_AUTO_TEST_CASE(a_message_of_separators_stays_bounded) {
    std::string bytes = "MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.4\rPID|";
    for (int count = 0; count < 1'500'000; ++count) bytes += "a^";
    const auto decoded = decode_bytes(bytes, "auto");
    const auto tree = read_tree(decoded.text, decoded.charset);
    BOOST_TEST(has_rule(tree.issues, "v2-nodes-max"));
    BOOST_TEST(tree.value->size() < 1'100'000u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::hl7v2::tests
