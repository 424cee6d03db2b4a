// A message's way: what says nothing of the message itself buries none.
#include "unit/feeds/bundle_feed.hpp"

#include <set>

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
    /// Number 7 of an institution.
    void apply_document(const std::string& organization, const std::string& title) {
        feed.settings.organization = organization;
        const auto done = apply(R"({"resource":{"resourceType":"Composition","identifier":{"system":"urn:oid:1.2","value":"7"},)"
                                R"("status":"final","type":{"text":"CDA"},"date":"2026-11-20","author":[{"display":"A"}],"title":")" +
                                title + R"("},"request":{"method":"PUT","url":"Composition?identifier=urn:oid:1.2|7"}})");
        BOOST_CHECK(done.disposition == feeds::Disposition::accepted);
    }
    /// "owner title" of every document that is current.
    std::set<std::string> documents() const {
        std::set<std::string> out;
        const auto found = search::find_matches(registry, *store->view(), "Composition", "identifier=urn:oid:1.2|7", 10, limits);
        for (const auto& key : found->keys) {
            const auto version = store->view()->current(key);
            out.insert((*version)->owner + ' ' + std::string(fhir::read_json((*version)->body).value->root().text("title")));
        }
        return out;
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

BOOST_FIXTURE_TEST_CASE(one_number_of_two_institutions_is_two_documents, Way) {
    apply_document("H1", "first");
    apply_document("H2", "other");
    apply_document("H1", "second");
    BOOST_TEST((documents() == std::set<std::string>{"H1 second", "H2 other"}));
}

BOOST_AUTO_TEST_SUITE_END()
