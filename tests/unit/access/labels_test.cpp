// Codes that make a record sensitive, by the shipped table.
#include "access/labels.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::access;

namespace {

std::string labels_of(const LabelRules& rules, const std::string& system, const std::string& code) {
    store::IndexRows rows;
    rows.tokens = {{"status", "", "final"}, {"code", system, code}, {"combo-code", system, code}};
    std::vector<std::string> labels;
    rules.add_labels(rows, labels);
    std::string out;
    for (const auto& label : labels) out += (out.empty() ? "" : " ") + label;
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(labels)

BOOST_AUTO_TEST_CASE(the_shipped_table_names_what_is_sensitive) {
    const auto rules = LabelRules::read(tests::read_file(tests::source_folder() / "terminology/access/labels.csv"));
    BOOST_REQUIRE(rules.issues.empty());
    constexpr auto kIcd = "http://hl7.org/fhir/sid/icd-10", kNational = "urn:oid:2.16.156.10011.2.3.3.11", kLoinc = "http://loinc.org";
    const std::tuple<const char*, const char*, const char*> cases[] = {{kIcd, "F20.0", "PSY"},  {kIcd, "f20.0", "PSY"},
                                                                       {kIcd, "F10.2", "ETH"},  {kIcd, "F40.0", ""},
                                                                       {kIcd, "B24", "HIV"},    {kNational, "F20.900x001", "PSY"},
                                                                       {kIcd, "I10", ""},       {kLoinc, "7917-8", "HIV"},
                                                                       {kLoinc, "7917-80", ""}, {"urn:other", "F20.0", ""}};
    for (const auto& [system, code, expected] : cases) BOOST_TEST(labels_of(rules.value, system, code) == expected, code);
}

BOOST_AUTO_TEST_CASE(a_row_that_would_cover_nothing_is_refused) {
    const auto rules = LabelRules::read("system,code,label\ns,a,MASK\n");
    BOOST_TEST(tests::rule_of(rules.issues) == "labels-mask");
}

BOOST_AUTO_TEST_CASE(a_row_that_would_label_everything_or_nothing_is_refused) {
    for (const auto* row : {"s,,PSY", ",a,PSY", "s,a,", "s,*,PSY"}) {
        const auto rules = LabelRules::read("system,code,label\n" + std::string(row) + "\n");
        BOOST_TEST(tests::rule_of(rules.issues) == "labels-row", row);
    }
}

BOOST_AUTO_TEST_SUITE_END()
