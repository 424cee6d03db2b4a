#include "adapters/dicom/dicom.hpp"
#include "adapters/dicom/study.hpp"
#include "unit/adapters/support/rehearsal.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

namespace huitong::adapters::dicom::tests {

using adapters::tests::Rehearsal;
using adapters::tests::RememberingInbox;
using adapters::tests::TemporaryFolder;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(dicom)

std::string dataset(const std::string& study, const std::string& series, const std::string& instance, const std::string& patient = "P1") {
    return R"({"00080018":{"vr":"UI","Value":[")" + instance +
           R"("]},"00080020":{"vr":"DA","Value":["20261118"]},"00080050":{"vr":"SH","Value":["CT1"]},)" +
           R"("00080060":{"vr":"CS","Value":["CT"]},"00080061":{"vr":"CS","Value":["CT","SR"]},)" +
           R"("00100010":{"vr":"PN","Value":[{"Alphabetic":"ZHANG^SAN","Ideographic":"张^三"}]},"00100020":{"vr":"LO","Value":[")" +
           patient + R"("]},)" +
           R"("00081032":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["CTXB"]},"00080104":{"vr":"LO","Value":["胸部CT平扫"]}}]},)" +
           R"("0020000D":{"vr":"UI","Value":[")" + study + R"("]},"0020000E":{"vr":"UI","Value":[")" + series + R"("]},)" +
           R"("00200011":{"vr":"IS","Value":[2]},"00200013":{"vr":"IS","Value":[7]},"00091001":{"vr":"LO","Value":["local"]},"00100030":{"vr":"DA"}})";
}

drop::Contents contents_of(std::string bytes) {
    drop::DropFile file;
    file.stem = "studies";
    file.bytes = std::move(bytes);
    return split_studies(std::move(file), "pacs", Limits(), Instant{1});
}

std::string first_rule(const Outcome& outcome) { return outcome.leading() == nullptr ? "" : outcome.leading()->rule; }

BOOST_AUTO_TEST_CASE(instances_are_gathered_into_study_series_and_instance) {
    const auto bytes = "[" + dataset("1.1", "1.1.1", "a") + "," + dataset("1.1", "1.1.1", "b") + ",\n" + dataset("1.1", "1.1.2", "c") + "]";
    const auto tree = read_study(bytes, Limits());
    BOOST_TEST(first_rule(tree.issues) == "");
    const auto root = tree.value->root();
    BOOST_TEST(root.name() == "DicomStudy");
    BOOST_TEST(root.text("StudyInstanceUID") == "1.1");
    BOOST_TEST(root.text("AccessionNumber") == "CT1");
    BOOST_TEST(root.text("PatientName") == "ZHANG^SAN");
    BOOST_TEST(root.text("PatientName.Ideographic") == "张^三");
    BOOST_TEST(std::distance(root.children("ModalitiesInStudy").begin(), root.children("ModalitiesInStudy").end()) == 2);
    BOOST_TEST(root.text("ProcedureCodeSequence.CodeMeaning") == "胸部CT平扫");
    BOOST_TEST(!root.child("PatientBirthDate"));
    BOOST_TEST(std::distance(root.children("Series").begin(), root.children("Series").end()) == 2);
    const auto series = root.child("Series");
    BOOST_TEST(series.text("Modality") == "CT");
    BOOST_TEST(series.text("SeriesNumber") == "2");
    BOOST_TEST(std::distance(series.children("Instance").begin(), series.children("Instance").end()) == 2);
    BOOST_TEST(series.child("Instance").text("SOPInstanceUID") == "a");
    BOOST_TEST(series.child("Instance").text("Tag00091001") == "local");
    const auto span = root.child("StudyInstanceUID").source();
    BOOST_TEST(tree.value->text().substr(span.begin, span.end - span.begin) == "\"1.1\"");
}

BOOST_AUTO_TEST_CASE(a_study_level_answer_has_no_series) {
    const auto tree = read_study(R"([{"0020000D":{"vr":"UI","Value":["1.1"]},"00201206":{"vr":"IS","Value":[3]}}])", Limits());
    BOOST_TEST(tree.value->root().text("NumberOfStudyRelatedSeries") == "3");
    BOOST_TEST(!tree.value->root().child("Series"));
}

