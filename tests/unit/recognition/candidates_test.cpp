// What an order is answered from, beside a reader that knows nothing of indexes: it reads every result of the person, each by itself.
#include "recognition/matching.hpp"
#include "support/recognition_hub.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::recognition;
using namespace huitong::tests;

namespace {

constexpr std::string_view kRecords[] = {"pa", "pb", "pt"};

struct Random : RecognitionHub {
    std::mt19937_64 chance{20261128};
    int minutes = 0; ///< no two specimens of one instant: their order would be nobody's

    Random() : RecognitionHub(kAsked) { put_people(*this); }
    bool is(int percent) { return std::uniform_int_distribution<int>(1, 100)(chance) <= percent; }
    template <class List>
    auto one_of(const List& list) {
        return list[std::uniform_int_distribution<std::size_t>(0, std::size(list) - 1)(chance)];
    }

    ReportText random_report(int number) {
        static constexpr const char* kStatus[] = {"final", "final", "final", "corrected", "preliminary", "entered-in-error"};
        static constexpr const char* kPlaces[] = {kHospitalA, kHospitalB, kLabX};
        auto out = story_report();
        out.number = "R" + std::to_string(number);
        out.patient = one_of(kRecords);
        out.status = one_of(kStatus);
        out.reporting = one_of(kPlaces);
        out.performer = one_of(kPlaces);
        out.specimen = is(80) ? "BLD" : "UR";
        out.lists_results = is(50);
        if (is(15)) out.labels = {"HIV"};
        if (is(20)) out.values.resize(1);
        out.values.front().number = std::to_string(3 + number % 9);
        out.collected = instant_text({at("2026-11-01T08:00:00+08:00").microseconds + ++minutes * 1'700'000'000LL}, 480);
        out.issued = out.collected;
        return out;
    }
    void put_reports(int count) {
        std::vector<ReportText> stored;
        for (int number = 0; number < count; ++number) {
            auto report = random_report(number);
            put_report(report);
            stored.push_back(std::move(report));
            if (!is(30)) continue;
            auto again = one_of(stored); // a later version
            again.values.front().number = "11";
            if (is(40)) again.status = "entered-in-error";
            put_report(again);
        }
    }
};

std::string described(const Candidate& candidate) {
    std::string out;
    for (const auto& text : {candidate.resource, candidate.version, candidate.report, candidate.report_version, candidate.patient_id,
                             candidate.status, candidate.report_status, candidate.specimen, candidate.value_text, candidate.performer,
                             candidate.reporting, candidate.source_class, candidate.code_equivalence, candidate.claimed_mark})
        out += text + '|';
    for (const auto& [system, code] : candidate.item_codes) out += system + '=' + code + '|';
    return out + (candidate.collected ? std::to_string(candidate.collected->microseconds) : "-");
}

/// The newest results of the item, up to the last that an order decides.
std::vector<std::string> read_everything(Random& hub, const access::Caller& caller, const std::string& item) {
    const auto facts = hub.service->facts();
    std::vector<std::pair<std::string, std::string>> codes;
    for (const auto& row : facts->items) {
        if (row.item == item) codes.insert(codes.end(), row.codes.begin(), row.codes.end());
    }
    const auto view = hub.store->view(access::filter_of(caller));
    std::vector<Candidate> found;
    for (const auto record : kRecords) {
        for (const auto key : view->compartment(std::string(record), "Observation")) {
            const auto versions = view->versions({key}).value();
            const auto document = fhir::read_json(versions.at(0).body).value;
            bool fits = false;
            for (const auto coding : document->root()["code"].children("coding"))
                fits = fits || std::find(codes.begin(), codes.end(),
                                         std::pair(std::string(coding.text("system")), std::string(coding.text("code")))) != codes.end();
            if (!fits) continue;
            const auto fresh = hub.store->view(access::filter_of(caller));
            RecordReader reader(*fresh, shared_terminology(), *facts, &*hub.linker, 480);
            found.push_back(reader.laboratory(versions.at(0), codes));
        }
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.collected > b.collected; });
    std::vector<std::string> out;
    std::size_t valid = 0;
    for (const auto& candidate : found) {
        out.push_back(described(candidate));
        if (candidate.status != "entered-in-error" && ++valid == kCandidatesMax) break;
    }
    return out;
}

std::vector<std::string> asked(Random& hub, const access::Caller& caller, const std::string& loinc) {
    auto question = RecognitionHub::question(kHospitalB, "");
    question.orders.front().codes.front() = {"http://loinc.org", "", loinc, ""};
    std::vector<std::string> out;
    const auto advice = hub.service->explain(caller, question);
    for (const auto& judged : advice.matches.at(0).members.at(0).judged) out.push_back(described(judged.candidate));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(candidates_suite)

BOOST_FIXTURE_TEST_CASE(an_order_is_answered_from_the_newest_results_whoever_reads_them, Random) {
    auto everything = RecognitionHub::caller(kHospitalB);
    everything.open = true;
    std::size_t compared = 0;
    for (const int reports : {1, 9, 40}) {
        put_reports(reports);
        for (const auto& caller : {RecognitionHub::caller(kHospitalB), everything}) {
            for (const auto& [item, loinc] : {std::pair("WBC", "6690-2"), std::pair("HGB", "718-7"), std::pair("PLT", "777-3")}) {
                const auto naive = read_everything(*this, caller, item);
                auto given = asked(*this, caller, loinc);
                // Void ones that are older than the last valid one may follow.
                BOOST_REQUIRE(given.size() >= naive.size());
                given.resize(naive.size());
                BOOST_TEST(given == naive, boost::test_tools::per_element());
                compared += naive.size();
            }
        }
    }
    BOOST_TEST(compared > 100U);
}

BOOST_AUTO_TEST_SUITE_END()
