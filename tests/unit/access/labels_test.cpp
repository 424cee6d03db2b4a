// Codes that make a record sensitive, by the shipped table.
#include "access/labels.hpp"
#include "fhir/json.hpp"
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

// What a psychiatric house sends in its own codes is psychiatric until a map says what it is.
BOOST_AUTO_TEST_CASE(an_unmapped_code_inherits_the_label_of_its_source) {
    const std::string house = "urn:huitong:organization:990101H0001:lab-item";
    const auto rules = LabelRules::read("system,code,label\n" + house + ",(unmapped),PSY\n");
    BOOST_REQUIRE(rules.issues.empty());
    store::IndexRows rows;
    const auto labels_now = [&] {
        std::vector<std::string> out;
        rules.value.add_labels(rows, out);
        return out;
    };
    rows.tokens = {{"status", "http://hl7.org/fhir/observation-status", "final"}, {"code", house, "L17"}};
    BOOST_TEST(labels_now() == std::vector<std::string>{"PSY"}, boost::test_tools::per_element());
    rows.tokens.push_back({"code", "http://loinc.org", "718-7"});
    BOOST_TEST(labels_now().empty());
    rows.tokens = {{"code", "urn:huitong:organization:341002H0001:lab-item", "L17"}};
    BOOST_TEST(labels_now().empty());
}

BOOST_AUTO_TEST_CASE(what_came_out_of_a_very_restricted_document_is_kept_like_it) {
    const auto read = [](const std::string& text) { return is_very_restricted(fhir::read_json(text).value->root()); };
    BOOST_TEST(read(R"({"resourceType":"Composition","confidentiality":"V"})"));
    BOOST_TEST(!read(R"({"resourceType":"Composition","confidentiality":"N"})"));
    BOOST_TEST(read(
        R"({"resourceType":"DocumentReference","securityLabel":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0272","code":"V"}]}]})"));
    std::vector<store::Write> writes(4);
    const std::pair<const char*, const char*> what[] = {{"Composition", "p1"}, {"Condition", "p1"}, {"Condition", "p2"}, {"Patient", "p1"}};
    for (std::size_t place = 0; place < writes.size(); ++place) {
        writes[place].key = {what[place].first, "x"};
        writes[place].rows.patient_id = what[place].second;
    }
    writes[0].labels = {"V"};
    BOOST_TEST(pass_on_restriction(writes) == std::vector<std::size_t>{1}, boost::test_tools::per_element());
    BOOST_TEST(pass_on_restriction(writes).empty()); // it says so already
    BOOST_TEST(writes[1].labels.size() == 1U);
    BOOST_TEST(writes[2].labels.empty());
    BOOST_TEST(writes[3].labels.empty());
}

BOOST_AUTO_TEST_CASE(a_row_that_would_label_everything_or_nothing_is_refused) {
    for (const auto* row : {"s,,PSY", ",a,PSY", "s,a,", "s,*,PSY"}) {
        const auto rules = LabelRules::read("system,code,label\n" + std::string(row) + "\n");
        BOOST_TEST(tests::rule_of(rules.issues) == "labels-row", row);
    }
}

BOOST_AUTO_TEST_SUITE_END()
