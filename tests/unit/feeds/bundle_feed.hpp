/// A feed whose messages are transactions already, over a store of its own.
#pragma once

#include "feeds/pipeline.hpp"
#include "unit/interaction/desk.hpp"

namespace huitong::tests {

struct BundleFeed : Desk {
    class Bundles final : public feeds::Adapter {
    public:
        feeds::asio::awaitable<void> run(feeds::Inbox&) override { co_return; }
        Parsed<fhir::DocumentPtr> decode(const feeds::RawMessage& message) const override { return fhir::read_json(message.bytes); }
    };

    BundleFeed() {
        feed.settings.name = "his";
        feed.adapter = &bundles;
    }

    /// `entries`: JSON of the entries of a transaction, parted by commas.
    feeds::Receipt apply(const std::string& entries) {
        feeds::Pipeline pipeline(services, std::make_shared<mapping::MapLibrary>(definitions, terminology), {feed});
        feeds::StoredMessage message;
        message.id = feeds::message_id(++messages);
        message.message.source = "his";
        message.message.received_at = clock.now();
        message.message.bytes = R"({"resourceType":"Bundle","type":"transaction","entry":[)" + entries + "]}";
        auto work = pipeline.apply(std::move(message));
        return boost::asio::co_spawn(workers, std::move(work), boost::asio::use_future).get();
    }

    Bundles bundles;
    feeds::Feed feed;
    std::uint64_t messages = 0;
};

} // namespace huitong::tests
