// The shipped code maps fit the shipped catalogue: a slip here would silently cost every recognition of an item.
#include "unit/recognition/vectors.hpp"

#include "ucum/ucum.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

namespace data = boost::unit_test::data;
using namespace huitong;
using namespace huitong::recognition;
using namespace huitong::recognition::tests;

namespace {

constexpr auto kLoinc = "http://loinc.org";
constexpr auto kItems = "urn:huitong:catalogue:item";

struct Sheet {
    CsvTable table;
    std::map<std::string, std::string> about; ///< "# key: value"
};

Sheet read_sheet(const std::string& name) {
    auto parsed = read_csv_table(file_text(source_path("terminology/maps/" + name + ".csv")));
    BOOST_REQUIRE(parsed.issues.empty());
    Sheet out;
    for (const auto& comment : parsed.value.comments) {
        const auto colon = comment.find(": ");
        if (colon != comment.npos) out.about[comment.substr(0, colon)] = comment.substr(colon + 2);
    }
    out.table = std::move(parsed.value);
    return out;
}

std::string cell(const Sheet& sheet, const CsvRow& row, const char* column) { return std::string(sheet.table.cell(row, column)); }

const CatalogueItem* item_of(const std::string& system, const std::string& code) {
    for (const auto& item : sample_register().items) {
        const auto& codes = item.codes;
        if (std::find(codes.begin(), codes.end(), std::pair(system, code)) != codes.end()) return &item;
    }
    return nullptr;
}

/// Luhn's check digit of a LOINC number.
bool is_loinc(const std::string& code) {
    const auto dash = code.find('-');
    if (dash == code.npos || dash + 2 != code.size()) return false;
    int sum = 0;
    for (std::size_t i = 0; i < dash; ++i) {
        const int digit = code[dash - 1 - i] - '0';
        const int part = i % 2 == 0 ? digit * 2 : digit;
        sum += part / 10 + part % 10;
    }
    return (10 - sum % 10) % 10 == code[dash + 1] - '0';
}

const std::vector<std::string> kSheets = {"lis-a-items",   "county-chemistry-items", "county-lis-items", "lab-x-items", "order-items-a",
                                          "order-items-b", "order-items-t",          "his-b-diagnoses",  "specimens-a", "specimens-b",
                                          "specimens-x"};

} // namespace

BOOST_AUTO_TEST_SUITE(maps_suite)

BOOST_DATA_TEST_CASE(every_sheet_has_its_head_and_no_code_twice, data::make(kSheets), name) {
    const auto sheet = read_sheet(name);
    for (const auto* key : {"url", "version", "title", "source", "target"}) BOOST_TEST(sheet.about.count(key) == 1U, key);
    const std::vector<std::string> columns = {"code",         "name",        "target_system", "target_code", "target_name",
                                              "relationship", "reviewed_by", "unit",          "note"};
    BOOST_TEST(sheet.table.header == columns, boost::test_tools::per_element());
    static const std::set<std::string> kRelationships = {"equal", "equivalent", "wider", "narrower", "inexact", "unmatched"};
    std::set<std::string> seen;
    for (const auto& row : sheet.table.rows) {
        BOOST_TEST(seen.insert(cell(sheet, row, "code")).second, "line " << row.line);
        BOOST_TEST(cell(sheet, row, "target_system") == sheet.about.at("target"), "line " << row.line);
        BOOST_TEST(kRelationships.contains(cell(sheet, row, "relationship")), "line " << row.line);
        BOOST_TEST((cell(sheet, row, "unit").empty() || ucum::is_valid(cell(sheet, row, "unit"))), "line " << row.line);
        BOOST_TEST((sheet.about.at("target") != kLoinc || is_loinc(cell(sheet, row, "target_code"))), "line " << row.line);
    }
}

// A reviewed laboratory row leads to an item of the catalogue, in a unit that the catalogue can take, or that the note converts.
BOOST_DATA_TEST_CASE(reviewed_items_reach_the_catalogue, data::make({"lis-a-items", "county-lis-items", "lab-x-items"}), name) {
    const auto sheet = read_sheet(name);
    for (const auto& row : sheet.table.rows) {
        if (sheet.table.cell(row, "reviewed_by").empty()) continue;
        const auto* item = item_of(kLoinc, std::string(sheet.table.cell(row, "target_code")));
        BOOST_REQUIRE_MESSAGE(item, "line " << row.line);
        BOOST_TEST(item->unit == sheet.table.cell(row, "unit"), "line " << row.line);
    }
}

// mg/dL: the mass LOINC and the molar one of the note are two codes of one item; the molar unit is the catalogue's; the factor is right.
BOOST_AUTO_TEST_CASE(mass_codes_name_their_molar_pair) {
    const auto sheet = read_sheet("county-chemistry-items");
    for (const auto& row : sheet.table.rows) {
        const auto parts = split(sheet.table.cell(row, "note"), "; ");
        BOOST_REQUIRE(parts.size() == 2U);
        BOOST_REQUIRE(parts[0].starts_with("molar="));
        BOOST_REQUIRE(parts[1].starts_with("molar_mass="));
        const auto molar = split(parts[0].substr(6), " ");
        const auto* item = item_of(kLoinc, std::string(sheet.table.cell(row, "target_code")));
        BOOST_REQUIRE_MESSAGE(item, "line " << row.line);
        const auto* same = item_of(kLoinc, molar[0]);
        BOOST_TEST((same && same->item == item->item), "line " << row.line);
        BOOST_TEST(molar[1] == item->unit);
        BOOST_TEST(!ucum::convert(Decimal(1), sheet.table.cell(row, "unit"), item->unit));
    }
}

BOOST_DATA_TEST_CASE(orders_reach_items_and_panels, data::make({"order-items-a", "order-items-b", "order-items-t"}), name) {
    const auto sheet = read_sheet(name);
    const auto& panels = sample_register().panels;
    for (const auto& row : sheet.table.rows) {
        const auto code = std::string(sheet.table.cell(row, "target_code"));
        const bool panel = std::any_of(panels.begin(), panels.end(), [&](const auto& other) { return other.panel == code; });
        BOOST_TEST((panel || item_of(kItems, code)), "line " << row.line);
    }
}

BOOST_AUTO_TEST_CASE(the_placeholder_form_of_the_national_codes_is_kept) {
    const auto sheet = read_sheet("his-b-diagnoses");
    BOOST_TEST(sheet.table.rows.size() <= 50U);
    const auto is_hypertension = [&](const CsvRow& row) { return sheet.table.cell(row, "code") == "GXY01"; };
    const auto found = std::find_if(sheet.table.rows.begin(), sheet.table.rows.end(), is_hypertension);
    BOOST_REQUIRE((found != sheet.table.rows.end()));
    BOOST_TEST(sheet.table.cell(*found, "target_code") == "I10.x00x002");
}

BOOST_AUTO_TEST_SUITE_END()
