// A QBP read, and what is answered.
#include "adapters/hl7v2/query.hpp"
#include "adapters/hl7v2/tree.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::adapters::hl7v2;

namespace {

std::string message(const std::string& event, const std::string& more) {
    return "MSH|^~\\&|HIS|A|HIP|CITY|20261120||QBP^" + event + "^QBP_Q21|C1|P|2.5.1\r" + more;
}

struct Asked {
    explicit Asked(const std::string& text) : tree(read_tree(text, Charset::utf8).value), query(read_query(tree->root(), "his")) {
        feeds::FeedSettings feed;
        feed.settings = {{"types", "QBP^*"}};
        envelope = front_check(text, read_front_rules(feed));
    }
    std::string rule() const { return query.issues.leading() ? query.issues.leading()->rule : std::string(); }
    std::string answered(const Parsed<fhir::DocumentPtr>& found) const {
        AckStamp stamp;
        stamp.control_id = "R1";
        return write_response(envelope, tree->root(), found, stamp);
    }
    fhir::DocumentPtr tree;
    Parsed<feeds::Query> query;
    Envelope envelope;
};

Parsed<fhir::DocumentPtr> found(const std::string& total, const std::string& next = {}) {
    Parsed<fhir::DocumentPtr> out;
    out.value = std::make_shared<fhir::Document>();
    out.value->set_root("Answer");
    for (const auto& [name, text] : {std::pair<const char*, const std::string&>{"total", total}, {"next", next}})
        if (!text.empty()) out.value->set_value(out.value->add_child(0, name, false), fhir::ValueKind::text, out.value->copy(text));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(query)

BOOST_AUTO_TEST_CASE(fields_count_and_page_are_read) {
    const Asked asked(message("Q22", "QPD|Q22|T1|@PID.5.1^ZHANG~@PID.7^19881107\rRCP|I|20^RD\rDSC|page-2|I\r"));
    BOOST_TEST(asked.rule() == "");
    BOOST_TEST(asked.query.value.name == "find-persons");
    BOOST_TEST(asked.query.value.parameters->root().text("field.path") == "PID.5.1");
    BOOST_TEST(asked.query.value.parameters->root().text("field.value") == "ZHANG");
    BOOST_TEST(asked.query.value.parameters->root().text("count") == "20");
    BOOST_TEST(asked.query.value.parameters->root().text("page") == "page-2");
}

BOOST_AUTO_TEST_CASE(a_question_for_reports_names_person_kinds_and_days_and_its_profile) {
    const Asked asked(message("Q11", "QPD|Z91^Results of a person|T1|P1^^^341002H0001^PI|XCG^^L~GLU^^L|20261101^20261130\rRCP|I|20^RD\r"));
    BOOST_TEST(asked.rule() == "");
    BOOST_TEST(asked.query.value.name == "find-results");
    const auto root = asked.query.value.parameters->root();
    BOOST_TEST(root.text("number.value") == "P1");
    BOOST_TEST(root.text("item") == "XCG");
    BOOST_TEST(root.text("from") == "20261101");
    BOOST_TEST(root.text("until") == "20261130");
    BOOST_TEST(!root.child("domain"));
    BOOST_TEST(asked.answered(found("0")).find("RSP^K11^RSP_K11") != std::string::npos);
    BOOST_TEST(Asked(message("Q11", "QPD|Z99|T1|P1^^^341002H0001^PI\r")).rule() == "v2-event");
}

BOOST_AUTO_TEST_CASE(a_number_and_the_domains_are_read) {
    const Asked asked(message("Q23", "QPD|Q23|T1|P1^^^341002H0001^PI|^^^341004H0009~^^^341021H0101\r"));
    BOOST_TEST(asked.query.value.name == "person-numbers");
    const auto root = asked.query.value.parameters->root();
    BOOST_TEST(root.text("number.value") == "P1");
    BOOST_TEST(root.text("number.authority") == "341002H0001");
    std::vector<std::string> domains;
    for (const auto one : root.children("domain")) domains.emplace_back(one.value());
    BOOST_TEST(domains.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_query_without_its_parts_says_which) {
    BOOST_TEST(Asked(message("Q22", "")).rule() == "v2-segment-missing");
    BOOST_TEST(Asked(message("Q22", "QPD|Q22|T1\r")).rule() == "v2-required");
    BOOST_TEST(Asked(message("Q11", "QPD|Q11|T1|x\r")).rule() == "v2-event");
}

BOOST_AUTO_TEST_CASE(nobody_found_is_nf_and_a_further_page_is_named) {
    const Asked asked(message("Q22", "QPD|Q22^find|T1|@PID.5.1^ZHANG\r"));
    const auto nobody = asked.answered(found("0"));
    BOOST_TEST(nobody.find("\rMSA|AA|C1\r") != nobody.npos);
    BOOST_TEST(nobody.find("\rQAK|T1|NF|Q22^find|0\r") != nobody.npos);
    BOOST_TEST(nobody.find("|RSP^K22^RSP_K21|R1|P|2.5.1") != nobody.npos);
    BOOST_TEST(nobody.find("\rQPD|Q22^find|T1|@PID.5.1^ZHANG\r") != nobody.npos);
    const auto more = asked.answered(found("5", "page^2"));
    BOOST_TEST(more.find("\rDSC|page\\S\\2|I\r") != more.npos);
}

BOOST_AUTO_TEST_CASE(a_failure_is_ae_with_its_code) {
    const Asked asked(message("Q23", "QPD|Q23|T1|P1^^^341002H0001\r"));
    auto nothing = found("0");
    nothing.issues.add(error(IssueCode::not_found, "QPD-3", "query-unknown-number"));
    const auto text = asked.answered(nothing);
    BOOST_TEST(text.find("\rMSA|AE|C1\r") != text.npos);
    BOOST_TEST(text.find("\rERR|||204^^HL70357|E||||Nobody has this number.\r") != text.npos);
    BOOST_TEST(text.find("\rQAK|T1|AE|Q23|0\r") != text.npos);
}

BOOST_AUTO_TEST_SUITE_END()
