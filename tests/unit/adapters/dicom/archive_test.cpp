// An archive as the feed asks it; the answers are those of Orthanc and of a DICOMweb service.
#include "adapters/dicom/archive.hpp"
#include "base/date_time.hpp"
#include "unit/adapters/support/rehearsal.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace huitong::adapters::dicom::tests {

BOOST_AUTO_TEST_SUITE(archive)

namespace {

/// Answers by address; what it does not know is 404.
struct Pacs {
    std::map<std::string, WebAnswer> answers;
    std::vector<std::string> asked;
    bool is_away = false;

    AskWeb ask() {
        return [this](const std::string& url, const WebHeaders&, const std::stop_token&) -> Result<WebAnswer> {
            if (is_away) return Outcome(error(IssueCode::transient, "", "exchange-unreachable", {"pacs"}));
            asked.push_back(url);
            const auto found = answers.find(url);
            return found == answers.end() ? WebAnswer{404, ""} : found->second;
        };
    }
    void has_study(const std::string& uid) {
        answers["http://pacs/dicom-web/studies/" + uid + "/metadata"] = {200, R"([{"0020000D":{"vr":"UI","Value":[")" + uid +
                                                                                  R"("]},"00100020":{"vr":"LO","Value":["P1"]}}])"};
    }
    void has_change(const std::string& query, const std::string& changes, int last, const char* done = "true") {
        answers["http://pacs/changes?" + query] = {200, "{\"Changes\":[" + changes + "],\"Done\":" + done +
                                                            ",\"Last\":" + std::to_string(last) + "}"};
    }
    void has_orthanc_id(const std::string& id, const std::string& uid) {
        answers["http://pacs/studies/" + id] = {200, R"({"MainDicomTags":{"StudyInstanceUID":")" + uid + "\"}}"};
    }
};

std::string stable(int number, const std::string& id) {
    return R"({"ChangeType":"StableStudy","ID":")" + id + R"(","Seq":)" + std::to_string(number) + "}";
}

struct Bench {
    adapters::tests::TemporaryFolder folder;
    SetClock clock{instants_of(*read_date_time("2026-11-28T12:00:00+08:00"), 480).first};
    Pacs pacs;

    std::unique_ptr<drop::Source> source(bool is_orthanc) {
        ArchiveSettings settings;
        settings.source = "pacs";
        settings.dicomweb = "http://pacs/dicom-web/";
        if (is_orthanc) settings.orthanc = "http://pacs";
        settings.mark_file = folder.path() / "pacs.mark";
        return make_archive_source(std::move(settings), pacs.ask(), Limits(), clock);
    }
};

