#include "unit/adapters/hl7v2/samples.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace huitong::adapters::hl7v2::tests {

BOOST_AUTO_TEST_SUITE(hl7v2_ack)

AckStamp stamp() {
    AckStamp out;
    out.now = {1'795'000'000 * kMicrosecondsPerSecond};
    out.control_id = "HT1";
    return out;
}

/// The first answer that the sender sees, as the listener would choose it when the inbox accepts.
std::string first_answer(const Envelope& envelope) {
    const auto answer = answer_of(envelope.issues);
    if (envelope.is_enhanced() && !is_wanted(envelope.header_field(15), answer.kind)) return "";
    return write_ack(envelope, answer, envelope.is_enhanced() ? AckMode::commit : AckMode::original, stamp());
}

/// "MSH^1^2" of the first ERR: ERR-2, or before v2.5 the first three components of ERR-1.
std::string location_in(const std::string& ack) {
    const auto message = read_message(ack);
    for (const auto& segment : message.value.segments) {
        if (segment.id != "ERR") continue;
        auto where = std::string(message.value.field(segment, 2));
        if (where.empty()) {
            for (unsigned part = 1; part <= 3; ++part) {
                where += std::string(part > 1 ? "^" : "") + std::string(message.value.component(message.value.field(segment, 1), part));
            }
        }
        while (!where.empty() && where.back() == '^') where.pop_back();
        return where;
    }
    return "";
}

BOOST_DATA_TEST_CASE(the_ack_follows_the_table, boost::unit_test::data::make(read_vectors("ack.tsv", 7)), vector) {
    const auto rules = read_front_rules(feed_settings(vector.cells[1]));
    const auto message = replaced(replaced(vector.cells[2], "<CR>", "\r"), "<VT>", "\x0B");
    const auto envelope = front_check(message, rules);
    const auto ack = first_answer(envelope);
    if (vector.cells[3] == "none") {
        BOOST_TEST(ack == "");
        return;
    }
    const auto read = read_ack(ack);
    BOOST_REQUIRE(read);
    BOOST_TEST(read->code == vector.cells[3]);
    BOOST_TEST(read->control_id == envelope.header_field(10));
    std::string codes;
    if (envelope.version.starts_with("2.3") || envelope.version.starts_with("2.4")) {
        if (!read->error_codes.empty()) codes = std::to_string(read->error_codes.front());
    } else {
        for (const int code : read->error_codes) codes += (codes.empty() ? "" : ",") + std::to_string(code);
    }
    BOOST_TEST(codes == vector.cells[4]);
    if (envelope.has_header) BOOST_TEST(location_in(ack) == vector.cells[5]);
}

BOOST_AUTO_TEST_CASE(sender_and_receiver_change_places_and_the_control_id_comes_back) {
    const auto envelope = front_check(result_message("A20261120000123"), read_front_rules(feed_settings("")));
    const auto ack = write_ack(envelope, answer_of(envelope.issues), AckMode::original, stamp());
    BOOST_TEST(ack == "MSH|^~\\&|HIP|CITY|LIS|990102H0001|20261118190640+0800||ACK^R01^ACK|HT1|P|2.4\rMSA|AA|A20261120000123\r");
}

BOOST_AUTO_TEST_CASE(an_error_is_told_in_v25_form_with_location_code_and_words) {
    const auto message =
        replaced(replaced(result_message(), "|2.4|", "|2.5.1|"), "A1^^^990102H0001&1.2.3&ISO^PI~990102198001010011^^^GA^NI", "");
    const auto envelope = front_check(message, read_front_rules(feed_settings("")));
    const auto ack = write_ack(envelope, answer_of(envelope.issues), AckMode::original, stamp());
    BOOST_TEST(ack.find("MSA|AE|C1|Required field PID-3 is missing\r") != ack.npos);
    const std::string expected = "\rERR||PID^1^3|101^Required field missing^HL70357|E|v2-required^Required field PID-3 is missing^L"
                                 "|||Required field PID-3 is missing\r";
    BOOST_TEST(ack.find(expected) != ack.npos);
}

BOOST_AUTO_TEST_CASE(the_reply_speaks_the_charset_of_the_message) {
    auto message = replaced(result_message("C1", "GB 18030-2000"), "|LIS|", "|检验系统|");
    const auto envelope = front_check(gb18030(message), read_front_rules(feed_settings("")));
    const auto ack = write_ack(envelope, answer_of(envelope.issues), AckMode::original, stamp());
    BOOST_TEST(ack.find(gb18030("|HIP|CITY|检验系统|")) != ack.npos);
    BOOST_TEST(ack.find("|GB 18030-2000\r") != ack.npos);
}

BOOST_AUTO_TEST_CASE(the_words_can_be_chinese) {
    const auto envelope = front_check(replaced(result_message(), "|2.4|", "|9.9|"), read_front_rules(feed_settings("")));
    auto chinese = stamp();
    chinese.language = Language::zh;
    const auto ack = write_ack(envelope, answer_of(envelope.issues), AckMode::original, chinese);
    BOOST_TEST(ack.find("不支持该 HL7 版本") != ack.npos);
    const auto plain = front_check("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|9.9\rPID|1||A1\r", read_front_rules(feed_settings("")));
    const auto english = write_ack(plain, answer_of(plain.issues), AckMode::original, chinese);
    BOOST_TEST(english.find("The HL7 version is not supported") != english.npos); // a plain ASCII peer gets no question marks
}

BOOST_AUTO_TEST_CASE(receipts_become_answers) {
    using feeds::Disposition;
    const auto answer = [](Disposition disposition, Issue issue) {
        feeds::Receipt receipt;
        receipt.disposition = disposition;
        if (!issue.rule.empty()) receipt.issues.add(std::move(issue));
        return answer_of(receipt);
    };
    BOOST_TEST((answer(Disposition::accepted, {}).kind == AckKind::accept));
    BOOST_TEST((answer(Disposition::duplicate, {}).kind == AckKind::accept));
    const auto full = answer(Disposition::throttled, {});
    BOOST_TEST((full.kind == AckKind::reject));
    BOOST_TEST(full.errors.at(0).code == 207);
    const auto unknown = answer(Disposition::dead_letter, error(IssueCode::not_found, "MRG-1", "merge-unknown"));
    BOOST_TEST((unknown.kind == AckKind::error));
    BOOST_TEST(unknown.errors.at(0).code == 204);
    const auto reused = answer(Disposition::refused, error(IssueCode::duplicate, "MSH-10", "control-id-reused"));
    BOOST_TEST((reused.kind == AckKind::error));
    BOOST_TEST(reused.errors.at(0).code == 205);
    const auto late = answer(Disposition::accepted, warning(IssueCode::conflict, "Observation", "feed-put-aside", {"Observation"}));
    BOOST_TEST((late.kind == AckKind::accept));
    BOOST_REQUIRE_EQUAL(late.errors.size(), 1U);
    BOOST_TEST(late.errors.front().severity == 'W');
    BOOST_TEST(late.errors.front().code == 0);
    const auto pending = answer(Disposition::pending, {});
    BOOST_TEST((pending.kind == AckKind::accept));
    BOOST_TEST(pending.errors.at(0).severity == 'W');
}

BOOST_AUTO_TEST_CASE(the_answer_never_repeats_what_the_patient_fields_hold) {
    auto message = replaced(replaced(result_message(), "|2.4|", "|2.5|"), "||19800101|F", "||geheim1|Q7");
    message = replaced(message, "|20261120084500", "|geheim2");
    const auto envelope = front_check(message, read_front_rules(feed_settings("")));
    const auto ack = write_ack(envelope, answer_of(envelope.issues), AckMode::original, stamp());
    BOOST_TEST(ack.find("geheim") == ack.npos);
    BOOST_TEST(ack.find("Q7") == ack.npos);
    BOOST_TEST(ack.find("ZHANG") == ack.npos);
    BOOST_TEST(envelope.issues.issues().size() >= 4u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::hl7v2::tests
