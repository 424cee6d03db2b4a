// The numbers for the level above: a valid resource, quotients as scores, small numbers left out of strata.
#include "rest/recognition/measure_report.hpp"

#include "fhir/json.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;

namespace {

recognition::Statistics sample() {
    recognition::Statistics out;
    for (const auto& [group, offers, adopted] : {std::tuple("341004H0009", 10, 8), std::tuple("341021H0101", 4, 1)}) {
        recognition::Statistics::Row row;
        row.group = group;
        row.counts = {{"M01", offers}, {"ELIGIBLE", offers}, {"M02", adopted}};
        row.saving = Decimal::read(adopted == 8 ? "160.00" : "20.00").value();
        out.rows.push_back(std::move(row));
    }
    return out;
}

rest::ReportFrame frame(std::uint64_t small_cells = 0) {
    rest::ReportFrame out;
    out.reporter = "341000PLAT";
    out.start = "2026-11-01T00:00:00+08:00";
    out.end = "2026-11-30T23:59:59.999+08:00";
    out.date = "2026-12-01T08:00:00+08:00";
    out.by = "receiver";
    out.rows_url = "https://hub.example/recognition/statistics/rows?from=2026-11-01&to=2026-12-01";
    out.small_cells = small_cells;
    return out;
}

fhir::Element group_of(fhir::Element report, std::string_view code) {
    for (const auto group : report.children("group")) {
        if (group.text("code.coding.code") == code) return group;
    }
    return {};
}

std::string strata(fhir::Element group) {
    std::string out;
    for (const auto stratum : group["stratifier"].children("stratum"))
        out +=
            (out.empty() ? "" : " ") + std::string(stratum.text("value.text")) + '=' +
            std::string(stratum.text("population.count").empty() ? stratum.text("measureScore.value") : stratum.text("population.count"));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(measure_report)

BOOST_AUTO_TEST_CASE(each_indicator_is_a_group_with_its_number_and_the_way_to_its_rows) {
    const auto parsed = fhir::read_json(rest::write_measure_report(sample(), frame()));
    BOOST_REQUIRE(!parsed.issues.has_errors());
    const auto report = parsed.value->root();
    BOOST_TEST(report.text("reporter.identifier.value") == "341000PLAT");
    const auto adopted = group_of(report, "M02");
    BOOST_TEST(adopted.text("population.count") == "9");
    BOOST_TEST(adopted.text("extension.valueUrl") ==
               "https://hub.example/recognition/statistics/rows?from=2026-11-01&to=2026-12-01&measure=M02");
    BOOST_TEST(strata(adopted) == "341004H0009=8 341021H0101=1");
    BOOST_TEST(group_of(report, "M05").text("measureScore.value") == "64.3"); // of the sums, not of the rates
    BOOST_TEST(strata(group_of(report, "M06")) == "341004H0009=80.0 341021H0101=25.0");
    BOOST_TEST(group_of(report, "M11").text("measureScore.value") == "180.00");
    BOOST_TEST(!group_of(report, "M07").child("measureScore")); // nothing was viewed
}

BOOST_AUTO_TEST_CASE(small_numbers_and_quotients_of_them_are_left_out_of_strata) {
    const auto parsed = fhir::read_json(rest::write_measure_report(sample(), frame(5)));
    const auto report = parsed.value->root();
    // The one that is left would be the total less what is shown: with it the next smallest goes.
    for (const auto* measure : {"M01", "M02", "M06"}) BOOST_TEST(strata(group_of(report, measure)) == "", measure);
    BOOST_TEST(group_of(report, "M02").text("population.count") == "9");
}

BOOST_AUTO_TEST_CASE(what_is_left_out_is_no_small_number_together) {
    const auto shown = [](std::vector<std::uint64_t> counts) {
        recognition::Statistics statistics;
        for (const auto count : counts) {
            recognition::Statistics::Row row;
            row.group = "g" + std::to_string(statistics.rows.size());
            row.counts = {{"M02", count}};
            statistics.rows.push_back(std::move(row));
        }
        const auto parsed = fhir::read_json(rest::write_measure_report(statistics, frame(5)));
        return strata(group_of(parsed.value->root(), "M02"));
    };
    BOOST_TEST(shown({10, 6, 20}) == "g0=10 g1=6 g2=20");
    BOOST_TEST(shown({10, 4, 20}) == "g2=20");
    BOOST_TEST(shown({10, 4, 3, 20}) == "g0=10 g3=20");
    BOOST_TEST(shown({10, 1, 1, 20}) == "g3=20");
}

BOOST_AUTO_TEST_SUITE_END()
