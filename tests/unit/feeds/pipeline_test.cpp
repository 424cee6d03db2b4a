// A message's way: what says nothing of the message itself buries none.
#include "feeds/pipeline.hpp"
#include "unit/interaction/desk.hpp"

#include <set>

using namespace huitong;

namespace {

/// What comes is a transaction already.
class Bundles final : public feeds::Adapter {
public:
    feeds::asio::awaitable<void> run(feeds::Inbox&) override { co_return; }
    Parsed<fhir::DocumentPtr> decode(const feeds::RawMessage& message) const override { return fhir::read_json(message.bytes); }
};

struct Way : tests::Desk {
    Way() {
        feed.settings.name = "his";
        feed.adapter = &bundles;
        for (const auto* type : {"Organization", "Location"})
            send(std::string("POST ") + type,
                 R"({"resourceType":")" + std::string(type) + R"(","identifier":[{"system":"urn:o","value":"1"}]})");
    }
    feeds::Receipt apply_entry(const std::string& resource, const std::string& request) {
        feeds::Pipeline pipeline(services, std::make_shared<mapping::MapLibrary>(definitions, terminology), {feed});
        feeds::StoredMessage message;
        message.id = feeds::message_id(++messages);
        message.message.source = "his";
        message.message.bytes =
            R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":)" + resource + R"(,"request":)" + request + "}]}";
        auto work = pipeline.apply(std::move(message));
        return boost::asio::co_spawn(workers, std::move(work), boost::asio::use_future).get();
    }
    /// A visit there.
    feeds::Receipt apply(const std::string& organization) {
        return apply_entry(R"({"resourceType":"Encounter","status":"planned","class":{"code":"AMB"},)"
                           R"("serviceProvider":{"reference":"Organization?identifier=urn:o|)" +
                               organization + R"("},"location":[{"location":{"reference":"Location?identifier=urn:o|1"}}]})",
                           R"({"method":"POST","url":"Encounter"})");
    }
    /// Number 7 of an institution.
    void apply_document(const std::string& organization, const std::string& title) {
        feed.settings.organization = organization;
        const auto done = apply_entry(R"({"resourceType":"Composition","identifier":{"system":"urn:oid:1.2","value":"7"},"status":"final",)"
                                      R"("type":{"text":"CDA"},"date":"2026-11-20","author":[{"display":"A"}],"title":")" +
                                          title + "\"}",
                                      R"({"method":"PUT","url":"Composition?identifier=urn:oid:1.2|7"})");
        BOOST_CHECK(done.disposition == feeds::Disposition::accepted);
    }
    /// "owner title" of every document that is current.
    std::set<std::string> documents() const {
        std::set<std::string> out;
        const auto found = search::find_matches(registry, *store->view(), "Composition", "identifier=urn:oid:1.2|7", 10);
        for (const auto& key : found->keys) {
            const auto version = store->view()->current(key);
            out.insert((*version)->owner + ' ' + std::string(fhir::read_json((*version)->body).value->root().text("title")));
        }
        return out;
    }
    Bundles bundles;
    feeds::Feed feed;
    std::uint64_t messages = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(pipeline)

BOOST_FIXTURE_TEST_CASE(a_message_whose_lookup_was_late_is_no_dead_letter, Way) {
    limits.search_ms_max = 0;
    const auto late = apply("1");
    BOOST_CHECK(late.disposition == feeds::Disposition::pending);
    BOOST_TEST(tests::rule_of(late.issues) == "search-timeout");
    BOOST_TEST(store->facts(std::string(feeds::kDeadLetterFacts), "", "~", 10).empty());
    limits = Limits();
    BOOST_CHECK(apply("1").disposition == feeds::Disposition::accepted);
    const auto unknown = apply("2");
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
