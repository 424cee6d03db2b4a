// Indicators of the registers at one day, each with its rows. Source: domain page §6, M12, M15, M19.
#include "recognition/register_statistics.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::recognition;

namespace {

Certificate certificate(const std::string& id, const std::string& laboratory, const std::string& level, const std::string& from,
                        const std::string& to, const std::string& group = "blood-count", const std::string& result = "pass") {
    Certificate out;
    out.id = id;
    out.laboratory = laboratory;
    out.item_group = group;
    out.level = level;
    out.result = result;
    out.valid_from = from;
    out.valid_to = to;
    return out;
}

CatalogueItem item(const std::string& code, const std::string& group, const std::string& kind) {
    CatalogueItem out;
    out.item = code;
    out.group = group;
    out.kind = kind;
    out.valid_from = "2026-01-01";
    out.valid_to = "2026-12-31";
    return out;
}

Register sample() {
    Register out;
    for (const auto* id : {"A", "B", "T"})
        out.institutions.push_back({id, "名" + std::string(id), "3A", {}, {}, {}, "0001-01-01", "9999-12-31"});
    out.items = {item("WBC", "blood-count", "laboratory"), item("HGB", "blood-count", "laboratory"), item("GLU", "chemistry", "laboratory"),
                 item("CT", "ct", "imaging")};
    out.certificates = {certificate("c1", "A", "nation", "2026-01-01", "2026-12-31"),
                        certificate("c2", "A", "province", "2026-01-01", "2026-12-10", "chemistry"),
                        certificate("c3", "B", "province", "2025-01-01", "2026-01-31"),                    // ended
                        certificate("c4", "B", "nation", "2026-01-01", "2026-12-31", "chemistry", "fail"), // not passed
                        certificate("c5", "T", "province", "2026-01-01", "2027-06-30", "ct")};
    return out;
}

const RegisterCount& of(const std::vector<RegisterCount>& all, std::string_view code) {
    for (const auto& one : all) {
        if (one.measure.code == code) return one;
    }
    throw std::runtime_error("no such measure");
}

std::string rows(const RegisterCount& count) {
    std::string out;
    for (const auto& row : count.rows) out += (out.empty() ? "" : " ") + row.id + (row.why.empty() ? "" : ":" + row.why);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(register_statistics)

BOOST_AUTO_TEST_CASE(only_certificates_that_were_passed_and_hold_on_the_day_count) {
    const auto all = count_register(sample(), "2026-11-27", {"A", "Z"});
    BOOST_TEST(rows(of(all, "M12-NATION")) == "A:c1");
    BOOST_TEST(rows(of(all, "M12-PROVINCE")) == "A:c2");
    BOOST_TEST(rows(of(all, "M12-IMAGING")) == "T:c5");
    BOOST_TEST(of(all, "M12-ITEMS").value == "3.0"); // WBC, HGB, GLU of A
    BOOST_TEST(rows(of(all, "M15-INSTITUTIONS")) == "A");
    BOOST_TEST(of(all, "M15-CATALOGUE").value == "4");
    BOOST_TEST(of(count_register(sample(), "2027-01-01", {}), "M15-CATALOGUE").value == "0");
}

BOOST_AUTO_TEST_CASE(what_ends_soon_is_told_unless_another_follows) {
    auto facts = sample();
    auto all = count_register(facts, "2026-11-27", {});
    BOOST_TEST(rows(of(all, "M19-30")) == "c2:2026-12-10");
    BOOST_TEST(rows(of(all, "M19-60")) == "c1:2026-12-31 c2:2026-12-10");
    facts.certificates.push_back(certificate("c6", "A", "province", "2026-12-11", "2027-12-31", "chemistry"));
    all = count_register(facts, "2026-11-27", {});
    BOOST_TEST(rows(of(all, "M19-30")) == "");
    facts.certificates.back().valid_from = "2026-12-12"; // a day is missing
    BOOST_TEST(rows(of(count_register(facts, "2026-11-27", {}), "M19-30")) == "c2:2026-12-10");
}

BOOST_AUTO_TEST_CASE(institutions_that_demand_recognition_are_those_that_say_so) {
    auto facts = sample();
    BOOST_TEST(of(count_register(facts, "2026-11-27", {}), "M13").value == "0");
    facts.institutions[1].requires_recognition = true;
    BOOST_TEST(rows(of(count_register(facts, "2026-11-27", {}), "M13")) == "B");
}

BOOST_AUTO_TEST_CASE(days_are_counted_over_the_ends_of_months_and_years) {
    BOOST_TEST(days_after("2026-12-10", 30) == "2027-01-09");
    BOOST_TEST(days_after("2028-02-28", 1) == "2028-02-29");
}

BOOST_AUTO_TEST_SUITE_END()
