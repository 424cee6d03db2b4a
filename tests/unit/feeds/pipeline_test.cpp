// A message's way: what says nothing of the message itself buries none.
#include "unit/feeds/bundle_feed.hpp"

using namespace huitong;

namespace {

struct Way : tests::BundleFeed {
    Way() {
        for (const auto* type : {"Organization", "Location"})
            send(std::string("POST ") + type,
                 R"({"resourceType":")" + std::string(type) + R"(","identifier":[{"system":"urn:o","value":"1"}]})");
    }
    /// Of a visit there.
    feeds::Receipt visit(const std::string& organization) {
        return apply(R"({"resource":{"resourceType":"Encounter",)"
                     R"("status":"planned","class":{"code":"AMB"},"serviceProvider":{"reference":"Organization?identifier=urn:o|)" +
                     organization +
                     R"("},"location":[{"location":{"reference":"Location?identifier=urn:o|1"}}]},)"
                     R"("request":{"method":"POST","url":"Encounter"}})");
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(pipeline)

BOOST_FIXTURE_TEST_CASE(a_message_whose_lookup_was_late_is_no_dead_letter, Way) {
    limits.search_ms_max = 0;
    const auto late = visit("1");
    BOOST_CHECK(late.disposition == feeds::Disposition::pending);
    BOOST_TEST(tests::rule_of(late.issues) == "search-timeout");
    BOOST_TEST(store->facts(std::string(feeds::kDeadLetterFacts), "", "~", 10).empty());
    limits = Limits();
    BOOST_CHECK(visit("1").disposition == feeds::Disposition::accepted);
    const auto unknown = visit("2");
    BOOST_CHECK(unknown.disposition == feeds::Disposition::dead_letter);
    BOOST_TEST(tests::rule_of(unknown.issues) == "feed-unknown-organization");
}

BOOST_AUTO_TEST_SUITE_END()
