// What a feed that sends FHIR, and has no map, may write.
#include "feeds/unmapped.hpp"
#include "fhir/json.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::feeds;

namespace {

/// The rules that are broken, in their order, with blanks between.
std::string rules_of(const std::string& entries) {
    const auto sent = fhir::read_plain_json(R"({"resourceType":"Bundle","type":"transaction","entry":[)" + entries + "]}");
    const auto found = check_sent_transaction(sent.value->root());
    std::string out;
    for (const auto& issue : found.issues()) (out += out.empty() ? "" : " ") += issue.rule;
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(unmapped_feeds)

BOOST_AUTO_TEST_CASE(results_and_persons_are_written) {
    BOOST_TEST(rules_of(R"({"request":{"method":"PUT","url":"Patient/p1"}},{"request":{"method":"POST","url":"Observation"}})") == "");
}

BOOST_AUTO_TEST_CASE(nothing_is_deleted_or_patched) {
    BOOST_TEST(rules_of(R"({"request":{"method":"DELETE","url":"Patient/p1"}})") == "feed-fhir-method");
}

BOOST_AUTO_TEST_CASE(registers_and_consents_are_written_by_those_who_keep_them) {
    BOOST_TEST(rules_of(R"({"request":{"method":"PUT","url":"Organization?identifier=a|b"}})") == "feed-fhir-type");
    BOOST_TEST(rules_of(R"({"request":{"method":"PUT","url":"Consent/c1"}})") == "feed-fhir-type");
}

BOOST_AUTO_TEST_SUITE_END()
