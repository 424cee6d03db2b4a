// A message's way: what says nothing of the message itself buries none.
#include "feeds/pipeline.hpp"
#include "unit/interaction/desk.hpp"

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
    /// Of a visit there.
    feeds::Receipt apply(const std::string& organization) {
        feeds::Pipeline pipeline(services, std::make_shared<mapping::MapLibrary>(definitions, terminology), {feed});
        feeds::StoredMessage message;
        message.id = feeds::message_id(++messages);
        message.message.source = "his";
        message.message.bytes =
            R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Encounter",)"
            R"("status":"planned","class":{"code":"AMB"},"serviceProvider":{"reference":"Organization?identifier=urn:o|)" +
            organization +
            R"("},"location":[{"location":{"reference":"Location?identifier=urn:o|1"}}]},)"
            R"("request":{"method":"POST","url":"Encounter"}}]})";
        auto work = pipeline.apply(std::move(message));
        return boost::asio::co_spawn(workers, std::move(work), boost::asio::use_future).get();
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

BOOST_AUTO_TEST_SUITE_END()
