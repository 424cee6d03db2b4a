#include "adapters/hl7v2/batch_file.hpp"
#include "adapters/hl7v2/hl7v2.hpp"
#include "unit/adapters/hl7v2/samples.hpp"
#include "unit/adapters/support/rehearsal.hpp"

#include <boost/test/unit_test.hpp>

namespace huitong::adapters::hl7v2::tests {

using adapters::tests::Rehearsal;
using adapters::tests::RememberingInbox;
using adapters::tests::TemporaryFolder;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(hl7v2_drop)

void write_file(const fs::path& path, std::string_view bytes) { std::ofstream(path, std::ios::binary) << bytes; }

BOOST_AUTO_TEST_CASE(files_hold_one_or_many_messages) {
    const auto one = result_message("M1");
    BOOST_TEST(split_messages(one).value.size() == 1u);
    BOOST_TEST(split_messages(one).value[0] == one);
    BOOST_TEST(split_messages(one + one + "\r\n" + one).value.size() == 3u);
    BOOST_TEST(split_messages("\x0B" + one + "\x1C\r\x0B" + one + "\x1C\r").value.size() == 2u);
    BOOST_TEST(split_messages(replaced(one + one, "\r", "\r\n")).value.size() == 2u);
    BOOST_TEST(split_messages("stray words\r" + one).value.size() == 2u);
    BOOST_TEST(split_messages("\r\n").issues.leading()->rule == "drop-file-empty");
}

BOOST_AUTO_TEST_CASE(a_batch_announces_its_messages) {
    const auto one = result_message("M1");
    const auto batch = [&](const std::string& count) { return "FHS|^~\\&|A\rBHS|^~\\&|A\r" + one + one + "BTS|" + count + "\rFTS|1\r"; };
    BOOST_TEST(split_messages(batch("2")).value.size() == 2u);
    BOOST_TEST(split_messages(batch("2")).issues.empty());
    BOOST_TEST(split_messages(batch("3")).value.size() == 2u);
    BOOST_TEST(split_messages(batch("3")).issues.leading()->rule == "drop-batch-count");
}

BOOST_AUTO_TEST_CASE(files_move_to_done_or_failed_after_they_are_stored) {
    TemporaryFolder folder;
    write_file(folder.path() / "a.hl7", gb18030(result_message("M1", "GBK") + result_message("M2", "GBK")));
    write_file(folder.path() / "b.HL7", result_message("M3") + replaced(result_message("M4"), "|2.4|", "|9.9|"));
    write_file(folder.path() / "note.txt", "not ours");
    SystemClock clock;
    RememberingInbox inbox;
    auto adapter = make_hl7v2_adapter(feed_settings("poll_ms=20;drop=" + folder.path().string()), Limits(), clock);
    Rehearsal rehearsal(*adapter, inbox);
    BOOST_TEST(Rehearsal::wait_for([&] { return fs::exists(folder.path() / "failed/b.HL7"); }));
    rehearsal.stop();
    BOOST_TEST(fs::exists(folder.path() / "done/a.hl7"));
    BOOST_TEST(fs::exists(folder.path() / "note.txt"));
    const auto taken = inbox.taken();
    BOOST_REQUIRE_EQUAL(taken.size(), 4u);
    BOOST_TEST(taken[1].control_id == "M2");
    BOOST_TEST(adapter->decode(taken[1]).value->root().text("PATIENT_RESULT.PID.PID-5.c2") == "张三");
    std::ifstream report(folder.path() / "failed/b.HL7.issues.txt");
    std::string line;
    std::getline(report, line);
    BOOST_TEST(line == "message 2: MSH-12 v2-version: The HL7 version is not supported");
}

BOOST_AUTO_TEST_CASE(a_file_stays_while_the_queue_is_full) {
    TemporaryFolder folder;
    write_file(folder.path() / "a.hl7", result_message("M1"));
    SystemClock clock;
    RememberingInbox inbox;
    inbox.stored = feeds::Disposition::throttled;
    auto adapter = make_hl7v2_adapter(feed_settings("poll_ms=20;drop=" + folder.path().string()), Limits(), clock);
    Rehearsal rehearsal(*adapter, inbox);
    BOOST_TEST(Rehearsal::wait_for([&] { return inbox.taken().size() >= 3; }));
    rehearsal.stop();
    BOOST_TEST(fs::exists(folder.path() / "a.hl7"));
}

BOOST_AUTO_TEST_CASE(a_file_that_still_grows_is_left_alone) {
    TemporaryFolder folder;
    SystemClock clock;
    RememberingInbox inbox;
    auto adapter = make_hl7v2_adapter(feed_settings("poll_ms=50;drop=" + folder.path().string()), Limits(), clock);
    Rehearsal rehearsal(*adapter, inbox);
    std::ofstream out(folder.path() / "a.hl7", std::ios::binary);
    const auto message = result_message("M1");
    for (std::size_t at = 0; at < message.size(); at += 40) {
        out << message.substr(at, 40) << std::flush;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    out.close();
    BOOST_TEST(Rehearsal::wait_for([&] { return fs::exists(folder.path() / "done/a.hl7"); }));
    rehearsal.stop();
    BOOST_REQUIRE_EQUAL(inbox.taken().size(), 1u);
    BOOST_TEST(inbox.taken()[0].bytes == message);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::hl7v2::tests
