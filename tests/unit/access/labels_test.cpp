// Codes that make a record sensitive, by the shipped table.
#include "access/codes_in.hpp"
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

// The same diagnosis as feeds name it, and where nothing searches for it.
BOOST_AUTO_TEST_CASE(a_diagnosis_is_labelled_whatever_its_system_is_called_and_wherever_it_stands) {
    const auto rules = LabelRules::read(tests::read_file(tests::source_folder() / "terminology/access/labels.csv"));
    BOOST_REQUIRE(!rules.issues.has_errors());
    const auto labels_of = [&](const std::string& text) {
        std::vector<std::string> out;
        rules.value.add_labels(codes_in(fhir::read_plain_json(text).value->root()), out);
        return out.empty() ? std::string("-") : out.front();
    };
    const auto coded = [](const std::string& system, const std::string& code) {
        return R"({"resourceType":"Condition","code":{"coding":[{)" + (system.empty() ? "" : R"("system":")" + system + R"(",)") +
               R"("code":")" + code + R"("}]}})";
    };
    for (const auto* system : {"", "http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm", "urn:oid:2.16.156.10011.2.3.3.11",
                               "urn:oid:2.16.156.10011.2.3.3.11.3", "urn:oid:2.16.840.1.113883.6.3",
                               "urn:huitong:organization:341002H0001:diagnosis", "urn:x:ICD10CN"})
        BOOST_TEST(labels_of(coded(system, "F20.0")) == "PSY", system);
    for (const auto* code : {"f20.0", "F200", "F20"}) BOOST_TEST(labels_of(coded("", code)) == "PSY", code);
    BOOST_TEST(labels_of(coded("urn:huitong:organization:341002H0001:lab-item", "F20")) == "-");
    BOOST_TEST(labels_of(coded("http://loinc.org", "F20")) == "-");
    BOOST_TEST(labels_of(coded("", "F2-COAG")) == "-");
    const std::string coding = R"({"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"F20.0"}]})";
    for (const auto& holder :
         {R"({"resourceType":"MedicationRequest","reasonCode":[)" + coding + "]}", R"({"resourceType":"Flag","code":)" + coding + "}",
          R"({"resourceType":"CarePlan","activity":[{"detail":{"reasonCode":[)" + coding + "]}}]}",
          R"({"resourceType":"ServiceRequest","contained":[{"resourceType":"Condition","code":)" + coding + "}]}",
          R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Condition","code":)" + coding + "}}]}",
          std::string(R"({"resourceType":"QuestionnaireResponse","item":[{"answer":[{"valueCoding":{"code":"F20.0"}}]}]})")})
        BOOST_TEST(labels_of(holder) == "PSY", holder);
}

// A report says in words what the labelled result says in a code.
BOOST_AUTO_TEST_CASE(a_report_that_lists_a_labelled_result_is_kept_like_it) {
    const auto rules = LabelRules::read("system,code,label,note\nhttp://loinc.org,56888-1,HIV,\n").value;
    std::vector<store::Write> writes(4);
    const std::pair<const char*, const char*> keys[] = {
        {"Observation", "hiv"}, {"DiagnosticReport", "of"}, {"DiagnosticReport", "other"}, {"Encounter", "e"}};
    for (std::size_t place = 0; place < writes.size(); ++place) writes[place].key = {keys[place].first, keys[place].second};
    writes[0].labels = {"HIV", "R"}; // R is the sender's word and none of the table
    writes[1].rows.references = {{"subject", "Patient", "p", "", ""}, {"result", "Observation", "hiv", "", ""}};
    writes[2].rows.references = {{"result", "Observation", "cbc", "", ""}};
    writes[3].rows.references = {{"reason-reference", "Observation", "hiv", "", ""}};
    const auto passed = rules.pass_on(writes);
    BOOST_REQUIRE(passed.size() == 1U);
    BOOST_TEST(passed.front().write == 1U);
    BOOST_TEST(writes[1].labels == std::vector<std::string>{"HIV"}, boost::test_tools::per_element());
    BOOST_TEST(writes[2].labels.empty());
    BOOST_TEST(writes[3].labels.empty());
    BOOST_TEST(rules.pass_on(writes).empty()); // it says so already
}

BOOST_AUTO_TEST_CASE(what_came_out_of_a_very_restricted_document_is_kept_like_it) {
    const auto read = [](const std::string& text) { return is_very_restricted(fhir::read_json(text).value->root()); };
    BOOST_TEST(read(R"({"resourceType":"Composition","confidentiality":"V"})"));
    BOOST_TEST(!read(R"({"resourceType":"Composition","confidentiality":"N"})"));
    BOOST_TEST(read(
        R"({"resourceType":"DocumentReference","securityLabel":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0272","code":"V"}]}]})"));
    BOOST_TEST(
        read(R"({"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Composition","confidentiality":"V"}}]})"));
    BOOST_TEST(!read(
        R"({"resourceType":"Bundle","type":"document","entry":[{"fullUrl":"urn:uuid:1"},{"resource":{"resourceType":"Composition","confidentiality":"R"}}]})"));
    std::vector<store::Write> writes(6);
    const std::pair<const char*, const char*> what[] = {{"Composition", "p1"}, {"Condition", "p1"}, {"Condition", "p2"},
                                                        {"Patient", "p1"},     {"Encounter", "p1"}, {"Encounter", "p1"}};
    for (std::size_t place = 0; place < writes.size(); ++place) {
        writes[place].key = {what[place].first, "x"};
        writes[place].rows.patient_id = what[place].second;
    }
    writes[0].labels = {"V"};
    writes[4].rows.tokens = {{"status", "http://hl7.org/fhir/encounter-status", "finished"}};
    writes[5].rows.tokens = {{"reason-code", "http://hl7.org/fhir/sid/icd-10", "F20.0"}};
    BOOST_TEST(pass_on_restriction(writes) == (std::vector<std::size_t>{1, 5}), boost::test_tools::per_element());
    BOOST_TEST(pass_on_restriction(writes).empty()); // it says so already
    BOOST_TEST(writes[1].labels.size() == 1U);
    BOOST_TEST(writes[2].labels.empty());
    BOOST_TEST(writes[3].labels.empty());
    BOOST_TEST(writes[4].labels.empty()); // no more than that somebody was there
}

BOOST_AUTO_TEST_CASE(a_row_that_would_label_everything_or_nothing_is_refused) {
    for (const auto* row : {"s,,PSY", ",a,PSY", "s,a,", "s,*,PSY"}) {
        const auto rules = LabelRules::read("system,code,label\n" + std::string(row) + "\n");
        BOOST_TEST(tests::rule_of(rules.issues) == "labels-row", row);
    }
}

BOOST_AUTO_TEST_SUITE_END()
