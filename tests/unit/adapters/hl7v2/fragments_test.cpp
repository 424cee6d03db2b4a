// Messages over several frames: HL7 v2.5.1, §2.10.2.
#include "adapters/hl7v2/front_check.hpp"
#include "unit/adapters/hl7v2/samples.hpp"

#include <boost/test/unit_test.hpp>

namespace huitong::adapters::hl7v2::tests {

BOOST_AUTO_TEST_SUITE(hl7v2_fragments)

const std::string kFirst =
    "MSH|^~\\&|LIS|A|HIP|CITY|20261120093512||ORU^R01|C1|P|2.5.1\rPID|1||7^^^A^PI\rOBR|1|O|R|CBC\rOBX|1|FT|NOTE||begin\rADD\rDSC|X1|F\r";
const std::string kMiddle = "MSH|^~\\&|LIS|A|HIP|CITY|20261120093513||ORU^R01|C2|P|2.5.1||X1\rADD|ning and\rADD\rDSC|X2|F\r";
const std::string kLast = "MSH|^~\\&|LIS|A|HIP|CITY|20261120093514||ORU^R01|C3|P|2.5.1||X2\rADD| end||||||F\rOBX|2|NM|WBC||5.5||||||F\r";

BOOST_AUTO_TEST_CASE(parts_name_the_pointers_that_hold_them_together) {
    const auto first = read_pointers(read_message(kFirst).value);
    BOOST_TEST(first.continues == "");
    BOOST_TEST(first.continued_by == "X1");
    const auto middle = read_pointers(read_message(kMiddle).value);
    BOOST_TEST(middle.continues == "X1");
    BOOST_TEST(middle.continued_by == "X2");
    const auto last = read_pointers(read_message(kLast).value);
    BOOST_TEST(last.continues == "X2");
    BOOST_TEST(last.continued_by == "");
}

BOOST_AUTO_TEST_CASE(a_broken_segment_goes_on_where_it_was_broken) {
    BOOST_TEST(join_fragments({kFirst, kMiddle, kLast}) ==
               "MSH|^~\\&|LIS|A|HIP|CITY|20261120093512||ORU^R01|C1|P|2.5.1\rPID|1||7^^^A^PI\rOBR|1|O|R|CBC\r"
               "OBX|1|FT|NOTE||beginning and end||||||F\rOBX|2|NM|WBC||5.5||||||F");
}

BOOST_AUTO_TEST_CASE(a_part_is_checked_by_its_header_alone_and_the_whole_in_full) {
    FrontRules rules;
    rules.types = {"ORU^R01"};
    rules.versions = {"2.5.1"};
    rules.processing = {"P"};
    for (const auto& part : {kFirst, kMiddle, kLast}) BOOST_TEST(!front_check(part, rules).issues.has_errors());
    const auto whole = front_check_text(join_fragments({kFirst, kMiddle, kLast}), rules).issues;
    BOOST_TEST(!whole.has_errors());
    const auto lacking = replaced(join_fragments({kFirst, kMiddle, kLast}), "OBX|2|NM|WBC", "OBX|2|NM|");
    BOOST_TEST(front_check_text(lacking, rules).issues.has_errors());
}

BOOST_AUTO_TEST_CASE(parts_of_one_sender_come_one_after_another) {
    BOOST_TEST(front_check(kMiddle, FrontRules()).order_keys == front_check(kLast, FrontRules()).order_keys,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_query_that_asks_for_the_next_page_is_no_part_of_a_message) {
    const auto query =
        read_message("MSH|^~\\&|HIS|A|HIP|CITY|20261120093512||QBP^Q22^QBP_Q21|C1|P|2.5.1\rQPD|Q22|T|@PID.5.1^X\rDSC|P2|I\r");
    BOOST_TEST(!read_pointers(query.value).is_fragment());
}

BOOST_AUTO_TEST_CASE(a_message_with_a_person_is_whole_whatever_stands_in_its_pointer) {
    auto message = result_message();
    BOOST_TEST(!read_pointers(read_message(replaced(message, "|P|2.4||||||", "|P|2.4||7||||")).value).is_fragment());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::hl7v2::tests
