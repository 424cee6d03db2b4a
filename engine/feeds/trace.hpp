/// Where a value came from, both ways: resource → versions → message → rule and source bytes of every element; message → what it became.
///
/// A map is pure, so the lineage is not stored: it is found again by running the message's steps over its bytes, with the maps and feed
/// settings that ran when its status was written (content_archive.hpp); "content_of" says when today's had to do instead.
/// The answer holds health data: it is for the owner of the data directory. Source: design "Lineage"; FHIR R4, Provenance.
#pragma once

#include "feeds/pipeline.hpp"

namespace huitong::feeds {

class Tracer {
public:
    /// Maps and feeds by the id in a message's status; nullptr: they are not known any more.
    using ContentOf = std::function<std::shared_ptr<const PastContent>(const std::string& id)>;

    Tracer(const Pipeline& pipeline, const DurableInbox& inbox, store::Store& store, ContentOf content_of)
        : pipeline_(pipeline), inbox_(inbox), store_(store), content_of_(std::move(content_of)) {}
    /// A message as JSON: how it arrived, what became of it, and every element it wrote. Issue: inbox-unknown-message.
    Result<std::string> message(const MessageId& id, std::string_view only_resource = {}) const;
    /// A resource as JSON: its versions and the messages they came from. Issue: rest-not-found.
    Result<std::string> resource(const store::ResourceKey& key) const;
    const ContentOf& content_of() const { return content_of_; }

private:
    const Pipeline& pipeline_;
    const DurableInbox& inbox_;
    store::Store& store_;
    ContentOf content_of_;
};

} // namespace huitong::feeds
