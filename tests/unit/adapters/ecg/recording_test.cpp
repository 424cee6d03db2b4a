#include "adapters/ecg/recording.hpp"

#include "base/base64.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace huitong::adapters::ecg::tests {

BOOST_AUTO_TEST_SUITE(recording)

namespace {

std::string sample() {
    const char* folder = std::getenv("HUITONG_SOURCE");
    std::ifstream in(std::string(folder == nullptr ? "." : folder) + "/samples/ecg/rest_key_person.xml", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

feeds::RawMessage message_of(std::string bytes) { return recording_message(std::move(bytes), "ecg", "", Limits(), Instant{1}); }

std::string front_rule(const feeds::RawMessage& message) {
    return message.front_check.leading() == nullptr ? "" : message.front_check.leading()->rule;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_recording_becomes_measurements_statements_and_leads) {
    const auto tree = read_recording(sample(), "", Limits());
    BOOST_TEST(tree.issues.empty());
    const auto root = tree.value->root();
    BOOST_TEST(root.text("number") == "2.25.7410003301/ECG20261120001");
    BOOST_TEST(root.text("patientNumber") == "T20031");
    BOOST_TEST(root.text("patientName") == "王秀英");
    BOOST_TEST(root.text("deviceSerial") == "SN-0042");
    BOOST_TEST(root.text("incrementSeconds") == "0.002");
    std::string leads, measured, said;
    for (const auto lead : root.children("Lead")) leads.append(lead.text("code")).append("=").append(lead.text("samples")).append(" ");
    for (const auto one : root.children("Measurement")) measured.append(one.text("value")).append(one.text("unit")).append(" ");
    for (const auto one : root.children("Statement")) said.append(one.text("text")).append(" ");
    BOOST_TEST(leads == "MDC_ECG_LEAD_I=16 MDC_ECG_LEAD_II=16 ");
    BOOST_TEST(measured == "72bpm 158ms 92ms 388ms 425ms 48deg 35deg 41deg 1.42mV ");
    BOOST_TEST(said == "窦性心律 正常心电图 ");
}

BOOST_AUTO_TEST_CASE(the_original_is_kept_byte_for_byte) {
    const auto bytes = sample();
    const auto tree = read_recording(bytes, "", Limits());
    BOOST_TEST(decode_base64(tree.value->root().text("original")).value() == bytes);
}

BOOST_AUTO_TEST_CASE(messages_of_one_patient_are_applied_in_order) {
    const auto message = message_of(sample());
    BOOST_TEST(front_rule(message) == "");
    BOOST_TEST(message.control_id == "2.25.7410003301/ECG20261120001");
    BOOST_REQUIRE_EQUAL(message.order_keys.size(), 1u);
    BOOST_TEST(message.order_keys[0] == "T20031");
}

BOOST_AUTO_TEST_CASE(the_first_of_two_equal_measurements_stands) {
    const auto twice = replaced(sample(), "MDC_ECG_TIME_PD_QRS", "MDC_ECG_TIME_PD_PR");
    const auto tree = read_recording(twice, "", Limits());
    std::string measured;
    for (const auto one : tree.value->root().children("Measurement")) {
        if (one.text("code") == "MDC_ECG_TIME_PD_PR") measured += one.text("value");
    }
    BOOST_TEST(measured == "158");
}

BOOST_AUTO_TEST_CASE(hostile_files_are_dead_letters) {
    BOOST_TEST(front_rule(message_of("<ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>")) == "ecg-not-a-recording");
    BOOST_TEST(front_rule(message_of("<!DOCTYPE a [<!ENTITY b \"c\">]><AnnotatedECG>&b;</AnnotatedECG>")) == "xml-doctype");
    BOOST_TEST(front_rule(message_of(sample().substr(0, 900))) == "xml-syntax");
    BOOST_TEST(front_rule(message_of(replaced(sample(), "extension=\"T20031\"", ""))) == ""); // the root alone still names somebody
    BOOST_TEST(front_rule(message_of(replaced(sample(), "<id root=\"2.25.7410003302\" extension=\"T20031\"/>", ""))) ==
               "ecg-patient-missing");
    std::string deep = "<AnnotatedECG>";
    for (int depth = 0; depth < 5'000; ++depth) deep += "<annotation>";
    BOOST_TEST(front_rule(message_of(deep)) != "");
    BOOST_TEST(front_rule(message_of("")) != "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::ecg::tests
