/// Programs that are no part of the hub post messages to a feed as their own wire gave them.
///
///   POST /messages/FEED        one message (hl7v2, cda), or resources as JSON or NDJSON (fhir). 202 once all of it is durable:
///                              {"messages":[{"message":"M…","state":"stored"}]}, Location: where the first one's state is
///   GET  /messages/FEED/M…     {"message":"M…","state":"pending"|"accepted"|"dead-letter"…,"outcome":{OperationOutcome}}
///
/// The feed's setting `post` names the clients that may, one or several with commas; without it nobody may. What was sent before is known
/// again and answered with the same number. A message that is wrong is kept as a dead letter, as on any other wire.
#pragma once

#include "feeds/pipeline.hpp"
#include "rest/fhir_door.hpp"

namespace huitong::rest {

/// The messages in a body, as the adapter of the feed's kind takes them; none: such a feed takes no posts.
using PostedMessages = std::function<std::vector<feeds::RawMessage>(const feeds::FeedSettings& feed, std::string body)>;

class PostingDoor final : public Door {
public:
    /// All that is given outlives it.
    PostingDoor(Reception& reception, feeds::Pipeline& pipeline, feeds::DurableInbox& inbox, store::Store& store, PostedMessages split)
        : reception_(reception), pipeline_(pipeline), inbox_(inbox), store_(store), split_(std::move(split)) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    boost::asio::awaitable<HttpResponse> take(const feeds::FeedSettings& feed, std::string body) const;
    HttpResponse state(const feeds::FeedSettings& feed, const std::string& message) const;

    Reception& reception_;
    feeds::Pipeline& pipeline_;
    feeds::DurableInbox& inbox_;
    store::Store& store_;
    PostedMessages split_;
};

} // namespace huitong::rest