BOOST_AUTO_TEST_CASE(a_delivery_is_cut_into_one_message_a_study) {
    const auto contents = contents_of("[" + dataset("1.1", "1.1.1", "a") + "," + dataset("2.2", "2.2.1", "x", "P2") + "," +
                                      dataset("1.1", "1.1.1", "b") + "]");
    BOOST_REQUIRE_EQUAL(contents.count, 2u);
    const auto message = contents.message(0);
    BOOST_TEST(message.bytes == "[" + dataset("1.1", "1.1.1", "a") + ",\n" + dataset("1.1", "1.1.1", "b") + "]");
    BOOST_TEST(message.control_id.substr(0, 4) == "1.1:");
    BOOST_TEST(message.front_check.empty());
    BOOST_TEST(contents.message(1).order_keys.at(0) == "P2");
}

BOOST_AUTO_TEST_CASE(a_delivery_that_was_there_already_is_known_also_behind_a_later_one) {
    const auto first = "[" + dataset("1.1", "1.1.1", "a") + "]",
               grown = "[" + dataset("1.1", "1.1.1", "a") + "," + dataset("1.1", "1.1.2", "b") + "]";
    BOOST_TEST(contents_of(first).message(0).control_id == contents_of(first).message(0).control_id);
    BOOST_TEST(contents_of(first).message(0).control_id != contents_of(grown).message(0).control_id);
}

BOOST_AUTO_TEST_CASE(two_patients_in_one_study_are_an_error) {
    const auto contents = contents_of("[" + dataset("1.1", "1.1.1", "a", "P1") + "," + dataset("1.1", "1.1.1", "b", "P2") + "]");
    const auto message = contents.message(0);
    BOOST_TEST(message.front_check.has_errors());
    BOOST_TEST(first_rule(message.front_check) == "dicom-study-conflict");
}

BOOST_AUTO_TEST_CASE(what_is_no_dicom_json_is_told) {
    BOOST_TEST(first_rule(contents_of("[").issues) == "json-syntax");
    BOOST_TEST(first_rule(contents_of("[]").issues) != "");
    BOOST_TEST(first_rule(contents_of("7").issues) == "dicom-not-datasets");
    BOOST_TEST(contents_of("7").count == 0u);
    BOOST_TEST(first_rule(contents_of(R"([{"00100020":{"vr":"LO","Value":["P1"]}}])").message(0).front_check) == "dicom-study-uid-missing");
    BOOST_TEST(first_rule(read_study("[" + dataset("1", "1", "a") + "," + dataset("2", "2", "b") + "]", Limits()).issues) ==
               "dicom-several-studies");
    BOOST_TEST(read_study("nonsense", Limits()).value->root().name() == "DicomStudy");
}

BOOST_AUTO_TEST_CASE(a_dropped_file_is_stored) {
    TemporaryFolder folder;
    std::ofstream(folder.path() / "s.json") << "[" << dataset("1.1", "1.1.1", "a") << "]";
    std::ofstream(folder.path() / "bad.json") << "[";
    feeds::FeedSettings settings;
    settings.name = "pacs";
    settings.settings = {{"drop", folder.path().string()}, {"poll_ms", "20"}};
    SystemClock clock;
    RememberingInbox inbox;
    auto adapter = make_dicom_adapter(settings, Limits(), clock, {});
    Rehearsal rehearsal(*adapter, inbox);
    BOOST_TEST(
        Rehearsal::wait_for([&] { return fs::exists(folder.path() / "done/s.json") && fs::exists(folder.path() / "failed/bad.json"); }));
    rehearsal.stop();
    BOOST_REQUIRE_EQUAL(inbox.taken().size(), 1u);
    BOOST_TEST(adapter->decode(inbox.taken()[0]).value->root().text("PatientID") == "P1");
    BOOST_TEST(fs::exists(folder.path() / "failed/bad.json.issues.txt"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::dicom::tests