/// Patient numbers and studies of one haul.
std::string studies_of(const Result<drop::Haul>& haul) {
    if (!haul) return haul.error().leading()->rule;
    std::string out;
    for (std::size_t at = 0; at < haul->contents.count; ++at) out += haul->contents.message(at).control_id.substr(0, 3);
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(stable_studies_are_fetched_and_their_numbers_kept_after_they_are_durable) {
    Bench bench;
    bench.pacs.has_change("since=0&limit=100", R"({"ChangeType":"NewStudy","ID":"a","Seq":1},)" + stable(2, "a") + "," + stable(3, "b"), 4);
    bench.pacs.has_orthanc_id("a", "1.2");
    bench.pacs.has_orthanc_id("b", "1.3");
    bench.pacs.has_study("1.2");
    bench.pacs.has_study("1.3");
    {
        const auto source = bench.source(true);
        BOOST_TEST(studies_of(source->fetch({})) == "1.2");
        BOOST_TEST(studies_of(source->fetch({})) == "1.2"); // not kept: the same again
        BOOST_TEST(source->keep({}, {}).empty());
    }
    bench.pacs.has_change("since=2&limit=100", stable(3, "b"), 4);
    const auto source = bench.source(true); // a restart goes on behind the first
    BOOST_TEST(studies_of(source->fetch({})) == "1.3");
    BOOST_TEST(source->keep({}, {}).empty());
    bench.pacs.has_change("since=4&limit=100", "", 4);
    bench.pacs.has_change("last", "", 4);
    BOOST_TEST(studies_of(source->fetch({})) == "");
}

BOOST_AUTO_TEST_CASE(the_message_says_where_the_study_is_fetched_from) {
    Bench bench;
    bench.pacs.has_change("since=0&limit=100", stable(1, "a"), 1);
    bench.pacs.has_orthanc_id("a", "1.2");
    bench.pacs.has_study("1.2");
    const auto haul = bench.source(true)->fetch({});
    BOOST_REQUIRE(haul.has_value());
    BOOST_TEST(haul->contents.message(0).bytes.find("http://pacs/dicom-web/studies/1.2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_study_that_was_deleted_meanwhile_holds_up_nobody) {
    Bench bench;
    bench.pacs.has_change("since=0&limit=100", stable(1, "gone") + "," + stable(2, "b"), 2);
    bench.pacs.has_orthanc_id("b", "1.3");
    bench.pacs.has_study("1.3");
    const auto source = bench.source(true);
    BOOST_TEST(studies_of(source->fetch({})) == "");
    BOOST_TEST(source->keep({}, {}).empty());
    BOOST_TEST(studies_of(source->fetch({})) == "1.3");
}

BOOST_AUTO_TEST_CASE(an_archive_that_was_set_up_anew_is_read_from_its_beginning) {
    Bench bench;
    bench.pacs.has_change("since=0&limit=100", stable(90, "a"), 90);
    bench.pacs.has_orthanc_id("a", "1.2");
    bench.pacs.has_study("1.2");
    const auto source = bench.source(true);
    BOOST_TEST(studies_of(source->fetch({})) == "1.2");
    BOOST_TEST(source->keep({}, {}).empty());
    bench.pacs.has_change("since=90&limit=100", "", 90);
    bench.pacs.has_change("last", "", 3);
    bench.pacs.has_change("since=0&limit=100", stable(2, "a"), 3);
    BOOST_TEST(studies_of(source->fetch({})) == ""); // noticed
    BOOST_TEST(source->keep({}, {}).empty());
    BOOST_TEST(studies_of(source->fetch({})) == "1.2");
}

BOOST_AUTO_TEST_CASE(without_numbered_changes_rows_that_changed_are_fetched) {
    Bench bench;
    const std::string list = "http://pacs/dicom-web/studies?StudyDate=20261125-20261129&includefield=00201208&limit=200&offset=0";
    const auto row = [](const char* count) {
        return std::string(R"([{"0020000D":{"vr":"UI","Value":["1.2"]},"00201208":{"vr":"IS","Value":[)") + count + "]}}]";
    };
    bench.pacs.answers[list] = {200, row("1")};
    bench.pacs.has_study("1.2");
    auto source = bench.source(false);
    BOOST_TEST(studies_of(source->fetch({})) == "1.2");
    BOOST_TEST(source->keep({}, {}).empty());
    BOOST_TEST(studies_of(source->fetch({})) == "");
    bench.pacs.answers[list] = {200, row("2")}; // an image more
    source = bench.source(false);               // over a restart
    BOOST_TEST(studies_of(source->fetch({})) == "1.2");
    BOOST_TEST(source->keep({}, {}).empty());
    bench.pacs.answers[list] = {204, ""};
    BOOST_TEST(studies_of(source->fetch({})) == "");
}

BOOST_AUTO_TEST_CASE(a_study_whose_metadata_cannot_be_given_is_set_aside_told_and_asked_for_again_also_after_a_restart) {
    Bench bench;
    bench.pacs.has_change("since=0&limit=100", stable(1, "a") + "," + stable(2, "b"), 2);
    bench.pacs.has_change("since=2&limit=100", "", 2);
    bench.pacs.has_change("last", "", 2);
    bench.pacs.has_orthanc_id("a", "1.2");
    bench.pacs.has_orthanc_id("b", "1.3");
    bench.pacs.answers["http://pacs/dicom-web/studies/1.2/metadata"] = {500, ""};
    bench.pacs.has_study("1.3");
    {
        const auto source = bench.source(true);
        const auto haul = source->fetch({});
        BOOST_REQUIRE(haul.has_value());
        BOOST_TEST(haul->contents.count == 0U);
        BOOST_TEST(haul->contents.issues.leading()->rule == "dicom-studies-set-aside");
        BOOST_TEST(source->keep({}, {}).empty());
        BOOST_TEST(studies_of(source->fetch({})) == "1.3");
        BOOST_TEST(source->keep({}, {}).empty());
        BOOST_TEST(studies_of(source->fetch({})) == ""); // not yet
        BOOST_TEST(source->keep({}, {}).empty());
    }
    bench.pacs.has_study("1.2");
    const auto source = bench.source(true);
    BOOST_TEST(studies_of(source->fetch({})) == "1.2");
    BOOST_TEST(source->keep({}, {}).empty());
    const auto after = source->fetch({});
    BOOST_REQUIRE(after.has_value());
    BOOST_TEST(after->contents.count == 0U);
    BOOST_TEST(after->contents.issues.empty());
}

BOOST_AUTO_TEST_CASE(a_listed_study_whose_metadata_cannot_be_given_waits_and_the_next_goes_on) {
    Bench bench;
    const std::string list = "http://pacs/dicom-web/studies?StudyDate=20261125-20261129&includefield=00201208&limit=200&offset=0";
    bench.pacs.answers[list] = {200, R"([{"0020000D":{"vr":"UI","Value":["1.2"]}},{"0020000D":{"vr":"UI","Value":["1.3"]}}])"};
    bench.pacs.answers["http://pacs/dicom-web/studies/1.2/metadata"] = {503, ""};
    bench.pacs.has_study("1.3");
    const auto source = bench.source(false);
    const auto read = [&] {
        auto out = studies_of(source->fetch({}));
        BOOST_TEST(source->keep({}, {}).empty());
        return out;
    };
    BOOST_TEST(read() == "");
    BOOST_TEST(read() == "1.3");
    bench.pacs.has_study("1.2");
    bench.clock.set({bench.clock.now().microseconds + 11 * 60 * kMicrosecondsPerSecond});
    BOOST_TEST(read() == "1.2");
    BOOST_TEST(read() == "");
}

BOOST_AUTO_TEST_CASE(an_archive_that_is_away_sets_no_study_aside) {
    Bench bench;
    bench.pacs.has_change("since=0&limit=100", stable(1, "a"), 1);
    bench.pacs.has_orthanc_id("a", "1.2");
    const auto source = bench.source(true);
    bench.pacs.answers["http://pacs/dicom-web/studies/1.2/metadata"] = {401, ""};
    for (int attempt = 0; attempt < 4; ++attempt) BOOST_TEST(studies_of(source->fetch({})) == "dicom-archive-login");
    bench.pacs.has_study("1.2");
    BOOST_TEST(studies_of(source->fetch({})) == "1.2");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_an_archive_is_named) {
    Bench bench;
    const std::string changes = "http://pacs/changes?since=0&limit=100";
    const auto rule = [&](WebAnswer answer) {
        bench.pacs.answers[changes] = std::move(answer);
        return studies_of(bench.source(true)->fetch({}));
    };
    BOOST_TEST(rule({401, ""}) == "dicom-archive-login");
    BOOST_TEST(rule({404, ""}) == "dicom-archive-path");
    BOOST_TEST(rule({500, ""}) == "dicom-archive-status");
    BOOST_TEST(rule({200, "<html>"}) == "dicom-archive-answer");
    bench.pacs.is_away = true;
    BOOST_TEST(studies_of(bench.source(true)->fetch({})) == "exchange-unreachable");
    // An id or a UID that leads elsewhere is not called.
    bench.pacs.is_away = false;
    bench.pacs.has_change("since=0&limit=100", stable(1, "a"), 1);
    bench.pacs.has_orthanc_id("a", "1.2/../../admin");
    BOOST_TEST(studies_of(bench.source(true)->fetch({})) == "");
    BOOST_TEST(bench.pacs.asked.back() == "http://pacs/studies/a");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::dicom::tests
