// Registers and packs: the shipped ones load clean; every slip is an issue with file and line.
#include "unit/recognition/vectors.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>

#include <unistd.h>

namespace data = boost::unit_test::data;
using namespace huitong;
using namespace huitong::recognition;
using namespace huitong::recognition::tests;

namespace {

/// A copy of the shipped register to spoil; removed at the end.
class Copy {
public:
    Copy() : path_(std::filesystem::temp_directory_path() / ("huitong-register-" + std::to_string(::getpid()))) {
        std::filesystem::remove_all(path_);
        std::filesystem::copy(source_path("terminology/recognition"), path_, std::filesystem::copy_options::recursive);
    }
    ~Copy() { std::filesystem::remove_all(path_); }
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    /// Replaces the one place of `find`; returns its line.
    std::uint32_t replace(const std::string& name, const std::string& find, const std::string& with) const {
        auto text = file_text(file(name));
        const auto at = text.find(find);
        if (at == text.npos) throw std::runtime_error("nothing like '" + find + "' in " + name);
        const auto line = static_cast<std::uint32_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')) + 1;
        text.replace(at, find.size(), with);
        std::ofstream(file(name), std::ios::binary) << text;
        return line;
    }
    Parsed<Register> load() const { return Register::load(path_.string()); }
    void remove(const std::string& name) const { std::filesystem::remove(file(name)); }

private:
    std::filesystem::path path_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(register_suite)

BOOST_AUTO_TEST_CASE(the_shipped_register_is_clean) {
    const auto loaded = Register::load(source_path("terminology/recognition"));
    for (const auto& issue : loaded.issues.issues()) BOOST_TEST_MESSAGE(issue.rule << " " << (issue.position ? issue.position->line : 0));
    BOOST_TEST(loaded.issues.empty());
    const auto& facts = loaded.value;
    for (const auto* pack : {"national-default", "inner-mongolia", "jiangsu"}) BOOST_TEST(find_pack(facts, pack) != nullptr);
    BOOST_TEST(find_pack(facts, "jiangsu")->settings.at("allianceWaivesEqa") == "true");
    BOOST_TEST(find_pack(facts, "national-default")->settings.at("allianceWaivesEqa") == "false");
    BOOST_TEST(find_pack(facts, "national-default")->settings.at("visitExempt") == "EMER,PREOP,FORENSIC");
    BOOST_TEST(find_pack(facts, "national-default")->decline_reasons_zh.size() == 6U);
    const auto panel =
        std::find_if(facts.panels.begin(), facts.panels.end(), [](const auto& p) { return p.catalogue == "HS-2026" && p.panel == "CBC"; });
    BOOST_REQUIRE((panel != facts.panels.end()));
    BOOST_TEST(panel->mandatory == (std::vector<std::string>{"WBC", "RBC", "HGB", "HCT", "PLT"}), boost::test_tools::per_element());
    BOOST_TEST(panel->price.text() == "20.00");
}

BOOST_AUTO_TEST_CASE(an_institution_counts_on_its_first_and_last_day) {
    const auto& facts = sample_register();
    BOOST_TEST(!find_institution(facts, "341003L0001", "2026-02-28"));
    BOOST_TEST(find_institution(facts, "341003L0001", "2026-03-01"));
    BOOST_TEST(find_institution(facts, "341022H0002", "2026-06-30"));
    BOOST_TEST(!find_institution(facts, "341022H0002", "2026-07-01"));
    BOOST_TEST(!find_institution(facts, "nobody", "2026-07-01"));
}

BOOST_AUTO_TEST_CASE(the_narrowest_catalogue_row_of_the_day_applies) {
    const auto& facts = sample_register();
    const auto* huangshan = find_institution(facts, "341004H0009", "2026-11-21");
    const auto* hangzhou = find_institution(facts, "330106H0001", "2026-11-21");
    BOOST_REQUIRE(huangshan);
    BOOST_REQUIRE(hangzhou);
    BOOST_TEST(find_item(facts, "HGB", *huangshan, "2026-12-31")->catalogue == "HS-2026");
    BOOST_TEST(find_item(facts, "HGB", *huangshan, "2027-01-01")->catalogue == "HS-2027");
    BOOST_TEST(find_item(facts, "HGB", *hangzhou, "2026-11-21")->catalogue == "YRD-2026");
    BOOST_TEST(find_item(facts, "HCY", *huangshan, "2026-11-21")->catalogue == "HS-ALLIANCE");
    BOOST_TEST(!find_item(facts, "HCY", *hangzhou, "2026-11-21"));
    BOOST_TEST(!find_item(facts, "HGB", *huangshan, "2025-12-31"));
}

BOOST_DATA_TEST_CASE(every_slip_is_an_issue_with_its_line, data::make(read_vectors("register.tsv")), vector) {
    const Copy copy;
    const auto line = copy.replace(vector["file"], vector["find"], vector["replace"]);
    const auto loaded = copy.load();
    BOOST_REQUIRE(loaded.issues.has_errors());
    bool found = false;
    for (const auto& issue : loaded.issues.issues()) {
        const bool placed =
            vector["line"] == "no" || (issue.position && issue.position->file == vector["file"] && issue.position->line == line);
        found = found || (issue.rule == vector["rule"] && placed);
    }
    BOOST_TEST(found, "no " << vector["rule"] << " at line " << line << "; first: " << loaded.issues.leading()->rule << " "
                            << (loaded.issues.leading()->position ? loaded.issues.leading()->position->line : 0));
}

BOOST_DATA_TEST_CASE(a_missing_table_is_an_issue, data::make({"institutions.csv", "eqa.csv", "catalogue.csv", "panels.csv"}), name) {
    const Copy copy;
    copy.remove(name);
    const auto loaded = copy.load();
    BOOST_REQUIRE(loaded.issues.has_errors());
    const auto& issues = loaded.issues.issues();
    BOOST_TEST(
        std::any_of(issues.begin(), issues.end(), [&](const auto& i) { return i.rule == "register-table-missing" && i.where == name; }));
}

BOOST_AUTO_TEST_CASE(a_register_may_tell_of_internal_control) {
    const auto with = [](const std::string& row) {
        const Copy copy;
        std::ofstream(copy.file("iqc.csv"), std::ios::binary | std::ios::app) << row << '\n';
        return copy.load();
    };
    const auto good = with("341002H0001,,HGB,out,2026-11-20,2026-11-20");
    BOOST_TEST(!good.issues.has_errors());
    BOOST_REQUIRE(good.value.controls.size() == 1U);
    BOOST_TEST(!good.value.controls.front().in_control);
    const auto rule = [&](const std::string& row) { return with(row).issues.leading()->rule; };
    BOOST_TEST(rule("341002H0001,,HGB,failed,2026-11-20,2026-11-20") == "register-control");
    BOOST_TEST(rule("341002H0002,,HGB,out,2026-11-20,2026-11-20") == "register-laboratory");
    BOOST_TEST(rule("341002H0001,,HBG,out,2026-11-20,2026-11-20") == "register-item");
    BOOST_TEST(rule("341002H0001,,,out,2026-11-20,2026-11-20") == "register-cell-missing");
    BOOST_TEST(rule("341002H0001,,HGB,out,2026-11-20,") == "register-cell-missing");
    BOOST_TEST(rule("341002H0001,,HGB,out,2026-11-21,2026-11-20") == "register-period");
    const Copy without;
    without.remove("iqc.csv");
    BOOST_TEST(!without.load().issues.has_errors());
}

BOOST_AUTO_TEST_CASE(no_pack_at_all_is_an_issue) {
    const Copy copy;
    for (const auto* pack : {"national-default", "inner-mongolia", "jiangsu"}) copy.remove("packs/" + std::string(pack) + ".toml");
    BOOST_TEST(copy.load().issues.has_errors());
}

// The version names the state of the tables in every decision: it follows their bytes and nothing else.
BOOST_AUTO_TEST_CASE(the_version_follows_the_bytes) {
    const Copy copy;
    const auto before = copy.load().value.version;
    BOOST_TEST(before == sample_register().version);
    std::ofstream(copy.file("README.md")) << "words";
    BOOST_TEST(copy.load().value.version == before);
    copy.replace("eqa.csv", "2026-10-31", "2027-10-31");
    BOOST_TEST(copy.load().value.version != before);
    BOOST_TEST(copy.load().value.certificates.front().register_version == copy.load().value.version);
}

BOOST_AUTO_TEST_SUITE_END()
